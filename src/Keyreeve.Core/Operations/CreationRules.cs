using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Operations;

/// <summary>A rule for new objects: of certain types, in certain groups, these attributes.</summary>
public sealed record ObjectRule
{
    /// <summary>For which types; none means all.</summary>
    public ImmutableArray<ObjectType> ObjectTypes { get; init; } = [];

    /// <summary>For objects of which Object Groups; none means all, and those of no group.</summary>
    public ImmutableArray<string> ObjectGroups { get; init; } = [];

    /// <summary>The attributes.</summary>
    public required AttributeSet Attributes { get; init; }

    internal bool AppliesTo(ObjectType objectType) => ObjectTypes.IsEmpty || ObjectTypes.Contains(objectType);

    internal bool IsFor(AttributeSet attributes)
    {
        foreach (var group in attributes.All(AttributeName.ObjectGroup))
            if (group.Value is TextValue text && ObjectGroups.Contains(text.Value, StringComparer.Ordinal)) return true;
        return false;
    }
}

/// <summary>The rules of a tenant.</summary>
public sealed record TenantRules
{
    /// <summary>No rules.</summary>
    public static TenantRules None { get; } = new();

    /// <summary>What new objects have to be like.</summary>
    public ImmutableArray<ObjectRule> Constraints { get; init; } = [];

    /// <summary>What they are given where the client states nothing.</summary>
    public ImmutableArray<ObjectRule> Defaults { get; init; } = [];

    /// <summary>Counts the changes; 0 if there was none.</summary>
    public long RowVersion { get; init; }
}

/// <summary>
/// The constraints and defaults of every tenant, in memory: one immutable snapshot each that a committed change replaces.
/// Rules that name an Object Group of the new object come before those that name none. Thread safe.
/// </summary>
public sealed class CreationRules : IDisposable
{
    private const string DocumentKind = "creation-rules";

    private readonly DocumentSealer _sealer;
    private readonly Lock _changing = new();
    private FrozenDictionary<TenantId, TenantRules> _rules;

    private CreationRules(DocumentSealer sealer, FrozenDictionary<TenantId, TenantRules> rules)
    {
        _sealer = sealer;
        _rules = rules;
    }

    /// <summary>Reads the rules of all tenants.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IntegrityFailure"/>: they were altered outside the server.</exception>
    internal static async ValueTask<CreationRules> OpenAsync(IObjectStore store, KeyHierarchy hierarchy, CancellationToken cancellationToken)
    {
        var sealer = new DocumentSealer(hierarchy);
        try
        {
            var rules = new Dictionary<TenantId, TenantRules>();
            foreach (var document in await store.ListDocumentsAsync(DocumentKind, cancellationToken))
                rules[new TenantId(int.Parse(document.Key, System.Globalization.CultureInfo.InvariantCulture))] = Decode(document, sealer);
            return new CreationRules(sealer, rules.ToFrozenDictionary());
        }
        catch
        {
            sealer.Dispose();
            throw;
        }
    }

    /// <summary>The rules of a tenant now.</summary>
    public TenantRules Of(TenantId tenant) => Volatile.Read(ref _rules).GetValueOrDefault(tenant, TenantRules.None);

    /// <summary>What a client states, with the defaults of what it does not.</summary>
    // spec: KMIP 2.1 §6.1.53 "the default attributes that will be applied to Managed Objects during factory operations if the
    // client does not supply values for mandatory attributes"; §7.22 "the Object Group(s) for which such defaults pertain".
    public AttributeSet WithDefaults(TenantId tenant, ObjectType objectType, AttributeSet stated)
    {
        ArgumentNullException.ThrowIfNull(stated);
        var defaults = Of(tenant).Defaults;
        if (defaults.IsEmpty) return stated;
        var complete = stated;
        var applying = defaults.Where(d => d.AppliesTo(objectType)).ToList();
        foreach (var rule in applying.Where(d => d.IsFor(stated)).Concat(applying.Where(d => d.ObjectGroups.IsEmpty)))
        {
            foreach (var key in rule.Attributes.Instances.Select(i => i.Key).Distinct())
                if (!complete.Has(key)) complete = rule.Attributes.All(key).ToArray().Aggregate(complete, static (set, i) => set.Add(i.Key, i.Value));
        }

        return complete;
    }

    /// <summary>Checks a new object against the constraints: those for its groups, or if there are none, those for no group in
    /// particular; all have to hold.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.ConstraintViolation"/>.</exception>
    // spec: KMIP 2.1 §7.6 "a constraint that is applied to operations that create Managed Objects"
    public void Check(TenantId tenant, ObjectType objectType, AttributeSet attributes)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        var constraints = Of(tenant).Constraints;
        if (constraints.IsEmpty) return;
        var applying = constraints.Where(c => c.AppliesTo(objectType)).ToList();
        var special = applying.Where(c => c.IsFor(attributes)).ToList();
        foreach (var constraint in special.Count > 0 ? special : applying.Where(c => c.ObjectGroups.IsEmpty))
        {
            foreach (var key in constraint.Attributes.Instances.Select(i => i.Key).Distinct())
                if (!Holds(constraint.Attributes.All(key), attributes.All(key), key.Name))
                    throw new KeyreeveException(KeyreeveError.ConstraintViolation, $"The tenant's constraints for objects of type {objectType} do not allow this {key}.");
        }
    }

    /// <summary>Stages new rules for a tenant.</summary>
    internal void Write(OperationScope scope, TenantRules rules)
    {
        var next = rules with { RowVersion = checked(Of(scope.Tenant).RowVersion + 1) };
        scope.Write(_sealer.Seal(DocumentKind, scope.Tenant.ToString(), next.RowVersion, Encode(next)));
        scope.OnCommitted(() => Apply(scope.Tenant, next));
    }

    /// <inheritdoc/>
    public void Dispose() => _sealer.Dispose();

    private void Apply(TenantId tenant, TenantRules rules)
    {
        lock (_changing)
        {
            if (Of(tenant).RowVersion >= rules.RowVersion) return;
            Volatile.Write(ref _rules, _rules.Where(r => r.Key != tenant).Append(KeyValuePair.Create(tenant, rules)).ToFrozenDictionary());
        }
    }

    // Of several values that a constraint states for an attribute one is enough.
    private static bool Holds(ReadOnlySpan<AttributeInstance> allowed, ReadOnlySpan<AttributeInstance> present, AttributeName name)
    {
        foreach (var wanted in allowed)
            foreach (var instance in present)
                if (Is(instance.Value, wanted.Value, name)) return true;
        return false;
    }

    private static bool Is(AttributeValue value, AttributeValue wanted, AttributeName name) => (value, wanted) switch
    {
        // A mask is allowed if it holds nothing that the constraint's does not.
        (IntegerValue mask, IntegerValue most) when name == AttributeName.CryptographicUsageMask => (mask.Value & ~most.Value) == 0,
        (StructureValue has, StructureValue asked) => asked.Fields.All(f => has[f.Field] is { } field && Is(field, f.Value, AttributeName.None)),
        _ => value == wanted,
    };

    private static byte[] Encode(TenantRules rules) => JsonSerializer.SerializeToUtf8Bytes(
        new RulesContent { Constraints = [.. rules.Constraints.Select(RuleContent.Of)], Defaults = [.. rules.Defaults.Select(RuleContent.Of)] },
        RulesJson.Default.RulesContent);

    private static TenantRules Decode(StoredDocument document, DocumentSealer sealer)
    {
        var content = JsonSerializer.Deserialize(sealer.Open(document), RulesJson.Default.RulesContent)!;
        return new TenantRules
        {
            Constraints = [.. content.Constraints.Select(c => c.Read())],
            Defaults = [.. content.Defaults.Select(c => c.Read())],
            RowVersion = document.RowVersion,
        };
    }
}

/// <summary>What stands in a tenant's document of rules.</summary>
internal sealed record RulesContent
{
    public int V { get; init; } = 1;

    public required RuleContent[] Constraints { get; init; }

    public required RuleContent[] Defaults { get; init; }
}

/// <summary>A rule; its attributes as they are encoded in an object's row.</summary>
internal sealed record RuleContent
{
    public required uint[] ObjectTypes { get; init; }

    public required string[] ObjectGroups { get; init; }

    public required byte[] Attributes { get; init; }

    public static RuleContent Of(ObjectRule rule) => new()
    {
        ObjectTypes = [.. rule.ObjectTypes.Select(t => (uint)t)],
        ObjectGroups = [.. rule.ObjectGroups],
        Attributes = AttributeSetCodec.Encode(rule.Attributes),
    };

    public ObjectRule Read() => new()
    {
        ObjectTypes = [.. ObjectTypes.Select(t => (ObjectType)t)],
        ObjectGroups = [.. ObjectGroups],
        Attributes = AttributeSetCodec.TryDecode(Attributes, out var attributes)
            ? attributes
            : throw new KeyreeveException(KeyreeveError.IntegrityFailure, "A stored rule for new objects cannot be read."),
    };
}

/// <summary>How the rules are written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RulesContent))]
internal sealed partial class RulesJson : JsonSerializerContext;
