namespace Keyreeve.Core.Objects;

/// <summary>
/// A managed object as the operations see it: attributes in clear, material still wrapped. Immutable; a change makes a
/// new one with the next <see cref="RowVersion"/>. All that is known of it stands in its attributes; the properties
/// below read those that every operation needs.
/// </summary>
public sealed record ManagedObject
{
    /// <summary>The tenant that owns it.</summary>
    public required TenantId Tenant { get; init; }

    /// <summary>Its identity.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>What it is.</summary>
    public required ObjectType ObjectType { get; init; }

    /// <summary>Counts its changes, from 1; a commit names the one it read, so that no change is lost.</summary>
    public required long RowVersion { get; init; }

    /// <summary>Its attributes; never secret.</summary>
    public required AttributeSet Attributes { get; init; }

    /// <summary>Its material, wrapped under the tenant's key-encryption key; null once destroyed, or if it lives elsewhere.</summary>
    public WrappedMaterial? Material { get; init; }

    /// <summary>Its State; objects without one (opaque objects, templates) count as <see cref="State.NotSet"/>.</summary>
    public State State => Attributes.Find(AttributeName.State) is EnumerationValue v ? (State)v.Value : State.NotSet;

    /// <summary>The key group that policy attaches to.</summary>
    public GroupName Group => Attributes.Find(AttributeName.KeyGroup) is TextValue v ? GroupName.Parse(v.Value) : GroupName.Default;

    /// <summary>The named key it is a version of: the Unique Identifier of the first version.</summary>
    public UniqueIdentifier KeyIdentifier =>
        Attributes.Find(AttributeName.KeyIdentifier) is BytesValue v ? UniqueIdentifier.FromBytes(v.Value.AsSpan()) : Id;

    /// <summary>Which version of its key it is, from 1.</summary>
    public int KeyVersion => Attributes.Find(AttributeName.KeyVersion) is IntegerValue v ? v.Value : 1;

    /// <summary>Whether it is the version that encrypts.</summary>
    public bool IsCurrentVersion => Attributes.Find(AttributeName.CurrentVersion) is BooleanValue { Value: true };

    /// <summary>Whether its key is disabled.</summary>
    public bool IsDisabled => Attributes.Find(AttributeName.Disabled) is BooleanValue { Value: true };

    /// <summary>Its first Name, or null.</summary>
    public string? Name => (Attributes.Find(AttributeName.Name) as StructureValue)?[AttributeField.NameValue] is TextValue v ? v.Value : null;
}

/// <summary>
/// Material as it is stored: a <c>CommittingAead</c> body under one version of the tenant's key-encryption key, bound to
/// tenant, Unique Identifier, field and version, so that it opens in its own row alone.
/// </summary>
/// <param name="KekVersion">The version of the tenant's key-encryption key, from 1.</param>
/// <param name="KeyFormatType">The form of the material inside: Raw for symmetric keys, PKCS#8 for private keys and so on.</param>
/// <param name="Body">The wrapped bytes.</param>
public sealed record WrappedMaterial(int KekVersion, KeyFormatType KeyFormatType, ReadOnlyMemory<byte> Body);
