namespace Keyreeve.Core.Objects;

/// <summary>
/// A managed object as the operations see it: attributes in clear, material still wrapped. Immutable; a change makes a
/// new one with the next <see cref="RowVersion"/>. All that is known of it stands in its attributes; the properties
/// below read those that every operation needs, once for each set of attributes.
/// </summary>
public sealed record ManagedObject
{
    private readonly AttributeSet _attributes = AttributeSet.Empty;
    private ObjectFacts? _facts;

    /// <summary>The tenant that owns it.</summary>
    public required TenantId Tenant { get; init; }

    /// <summary>Its identity.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>What it is.</summary>
    public required ObjectType ObjectType { get; init; }

    /// <summary>Counts its changes, from 1; a commit names the one it read, so that no change is lost.</summary>
    public required long RowVersion { get; init; }

    /// <summary>Its attributes.</summary>
    public required AttributeSet Attributes
    {
        get => _attributes;
        init
        {
            _attributes = value;
            _facts = null;
        }
    }

    /// <summary>Its material, wrapped under the tenant's key-encryption key; null once destroyed, or if it lives elsewhere.</summary>
    public WrappedMaterial? Material { get; init; }

    /// <summary>Whether it is a key that lives in the token: what the store holds is where it is.</summary>
    public bool IsInToken => Material is { KeyFormatType: Tokens.TokenHandle.Format };

    /// <summary>Its State; objects without one (opaque objects, templates) count as <see cref="State.NotSet"/>.</summary>
    /// <remarks>An object that was read has the State of the moment it was read: activation and deactivation happen at
    /// their dates, whether or not somebody asks.</remarks>
    public State State => Facts.State;

    /// <summary>The key group that policy attaches to.</summary>
    public GroupName Group => Facts.Group;

    /// <summary>The named key it is a version of: the Unique Identifier of the first version.</summary>
    public UniqueIdentifier KeyIdentifier => Facts.KeyIdentifier ?? Id;

    /// <summary>Which version of its key it is, from 1.</summary>
    public int KeyVersion => Facts.KeyVersion;

    /// <summary>Whether it is the version that encrypts.</summary>
    public bool IsCurrentVersion => Facts.IsCurrentVersion;

    /// <summary>Whether its key is disabled.</summary>
    public bool IsDisabled => Facts.IsDisabled;

    /// <summary>Whether it is archived: it has to be recovered before anything is done with it.</summary>
    public bool IsArchived => Facts.IsArchived;

    /// <summary>When its key is going to be destroyed, if that is scheduled; until then it is not to be used.</summary>
    public DateTimeOffset? DestructionDate => Facts.DestructionDate;

    /// <summary>Its Cryptographic Algorithm, or <see cref="CryptographicAlgorithm.NotSet"/>.</summary>
    public CryptographicAlgorithm CryptographicAlgorithm => Facts.CryptographicAlgorithm;

    /// <summary>Its Cryptographic Length in bits, or 0.</summary>
    public int CryptographicLength => Facts.CryptographicLength;

    /// <summary>What it may be used for.</summary>
    public CryptographicUsageMask CryptographicUsageMask => Facts.CryptographicUsageMask;

    /// <summary>Its first Name, or null.</summary>
    public string? Name => Facts.Name;

    /// <summary>The name of the key it is a version of: its own, or the one it had while it was the current version; or null.</summary>
    public string? KeyName => Facts.Name ?? Facts.FormerName;

    /// <summary>The user for whom it was made, by <see cref="Access.CallUser.Key"/>; null if its maker spoke for itself.</summary>
    public string? OwnerUser => Facts.OwnerUser;

    internal long NextTransition => Facts.NextTransition;

    private ObjectFacts Facts => _facts ??= new ObjectFacts(_attributes);

    /// <summary>Whether both are the same snapshot; what changed is told by comparing attributes, not objects.</summary>
    public bool Equals(ManagedObject? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Tenant, Id, RowVersion);

    // Read from the attributes once, since every request asks for them.
    private sealed class ObjectFacts(AttributeSet attributes)
    {
        public State State { get; } = attributes.Find(AttributeName.State) is EnumerationValue v ? (State)v.Value : State.NotSet;

        public GroupName Group { get; } =
            attributes.Find(AttributeName.KeyGroup) is TextValue v ? GroupName.Parse(v.Value) : GroupName.Default;

        public UniqueIdentifier? KeyIdentifier { get; } =
            attributes.Find(AttributeName.KeyIdentifier) is BytesValue v ? UniqueIdentifier.FromBytes(v.Value.AsSpan()) : null;

        public int KeyVersion { get; } = attributes.Find(AttributeName.KeyVersion) is IntegerValue v ? v.Value : 1;

        public bool IsCurrentVersion { get; } = attributes.Find(AttributeName.CurrentVersion) is BooleanValue { Value: true };

        public bool IsDisabled { get; } = attributes.Find(AttributeName.Disabled) is BooleanValue { Value: true };

        public bool IsArchived { get; } = attributes.Has(AttributeName.ArchiveDate);

        public DateTimeOffset? DestructionDate { get; } = (attributes.Find(AttributeName.DestructionDate) as DateTimeValue)?.Time;

        public CryptographicAlgorithm CryptographicAlgorithm { get; } =
            attributes.Find(AttributeName.CryptographicAlgorithm) is EnumerationValue v ? (CryptographicAlgorithm)v.Value : CryptographicAlgorithm.NotSet;

        public int CryptographicLength { get; } = attributes.Find(AttributeName.CryptographicLength) is IntegerValue v ? v.Value : 0;

        public CryptographicUsageMask CryptographicUsageMask { get; } =
            attributes.Find(AttributeName.CryptographicUsageMask) is IntegerValue v ? (CryptographicUsageMask)unchecked((uint)v.Value) : CryptographicUsageMask.NotSet;

        public long NextTransition { get; } = TimedTransitions.NextInUnixSeconds(
            attributes, attributes.Find(AttributeName.State) is EnumerationValue v ? (State)v.Value : State.NotSet);

        public string? FormerName { get; } = (attributes.Find(AttributeName.FormerName) as TextValue)?.Value;

        public string? OwnerUser { get; } = (attributes.Find(AttributeName.OwnerUser) as TextValue)?.Value;

        public string? Name { get; } =
            (attributes.Find(AttributeName.Name) as StructureValue)?[AttributeField.NameValue] is TextValue v ? v.Value : null;
    }
}

/// <summary>
/// Material as it is stored: a <c>CommittingAead</c> body under one version of the tenant's key-encryption key, bound to
/// tenant, Unique Identifier, field and version, so that it opens in its own row alone.
/// </summary>
/// <param name="KekVersion">The version of the tenant's key-encryption key, from 1.</param>
/// <param name="KeyFormatType">The form of the material inside: Raw for symmetric keys, PKCS#8 for private keys and so on.</param>
/// <param name="Body">The wrapped bytes.</param>
public sealed record WrappedMaterial(int KekVersion, KeyFormatType KeyFormatType, ReadOnlyMemory<byte> Body);
