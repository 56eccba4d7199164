using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Server.Kmip.Translation;
using Own = Keyreeve.Core.Objects;
using Wire = Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>Operations on the attributes of objects.</summary>
internal static class AttributeRoutes
{
    /// <summary>The rows.</summary>
    public static IEnumerable<KmipRoute> All() =>
    [
        new KmipRoute<Wire.GetAttributesRequest, GetAttributesRequest, GetAttributesResponse, Wire.GetAttributesResponse>(
            Operation.GetAttributes, ProtocolVersion.Kmip10, new GetAttributesOperation(), GetAttributes, GotAttributes),
        new KmipRoute<Wire.GetAttributeListRequest, GetAttributeListRequest, GetAttributeListResponse, Wire.GetAttributeListResponse>(
            Operation.GetAttributeList, ProtocolVersion.Kmip10, new GetAttributeListOperation(), GetAttributeList, GotAttributeList),
        new KmipRoute<Wire.AddAttributeRequest, AddAttributeRequest, AddAttributeResponse, Wire.AttributeChangeResponse>(
            Operation.AddAttribute, ProtocolVersion.Kmip10, new AddAttributeOperation(), Add, (r, call) => Changed(r.Id, r.Instance, call)),
        new KmipRoute<Wire.ModifyAttributeRequest, ModifyAttributeRequest, ModifyAttributeResponse, Wire.AttributeChangeResponse>(
            Operation.ModifyAttribute, ProtocolVersion.Kmip10, new ModifyAttributeOperation(), Modify, (r, call) => Changed(r.Id, r.Instance, call)),
        new KmipRoute<Wire.DeleteAttributeRequest, DeleteAttributeRequest, DeleteAttributeResponse, Wire.AttributeChangeResponse>(
            Operation.DeleteAttribute, ProtocolVersion.Kmip10, new DeleteAttributeOperation(), Delete, (r, call) => Changed(r.Id, r.Instance, call)),
        new KmipRoute<Wire.SetAttributeRequest, SetAttributeRequest, SetAttributeResponse, Wire.AttributeChangeResponse>(
            Operation.SetAttribute, ProtocolVersion.Kmip20, new SetAttributeOperation(), Set, (r, _) => new() { UniqueIdentifier = Identifiers.ToWire(r.Id) }),
        new KmipRoute<Wire.AdjustAttributeRequest, AdjustAttributeRequest, AdjustAttributeResponse, Wire.IdentifierResponse>(
            Operation.AdjustAttribute, ProtocolVersion.Kmip20, new AdjustAttributeOperation(), Adjust, (r, _) => new() { UniqueIdentifier = Identifiers.ToWire(r.Id) }),
    ];

    private static GetAttributesRequest GetAttributes(Wire.GetAttributesRequest payload, KmipCall call)
    {
        var asked = payload.AttributeReferences;
        // spec: KMIP 1.4 §4.12 "…it is an error to specify the same attribute more than once"
        if (asked.Distinct().Count() != asked.Length) throw new KeyreeveException(KeyreeveError.InvalidMessage, "An attribute is named more than once.");
        var links = asked.Select(AttributeForms.LinkTypeOf).OfType<Own.LinkType>().ToImmutableArray();
        return new()
        {
            Id = Identifiers.Resolve(payload.UniqueIdentifier, call),
            Names = asked.IsEmpty ? null : [.. asked.Select(AttributeTranslator.ToKey).Distinct()],
            LinkTypes = links.IsEmpty ? null : links,
        };
    }

    private static Wire.GetAttributesResponse GotAttributes(GetAttributesResponse response, KmipCall call) => new()
    {
        UniqueIdentifier = Identifiers.ToWire(response.Id),
        Attributes = AttributeTranslator.ToWire(
            response.Asked is { } asked ? AttributeOrder.Of(response.Attributes, asked) : AttributeOrder.Of(response.Attributes), call.Version),
    };

    private static GetAttributeListRequest GetAttributeList(Wire.GetAttributeListRequest payload, KmipCall call) =>
        new(Identifiers.Resolve(payload.UniqueIdentifier, call));

    private static Wire.GetAttributeListResponse GotAttributeList(GetAttributeListResponse response, KmipCall call) => new()
    {
        UniqueIdentifier = Identifiers.ToWire(response.Id),
        AttributeReferences = [.. References(response, call.Version).Where(r => AttributeTable.IsDefined(r, call.Version))],
    };

    private static IEnumerable<AttributeReference> References(GetAttributeListResponse response, ProtocolVersion version)
    {
        var references = AttributeOrder.Of(response.Names).Select(AttributeTranslator.ToReference).OfType<AttributeReference>();
        if (!response.LinkTypes.IsEmpty && !response.LinkTypes.Any(type => AttributeForms.HasLink(version, type))) references = references.Where(r => r.Tag != Tag.Link);
        if (!version.Has(VersionTrait.HasPlainAttributes)) return references;
        return references.Select(r => r.Tag == Tag.ObjectGroup ? Tag.GroupLink : r).Concat(response.LinkTypes.Select(AttributeForms.ReferenceTo).OfType<AttributeReference>());
    }

    private static AddAttributeRequest Add(Wire.AddAttributeRequest payload, KmipCall call)
    {
        var added = AttributeTranslator.ToCore(payload.NewAttribute);
        return new(Identifiers.Resolve(payload.UniqueIdentifier, call), added.Key, added.Value);
    }

    private static ModifyAttributeRequest Modify(Wire.ModifyAttributeRequest payload, KmipCall call)
    {
        var modified = AttributeTranslator.ToCore(payload.NewAttribute);
        var (current, among) = Present(payload.CurrentAttribute, payload.NewAttribute.Reference);
        return new()
        {
            Id = Identifiers.Resolve(payload.UniqueIdentifier, call),
            Key = modified.Key,
            Value = modified.Value,
            Index = call.Version.Has(VersionTrait.NumbersInstances) ? modified.Index : null,
            CurrentValue = current,
            Among = among,
        };
    }

    private static DeleteAttributeRequest Delete(Wire.DeleteAttributeRequest payload, KmipCall call)
    {
        var reference = payload.CurrentAttribute?.Reference ?? payload.AttributeReference
            ?? throw new KeyreeveException(KeyreeveError.MissingField, "Name the attribute to delete by Current Attribute or Attribute Reference.");
        var (current, among) = Present(payload.CurrentAttribute, reference);
        return new()
        {
            Id = Identifiers.Resolve(payload.UniqueIdentifier, call),
            Key = AttributeTranslator.ToKey(reference),
            Index = call.Version.Has(VersionTrait.NumbersInstances) ? payload.AttributeIndex ?? 0 : null,
            CurrentValue = current,
            Among = among,
        };
    }

    // The instance that a request means: by its whole value, or by one of its fields.
    private static (Own.AttributeValue? Value, Own.StructureField? Among) Present(KmipAttribute? current, AttributeReference reference)
    {
        if (current is { } named && AttributeForms.PlainName(named) is { } name) return (null, name);
        return (current is { } whole ? AttributeTranslator.ToCore(whole).Value : null, AttributeTranslator.Among(reference));
    }

    private static SetAttributeRequest Set(Wire.SetAttributeRequest payload, KmipCall call)
    {
        var set = AttributeTranslator.ToCore(payload.NewAttribute);
        return new(Identifiers.Resolve(payload.UniqueIdentifier, call), set.Key, set.Value, AttributeTranslator.Among(payload.NewAttribute.Reference));
    }

    private static AdjustAttributeRequest Adjust(Wire.AdjustAttributeRequest payload, KmipCall call) => new()
    {
        Id = Identifiers.Resolve(payload.UniqueIdentifier, call),
        Key = AttributeTranslator.ToKey(payload.AttributeReference),
        AdjustmentType = (Own.AdjustmentType)payload.AdjustmentType,
        AdjustmentValue = payload.AdjustmentValue is { } value ? AttributeTranslator.ToCore(value) : null,
    };

    private static Wire.AttributeChangeResponse Changed(Own.UniqueIdentifier id, Own.AttributeInstance instance, KmipCall call)
    {
        var attributes = AttributeTranslator.ToWire([instance], call.Version);
        return new() { UniqueIdentifier = Identifiers.ToWire(id), Attribute = attributes.Count == 0 ? null : attributes[0] };
    }
}
