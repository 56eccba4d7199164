using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Tokens;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>What a new object is made of, whichever operation makes it.</summary>
internal sealed class NewObject
{
    /// <summary>How long a client may use an object before it asks again; the same for all.</summary>
    private const uint LeaseTimeInSeconds = 3600;

    /// <summary>Protection Storage Mask "Software". KMIP 2.1 §12.2.</summary>
    private const int ProtectionStorageSoftware = 0x00000001;

    /// <summary>Protection Storage Mask "Hardware".</summary>
    private const int ProtectionStorageHardware = 0x00000002;

    // RNG Algorithm DRBG, DRBG Algorithm CTR: the system's OpenSSL draws all our keys from it. KMIP 2.1 §11.14, §11.50.
    private static readonly AttributeValue OurRandomNumberGenerator = AttributeValue.Of(
        new StructureField(AttributeField.RNGAlgorithm, new EnumerationValue(0x00000003)),
        new StructureField(AttributeField.CryptographicAlgorithm, AttributeValue.Of(CryptographicAlgorithm.AES)),
        new StructureField(AttributeField.CryptographicLength, AttributeValue.Of(256)),
        new StructureField(AttributeField.DRBGAlgorithm, new EnumerationValue(0x00000005)));

    // RNG Algorithm Unspecified: a token says nothing of its generator.
    private static readonly AttributeValue TokensRandomNumberGenerator =
        AttributeValue.Of(new StructureField(AttributeField.RNGAlgorithm, new EnumerationValue(0x00000001)));

    // What the server sets for a new object and takes over for an imported one.
    private static readonly AttributeName[] History =
    [
        AttributeName.InitialDate, AttributeName.LastChangeDate, AttributeName.State, AttributeName.LeaseTime, AttributeName.AlwaysSensitive,
        AttributeName.NeverExtractable, AttributeName.ProtectionStorageMask, AttributeName.UsageLimits,
    ];

    /// <summary>What it is.</summary>
    public required ObjectType ObjectType { get; init; }

    /// <summary>Its identity.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>The key group it is in.</summary>
    public required GroupName Group { get; init; }

    /// <summary>What the client states, templates included, checked.</summary>
    public required AttributeSet Stated { get; init; }

    /// <summary>What its material says; comes before what is stated.</summary>
    public AttributeSet Derived { get; init; } = AttributeSet.Empty;

    /// <summary>Its material; null if it has none here. Stays the caller's.</summary>
    public SecretBytes? Material { get; init; }

    /// <summary>The form of the material as it is stored.</summary>
    public KeyFormatType StoredFormat { get; init; } = KeyFormatType.Raw;

    /// <summary>Whether the server made the material.</summary>
    public bool IsGenerated { get; init; }

    /// <summary>Who made or brought it; null for the caller, empty for nobody who could say so.</summary>
    public string? Owner { get; init; }

    /// <summary>Whether it comes with its history from elsewhere, which is kept as stated.</summary>
    public bool IsImported { get; init; }

    private bool IsInToken => StoredFormat == TokenHandle.Format;

    /// <summary>What a new object may be used for, by what is stated of it, or by what it is.</summary>
    public static CryptographicUsageMask UsageOf(ObjectType objectType, AttributeSet stated) =>
        stated.Find(AttributeName.CryptographicUsageMask) is IntegerValue mask ? (CryptographicUsageMask)unchecked((uint)mask.Value) : DefaultUsage(objectType, stated);

    /// <summary>The key group that a new object is in: the one asked for, or the caller's own.</summary>
    public static GroupName GroupOf(OperationScope scope, GroupName? requested) => requested ?? scope.Call.Principal.HomeGroup;

    /// <summary>Checks what a client states for a new object, together with the templates it names.</summary>
    /// <exception cref="KeyreeveException">An attribute is not allowed, malformed, or stated twice.</exception>
    public static async ValueTask<AttributeSet> StatedAsync(
        OperationScope scope, ObjectType objectType, AttributeSet stated, ImmutableArray<string> templates, CancellationToken cancellationToken)
    {
        foreach (var name in templates)
            stated = TemplateContents.Merge(TemplateContents.For(objectType, await FindTemplateAsync(scope, name, cancellationToken)), stated);
        foreach (var instance in stated.Instances)
        {
            AttributeRules.CheckStated(objectType, instance.Key, instance.Value);
            if (stated.All(instance.Key).Length > 1 && !AttributeRules.For(instance.Key).IsMultiInstance)
                throw new KeyreeveException(KeyreeveError.AttributeSingleValued, $"Attribute {instance.Key} has one value.");
        }

        foreach (var information in stated.All(AttributeName.ApplicationSpecificInformation))
        {
            // spec: KMIP 2.1 §4.4 "If the server does not support this namespace, then an error SHALL be returned."
            if (((StructureValue)information.Value)[AttributeField.ApplicationData] is null)
                throw new KeyreeveException(KeyreeveError.InvalidAttributeValue, "This server makes up no Application Data; state it.");
        }

        return stated;
    }

    /// <summary>Makes the object and stages it.</summary>
    public ManagedObject StageIn(OperationScope scope)
    {
        var made = MakeIn(scope);
        scope.Insert(made);
        scope.Audit.ObjectId = made.Id;
        scope.Audit.KeyName = made.Name;
        scope.Audit.KeyVersion = made.KeyVersion;
        if (made.CryptographicAlgorithm != CryptographicAlgorithm.NotSet) scope.Audit.Algorithm = made.CryptographicAlgorithm.ToString();
        return made;
    }

    /// <summary>Makes the object, to be staged by who calls.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.ConstraintViolation"/>.</exception>
    public ManagedObject MakeIn(OperationScope scope)
    {
        RequirePlace(scope);
        var made = new ManagedObject
        {
            Tenant = scope.Tenant,
            Id = Id,
            ObjectType = ObjectType,
            RowVersion = 1,
            Attributes = CompleteAttributes(scope),
            Material = Material is null ? null : scope.Engine.Objects.Wrap(scope.Tenant, Id, StoredFormat, Material),
        };
        scope.Engine.Rules.Check(scope.Tenant, ObjectType, made.Attributes);
        ApprovedRules.CheckObject(scope.Engine.Modes.Of(Group), ObjectType, made.Attributes);
        return TimedTransitions.Apply(made, scope.Now);
    }

    // A key of such a group was never anywhere else.
    private void RequirePlace(OperationScope scope)
    {
        var isSecret = ObjectType is ObjectType.SymmetricKey or ObjectType.PrivateKey or ObjectType.SplitKey or ObjectType.SecretData or ObjectType.PGPKey;
        if (isSecret && !IsInToken && scope.Engine.Protections.Of(Group) == KeyProtection.Hsm)
            throw new KeyreeveException(KeyreeveError.ProtectionStorageUnavailable, $"Keys of the group '{Group}' are made in the token; this one would come from elsewhere.");
    }

    private AttributeSet CompleteAttributes(OperationScope scope)
    {
        var attributes = Stated;
        // The names of a certificate are those that stand in it, whatever was asked for.
        if (ObjectType == ObjectType.Certificate) attributes = attributes.Split(static key => CertificateFacts.IsOfName(key.Name)).Others;
        foreach (var instance in Derived.Instances) attributes = attributes.Without(instance.Key);
        attributes = attributes.Merge(Derived);

        attributes = attributes
            .With(AttributeName.KeyGroup, AttributeValue.Of(Group.Value))
            .With(AttributeName.InitialDate, AttributeValue.Of(scope.Now))
            .With(AttributeName.LastChangeDate, AttributeValue.Of(scope.Now));
        if (Owner is not "") attributes = attributes.With(AttributeName.Owner, AttributeValue.Of(Owner ?? scope.Call.Principal.Name));
        if (scope.Call.User is { } user) attributes = attributes.With(AttributeName.OwnerUser, AttributeValue.Of(user.Key));
        if (ObjectType == ObjectType.Template) attributes = attributes.With(AttributeName.LeaseTime, new IntervalValue(LeaseTimeInSeconds));
        if (ObjectType == ObjectType.Template) return IsImported ? WithHistory(attributes) : attributes;

        attributes = WithDefaults(scope.Engine.Rules.WithDefaults(scope.Tenant, ObjectType, attributes))
            .With(AttributeName.State, AttributeValue.Of(State.PreActive))
            .With(AttributeName.LeaseTime, new IntervalValue(LeaseTimeInSeconds))
            .With(AttributeName.CurrentVersion, AttributeValue.Of(true))
            .With(AttributeName.ProtectionStorageMask, AttributeValue.Of(IsInToken ? ProtectionStorageHardware : ProtectionStorageSoftware));
        attributes = ObjectDates.CheckOrder(WithLimitsFull(WithSensitivity(attributes)));
        if (!attributes.Has(AttributeName.KeyFormatType)) attributes = attributes.With(AttributeName.KeyFormatType, AttributeValue.Of(IsInToken ? KeyFormatType.Raw : StoredFormat));
        // Of what is wrapped, or in the token, the server has not the Key Material, whose digest it would be.
        if (Material is not null && !IsInToken && !attributes.Has(AttributeName.KeyWrappingData))
        {
            foreach (var digest in ObjectDigests.Of(ObjectType, attributes, StoredFormat, Material, scope.Engine.KeyMaterialEncoding))
                attributes = attributes.Add(AttributeName.Digest, digest);
        }

        if (IsImported) return WithHistory(attributes);
        if (!IsGenerated) return attributes;

        // spec: KMIP 2.1 §4.38 "the Original Creation Date SHALL be set by the server and SHALL be the same as the Initial
        // Date attribute"; §4.46 "the Random Number Generator SHALL be set by the server".
        return attributes
            .With(AttributeName.OriginalCreationDate, AttributeValue.Of(scope.Now))
            .With(AttributeName.RandomNumberGenerator, IsInToken ? TokensRandomNumberGenerator : OurRandomNumberGenerator);
    }

    // spec: KMIP 2.1 §4 Table 28 "KMIP servers SHALL supply values for these attributes if the client omits them."
    private AttributeSet WithDefaults(AttributeSet attributes)
    {
        if (!attributes.Has(AttributeName.CryptographicUsageMask) && ObjectType is not (ObjectType.OpaqueObject or ObjectType.Certificate))
            attributes = attributes.With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)DefaultUsage(ObjectType, attributes)));
        if (!attributes.Has(AttributeName.Fresh)) attributes = attributes.With(AttributeName.Fresh, AttributeValue.Of(true));
        return attributes;
    }

    private static CryptographicUsageMask DefaultUsage(ObjectType objectType, AttributeSet attributes) => objectType switch
    {
        ObjectType.SymmetricKey when attributes.Find(AttributeName.CryptographicAlgorithm) is EnumerationValue v && IsMac((CryptographicAlgorithm)v.Value) =>
            CryptographicUsageMask.MACGenerate | CryptographicUsageMask.MACVerify,
        ObjectType.SymmetricKey or ObjectType.SplitKey => CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt,
        ObjectType.PrivateKey => CryptographicUsageMask.Sign | CryptographicUsageMask.Decrypt,
        ObjectType.PublicKey => CryptographicUsageMask.Verify | CryptographicUsageMask.Encrypt,
        _ => CryptographicUsageMask.NotSet,
    };

    private static bool IsMac(CryptographicAlgorithm algorithm) => algorithm
        is >= CryptographicAlgorithm.HMACSHA1 and <= CryptographicAlgorithm.HMACMD5
        or >= CryptographicAlgorithm.HMACSHA3224 and <= CryptographicAlgorithm.HMACSHA3512;

    private AttributeSet WithSensitivity(AttributeSet attributes)
    {
        if (IsInToken)
        {
            if (attributes.Find(AttributeName.Sensitive) is BooleanValue { Value: false } || attributes.Find(AttributeName.Extractable) is BooleanValue { Value: true })
                throw new KeyreeveException(KeyreeveError.InvalidAttributeValue, "A key in the token is Sensitive and not Extractable, from the first moment on.");
            attributes = attributes.With(AttributeName.Sensitive, AttributeValue.Of(value: true)).With(AttributeName.Extractable, AttributeValue.Of(value: false));
        }

        var isSensitive = attributes.Find(AttributeName.Sensitive) is BooleanValue { Value: true };
        var isExtractable = attributes.Find(AttributeName.Extractable) is not BooleanValue { Value: false };
        return attributes
            .With(AttributeName.Sensitive, AttributeValue.Of(isSensitive))
            .With(AttributeName.AlwaysSensitive, AttributeValue.Of(isSensitive))
            .With(AttributeName.Extractable, AttributeValue.Of(isExtractable))
            .With(AttributeName.NeverExtractable, AttributeValue.Of(!isExtractable));
    }

    // spec: KMIP 2.1 §4.59 "the Usage Limits Count is set to the Usage Limits Total value … The server SHALL ignore the Usage
    // Limits Count value if the attribute is specified in an operation that creates a new object."
    private static AttributeSet WithLimitsFull(AttributeSet attributes) =>
        attributes.Find(AttributeName.UsageLimits) is StructureValue limits
            ? attributes.With(AttributeName.UsageLimits, UsageLimits.Full(limits))
            : attributes;

    // spec: KMIP 2.1 §6.1.25 "all attributes MUST be set to the supplied values rather than any server generated values."
    private AttributeSet WithHistory(AttributeSet attributes)
    {
        foreach (var name in History)
            if (Stated.Find(name) is { } supplied) attributes = attributes.With(name, supplied);
        return attributes;
    }

    private static async ValueTask<ManagedObject> FindTemplateAsync(OperationScope scope, string name, CancellationToken cancellationToken)
    {
        var found = await scope.Engine.Objects.FindByNameAsync(scope.Tenant, name, cancellationToken);
        return found is { ObjectType: ObjectType.Template } && scope.May(OperationName.GetAttributes, found)
            ? found
            : throw new KeyreeveException(KeyreeveError.ItemNotFound, $"There is no template named '{name}'.");
    }
}
