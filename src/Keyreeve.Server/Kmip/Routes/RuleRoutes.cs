using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Kmip.Translation;
using Own = Keyreeve.Core.Objects;
using Wire = Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>Operations on the constraints and defaults of new objects.</summary>
internal static class RuleRoutes
{
    /// <summary>The rows.</summary>
    public static IEnumerable<KmipRoute> All() =>
    [
        new KmipRoute<Wire.SetConstraintsRequest, SetConstraintsRequest, SetConstraintsResponse, Wire.SetConstraintsResponse>(
            Operation.SetConstraints, ProtocolVersion.Kmip21, new SetConstraintsOperation(),
            (p, _) => new SetConstraintsRequest([.. (p.Constraints?.Constraints ?? []).Select(ToRule)]), (_, _) => default),
        new KmipRoute<Wire.GetConstraintsRequest, GetConstraintsRequest, GetConstraintsResponse, Wire.GetConstraintsResponse>(
            Operation.GetConstraints, ProtocolVersion.Kmip21, new GetConstraintsOperation(), (_, _) => new GetConstraintsRequest(), Constraints),
        new KmipRoute<Wire.SetDefaultsRequest, SetDefaultsRequest, SetDefaultsResponse, Wire.SetDefaultsResponse>(
            Operation.SetDefaults, ProtocolVersion.Kmip21, new SetDefaultsOperation(),
            (p, _) => new SetDefaultsRequest([.. (p.DefaultsInformation?.ObjectDefaults ?? []).Select(ToRule)]), (_, _) => default),
    ];

    /// <summary>The Object Groups that a request names; null if it names none.</summary>
    public static IReadOnlyList<string>? GroupsOf(KmipValue? objectGroups) =>
        FieldsOf(objectGroups, Tag.ObjectGroup, TtlvType.TextString) is { Count: > 0 } fields ? [.. fields.Select(static field => field.AsText())] : null;

    /// <summary>The defaults for the response to a Query; null if there are none.</summary>
    /// <param name="rules">The tenant's rules.</param>
    /// <param name="groups">For objects of which groups, to which what is said of no group applies as well; null: of all.</param>
    /// <param name="version">The version to tell them in.</param>
    public static Wire.DefaultsInformation? Defaults(TenantRules rules, IReadOnlyList<string>? groups, ProtocolVersion version)
    {
        var told = rules.Defaults.Where(rule => groups is null || rule.ObjectGroups.IsEmpty || rule.ObjectGroups.Intersect(groups, StringComparer.Ordinal).Any()).ToList();
        return told.Count == 0
            ? null
            // A rule for several types is one entry for each: so every version can say it.
            : new() { ObjectDefaults = [.. told.SelectMany(rule => rule.ObjectTypes.Select(type => ToWire(rule, type, version)))] };
    }

    private static Wire.ObjectDefaults ToWire(ObjectRule rule, Own.ObjectType type, ProtocolVersion version) => new()
    {
        ObjectType = (ObjectType)type,
        Attributes = AttributeTranslator.ToWire(rule.Attributes.Instances, version),
        ObjectGroups = rule.ObjectGroups.IsEmpty
            ? null
            : KmipValue.Structure([.. rule.ObjectGroups.Select(group => new KmipField(Tag.ObjectGroup, KmipValue.Text(group)))]),
    };

    private static ObjectRule ToRule(Wire.ObjectConstraint constraint) => new()
    {
        ObjectTypes = [.. (constraint.ObjectTypes?.ObjectTypes ?? []).Select(type => (Own.ObjectType)type)],
        ObjectGroups = constraint.ObjectGroups?.Items ?? [],
        Attributes = AttributeTranslator.ToSet(constraint.Attributes),
    };

    private static Wire.GetConstraintsResponse Constraints(GetConstraintsResponse response, KmipCall call) => new()
    {
        Constraints = new Wire.ConstraintSet
        {
            Constraints = [.. response.Constraints.Select(rule => ToWire(rule, call.Version))],
        },
    };

    private static Wire.ObjectConstraint ToWire(ObjectRule rule, ProtocolVersion version) => new()
    {
        ObjectTypes = rule.ObjectTypes.IsEmpty ? null : new() { ObjectTypes = [.. rule.ObjectTypes.Select(type => (ObjectType)type)] },
        ObjectGroups = rule.ObjectGroups.IsEmpty ? null : new() { Items = rule.ObjectGroups },
        Attributes = rule.Attributes.Instances.IsEmpty ? null : AttributeTranslator.ToWire(rule.Attributes.Instances, version),
    };

    private static ObjectRule ToRule(Wire.ObjectDefaults defaults)
    {
        var types = ImmutableArray.CreateBuilder<Own.ObjectType>();
        if (defaults.ObjectType is { } one) types.Add((Own.ObjectType)one);
        foreach (var field in FieldsOf(defaults.ObjectTypes, Tag.ObjectType, TtlvType.Enumeration)) types.Add((Own.ObjectType)field.AsEnumeration());
        return new()
        {
            ObjectTypes = types.ToImmutable(),
            ObjectGroups = [.. FieldsOf(defaults.ObjectGroups, Tag.ObjectGroup, TtlvType.TextString).Select(static field => field.AsText())],
            Attributes = AttributeTranslator.ToSet(defaults.Attributes),
        };
    }

    private static List<KmipValue> FieldsOf(KmipValue? structure, Tag tag, TtlvType type)
    {
        var values = new List<KmipValue>();
        if (structure is not { } stated) return values;
        if (stated.Type != TtlvType.Structure) throw Malformed(tag);
        foreach (var field in stated.Fields)
        {
            if (field.Tag != tag || field.Value.Type != type) throw Malformed(tag);
            values.Add(field.Value);
        }

        return values;
    }

    private static KeyreeveException Malformed(Tag tag) =>
        new(KeyreeveError.InvalidField, $"A list of {NameTables.DisplayName(tag)} is a structure of nothing else.");
}
