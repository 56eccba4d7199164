using System.Collections.Frozen;

namespace Keyreeve.Core.Objects;

/// <summary>The kinds of value. The numbers are stored.</summary>
public enum AttributeKind
{
#pragma warning disable CS1591 // the standard describes each
    None = 0,
    Integer = 1,
    LongInteger = 2,
    BigInteger = 3,
    Enumeration = 4,
    Boolean = 5,
    Text = 6,
    Bytes = 7,
    DateTime = 8,
    Interval = 9,
    Structure = 10,
    DateTimeExtended = 11,
#pragma warning restore CS1591
}

/// <summary>When a client may change an attribute that has a value, or give one to an object that exists.</summary>
public enum ClientRight
{
    /// <summary>Not at all.</summary>
    Never = 0,

    /// <summary>In every State but the destroyed ones.</summary>
    Always,

    /// <summary>Only where it has no value yet.</summary>
    Once,

    /// <summary>While the object is Pre-Active.</summary>
    WhilePreActive,

    /// <summary>While the object is Pre-Active or Active.</summary>
    WhileUsable,

    /// <summary>While the object is Pre-Active or Active and the date has not been reached.</summary>
    UntilReached,
}

/// <summary>Object types an attribute applies to.</summary>
[Flags]
public enum ObjectTypes
{
#pragma warning disable CS1591 // the standard describes each
    None = 0,
    SymmetricKey = 1,
    PrivateKey = 2,
    PublicKey = 4,
    SplitKey = 8,
    SecretData = 16,
    PGPKey = 32,
    Certificate = 64,
    CertificateRequest = 128,
    OpaqueObject = 256,
    Template = 512,
    Others = 1024,
    Keys = SymmetricKey | PrivateKey | PublicKey | SplitKey | PGPKey,
    Asymmetric = PrivateKey | PublicKey,
    Cryptographic = Keys | SecretData | Certificate,
    All = Cryptographic | CertificateRequest | OpaqueObject | Template | Others,
#pragma warning restore CS1591
}

/// <summary>What may be done with one attribute.</summary>
/// <param name="Name">The attribute.</param>
/// <param name="Kind">What its value is.</param>
/// <param name="AppliesTo">Which objects may have it.</param>
/// <param name="IsStatedByClient">Whether a client may state it when it creates or registers an object.</param>
/// <param name="Change">When a client may give it to an object that exists, or change it.</param>
/// <param name="IsDeletable">Whether a client may delete it.</param>
/// <param name="IsMultiInstance">Whether an object may have several.</param>
public sealed record AttributeRule(
    AttributeName Name, AttributeKind Kind, ObjectTypes AppliesTo, bool IsStatedByClient, ClientRight Change, bool IsDeletable, bool IsMultiInstance);

/// <summary>The standard's rules for each attribute, as one table. KMIP 2.1 §4, with 1.4 §3 for what 2.x no longer has.</summary>
public static class AttributeRules
{
    private const bool Stated = true;
    private const bool ByServer = false;
    private const bool Deletable = true;
    private const bool Kept = false;
    private const bool Multi = true;
    private const bool Single = false;

    private static readonly FrozenDictionary<AttributeName, AttributeRule> Rules = new AttributeRule[]
    {
        new(AttributeName.UniqueIdentifier, AttributeKind.Text, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.ShortUniqueIdentifier, AttributeKind.Bytes, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.Name, AttributeKind.Structure, ObjectTypes.All, Stated, ClientRight.Always, Deletable, Multi),
        new(AttributeName.AlternativeName, AttributeKind.Structure, ObjectTypes.All, Stated, ClientRight.Always, Deletable, Multi),
        new(AttributeName.ObjectType, AttributeKind.Enumeration, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.ObjectClass, AttributeKind.Enumeration, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.ObjectGroup, AttributeKind.Text, ObjectTypes.All, Stated, ClientRight.Always, Deletable, Multi),
        new(AttributeName.Link, AttributeKind.Structure, ObjectTypes.All, Stated, ClientRight.Always, Deletable, Multi),
        new(AttributeName.ApplicationSpecificInformation, AttributeKind.Structure, ObjectTypes.All, Stated, ClientRight.Always, Deletable, Multi),
        new(AttributeName.ContactInformation, AttributeKind.Text, ObjectTypes.All, Stated, ClientRight.Always, Deletable, Single),
        new(AttributeName.Description, AttributeKind.Text, ObjectTypes.All, Stated, ClientRight.Always, Deletable, Single),
        new(AttributeName.Comment, AttributeKind.Text, ObjectTypes.All, Stated, ClientRight.Always, Deletable, Single),
        new(AttributeName.Custom, AttributeKind.None, ObjectTypes.All, Stated, ClientRight.Always, Deletable, Multi),
        new(AttributeName.OperationPolicyName, AttributeKind.Text, ObjectTypes.All, Stated, ClientRight.Once, Kept, Single),

        new(AttributeName.CryptographicAlgorithm, AttributeKind.Enumeration, ObjectTypes.All, Stated, ClientRight.Never, Kept, Single),
        new(AttributeName.CryptographicLength, AttributeKind.Integer, ObjectTypes.All, Stated, ClientRight.Never, Kept, Single),
        new(AttributeName.CryptographicParameters, AttributeKind.Structure, ObjectTypes.All, Stated, ClientRight.Always, Deletable, Multi),
        new(AttributeName.CryptographicDomainParameters, AttributeKind.Structure, ObjectTypes.Asymmetric | ObjectTypes.Template, Stated, ClientRight.Never, Kept, Single),
        new(AttributeName.CryptographicUsageMask, AttributeKind.Integer, ObjectTypes.All, Stated, ClientRight.Once, Kept, Single),
        new(AttributeName.Digest, AttributeKind.Structure, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Multi),
        new(AttributeName.KeyFormatType, AttributeKind.Enumeration, ObjectTypes.All, Stated, ClientRight.Never, Kept, Single),
        new(AttributeName.KeyValuePresent, AttributeKind.Boolean, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.KeyValueLocation, AttributeKind.Structure, ObjectTypes.All, Stated, ClientRight.Always, Deletable, Multi),
        new(AttributeName.RandomNumberGenerator, AttributeKind.Structure, ObjectTypes.All, Stated, ClientRight.Once, Kept, Single),
        new(AttributeName.OriginalCreationDate, AttributeKind.DateTime, ObjectTypes.All, Stated, ClientRight.Once, Kept, Single),
        new(AttributeName.PKCS12FriendlyName, AttributeKind.Text, ObjectTypes.All, Stated, ClientRight.Always, Deletable, Single),
        new(AttributeName.SecretDataType, AttributeKind.Enumeration, ObjectTypes.SecretData, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.OpaqueDataType, AttributeKind.Enumeration, ObjectTypes.OpaqueObject, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.NISTKeyType, AttributeKind.Enumeration, ObjectTypes.All, Stated, ClientRight.Once, Kept, Multi),
        new(AttributeName.NISTSecurityCategory, AttributeKind.Integer, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),

        new(AttributeName.Sensitive, AttributeKind.Boolean, ObjectTypes.All, Stated, ClientRight.Always, Kept, Single),
        new(AttributeName.AlwaysSensitive, AttributeKind.Boolean, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.Extractable, AttributeKind.Boolean, ObjectTypes.All, Stated, ClientRight.Always, Kept, Single),
        new(AttributeName.NeverExtractable, AttributeKind.Boolean, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.Fresh, AttributeKind.Boolean, ObjectTypes.All, Stated, ClientRight.Never, Kept, Single),
        new(AttributeName.LeaseTime, AttributeKind.Interval, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.UsageLimits, AttributeKind.Structure, ObjectTypes.All, Stated, ClientRight.Always, Deletable, Single),
        new(AttributeName.ProtectionLevel, AttributeKind.Enumeration, ObjectTypes.All, Stated, ClientRight.Always, Deletable, Single),
        new(AttributeName.ProtectionPeriod, AttributeKind.Interval, ObjectTypes.All, Stated, ClientRight.Always, Deletable, Single),
        new(AttributeName.ProtectionStorageMask, AttributeKind.Integer, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.QuantumSafe, AttributeKind.Boolean, ObjectTypes.All, Stated, ClientRight.Always, Deletable, Single),

        new(AttributeName.State, AttributeKind.Enumeration, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.InitialDate, AttributeKind.DateTime, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.ActivationDate, AttributeKind.DateTime, ObjectTypes.All, Stated, ClientRight.WhilePreActive, Kept, Single),
        new(AttributeName.ProcessStartDate, AttributeKind.DateTime, ObjectTypes.All, Stated, ClientRight.UntilReached, Kept, Single),
        new(AttributeName.ProtectStopDate, AttributeKind.DateTime, ObjectTypes.All, Stated, ClientRight.UntilReached, Kept, Single),
        new(AttributeName.DeactivationDate, AttributeKind.DateTime, ObjectTypes.All, Stated, ClientRight.WhileUsable, Kept, Single),
        new(AttributeName.DestroyDate, AttributeKind.DateTime, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.CompromiseOccurrenceDate, AttributeKind.DateTime, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.CompromiseDate, AttributeKind.DateTime, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.RevocationReason, AttributeKind.Structure, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.DeactivationReason, AttributeKind.Structure, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.ArchiveDate, AttributeKind.DateTime, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.LastChangeDate, AttributeKind.DateTime, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),

        new(AttributeName.CertificateType, AttributeKind.Enumeration, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Single),
        new(AttributeName.CertificateLength, AttributeKind.Integer, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Single),
        new(AttributeName.DigitalSignatureAlgorithm, AttributeKind.Enumeration, ObjectTypes.Certificate | ObjectTypes.PGPKey, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateSubjectCN, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateSubjectO, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateSubjectOU, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateSubjectEmail, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateSubjectC, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateSubjectST, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateSubjectL, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateSubjectUID, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateSubjectSerialNumber, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateSubjectTitle, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateSubjectDC, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateSubjectDNQualifier, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateIssuerCN, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateIssuerO, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateIssuerOU, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateIssuerEmail, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateIssuerC, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateIssuerST, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateIssuerL, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateIssuerUID, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateIssuerSerialNumber, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateIssuerTitle, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateIssuerDC, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.CertificateIssuerDNQualifier, AttributeKind.Text, ObjectTypes.Certificate, Stated, ClientRight.Never, Kept, Multi),
        new(AttributeName.X509CertificateIdentifier, AttributeKind.Structure, ObjectTypes.Certificate, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.X509CertificateSubject, AttributeKind.Structure, ObjectTypes.Certificate, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.X509CertificateIssuer, AttributeKind.Structure, ObjectTypes.Certificate, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.CertificateIdentifier, AttributeKind.Structure, ObjectTypes.Certificate, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.CertificateSubject, AttributeKind.Structure, ObjectTypes.Certificate, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.CertificateIssuer, AttributeKind.Structure, ObjectTypes.Certificate, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.CertificateRequestType, AttributeKind.Enumeration, ObjectTypes.CertificateRequest, ByServer, ClientRight.Never, Kept, Single),

        new(AttributeName.RotateAutomatic, AttributeKind.Boolean, ObjectTypes.All, Stated, ClientRight.Once, Kept, Single),
        new(AttributeName.RotateInterval, AttributeKind.Interval, ObjectTypes.All, Stated, ClientRight.Once, Kept, Single),
        new(AttributeName.RotateOffset, AttributeKind.Interval, ObjectTypes.All, Stated, ClientRight.Once, Kept, Single),
        new(AttributeName.RotateName, AttributeKind.Structure, ObjectTypes.All, Stated, ClientRight.Always, Deletable, Single),
        new(AttributeName.RotateDate, AttributeKind.DateTime, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.RotateGeneration, AttributeKind.Integer, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.RotateLatest, AttributeKind.Boolean, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),

        // Ours
        new(AttributeName.KeyGroup, AttributeKind.Text, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.KeyIdentifier, AttributeKind.Bytes, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.KeyVersion, AttributeKind.Integer, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.CurrentVersion, AttributeKind.Boolean, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.Disabled, AttributeKind.Boolean, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.DestructionDate, AttributeKind.DateTime, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.Owner, AttributeKind.Text, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.OwnerUser, AttributeKind.Text, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.KeyWrappingData, AttributeKind.Structure, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.SplitKeyDescription, AttributeKind.Structure, ObjectTypes.SplitKey, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.FormerName, AttributeKind.Text, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.Joined, AttributeKind.Boolean, ObjectTypes.All, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.TemplateContents, AttributeKind.Bytes, ObjectTypes.Template, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.CredentialUse, AttributeKind.LongInteger, ObjectTypes.Others, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.IdentifiedKey, AttributeKind.Text, ObjectTypes.Certificate, ByServer, ClientRight.Never, Kept, Single),
        new(AttributeName.PGPKeyVersion, AttributeKind.Integer, ObjectTypes.PGPKey, ByServer, ClientRight.Never, Kept, Single),
    }.ToFrozenDictionary(rule => rule.Name);

    /// <summary>All rules.</summary>
    public static IEnumerable<AttributeRule> All => Rules.Values;

    /// <summary>The rule of an attribute.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidAttribute"/>: there is no such attribute here.</exception>
    public static AttributeRule For(AttributeKey key) => Rules.TryGetValue(key.Name, out var rule)
        ? rule
        : throw new KeyreeveException(KeyreeveError.InvalidAttribute, $"Attribute {key} is not supported.");

    /// <summary>Whether the attribute is the server's own business, which no protocol of the standard shows.</summary>
    public static bool IsInternal(AttributeName name) => name >= AttributeName.KeyGroup;

    /// <summary>The flag of an object type.</summary>
    public static ObjectTypes FlagOf(ObjectType objectType) => objectType switch
    {
        ObjectType.SymmetricKey => ObjectTypes.SymmetricKey,
        ObjectType.PrivateKey => ObjectTypes.PrivateKey,
        ObjectType.PublicKey => ObjectTypes.PublicKey,
        ObjectType.SplitKey => ObjectTypes.SplitKey,
        ObjectType.SecretData => ObjectTypes.SecretData,
        ObjectType.PGPKey => ObjectTypes.PGPKey,
        ObjectType.Certificate => ObjectTypes.Certificate,
        ObjectType.CertificateRequest => ObjectTypes.CertificateRequest,
        ObjectType.OpaqueObject => ObjectTypes.OpaqueObject,
        ObjectType.Template => ObjectTypes.Template,
        ObjectType.User or ObjectType.Group or ObjectType.PasswordCredential or ObjectType.DeviceCredential
            or ObjectType.OneTimePasswordCredential or ObjectType.HashedPasswordCredential => ObjectTypes.Others,
        ObjectType.NotSet => ObjectTypes.None,
    };

    /// <summary>Checks that a client may state this attribute for a new object.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AttributeReadOnly"/>, <see cref="KeyreeveError.InvalidAttribute"/>,
    /// <see cref="KeyreeveError.InvalidAttributeValue"/>.</exception>
    public static void CheckStated(ObjectType objectType, AttributeKey key, AttributeValue value)
    {
        var rule = For(key);
        CheckApplies(rule, objectType);
        if (!rule.IsStatedByClient || IsServersCustom(key)) throw ReadOnly(key);
        AttributeValueRules.Check(key, rule, value);
    }

    // spec: KMIP 2.1 §6.1.25 "The attribute rules for each attribute for “Initially set by” and “When implicitly set” SHALL NOT be
    // enforced as all attributes MUST be set to the supplied values rather than any server generated values."
    /// <summary>Checks an attribute that comes with an object from elsewhere, whose history it tells.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidAttribute"/>, <see cref="KeyreeveError.InvalidAttributeValue"/>.</exception>
    public static void CheckImported(ObjectType objectType, AttributeKey key, AttributeValue value)
    {
        var rule = For(key);
        CheckApplies(rule, objectType);
        if (IsInternal(key.Name)) throw ReadOnly(key);
        AttributeValueRules.Check(key, rule, value);
    }

    /// <summary>Checks that a client may add, change or set this attribute of an object that exists.</summary>
    /// <param name="managedObject">The object.</param>
    /// <param name="key">The attribute.</param>
    /// <param name="value">Its new value.</param>
    /// <param name="now">The time of the request.</param>
    /// <exception cref="KeyreeveException">It may not; the reason says why.</exception>
    public static void CheckChange(ManagedObject managedObject, AttributeKey key, AttributeValue value, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(managedObject);
        var rule = For(key);
        CheckApplies(rule, managedObject.ObjectType);
        if (rule.Change == ClientRight.Never || IsServersCustom(key)) throw ReadOnly(key);
        AttributeValueRules.Check(key, rule, value);
        if (!IsInTime(rule, managedObject, now)) throw WrongState(managedObject, key);
    }

    /// <summary>Checks that a client may delete this attribute.</summary>
    /// <exception cref="KeyreeveException">It may not; the reason says why.</exception>
    public static void CheckDelete(ManagedObject managedObject, AttributeKey key)
    {
        ArgumentNullException.ThrowIfNull(managedObject);
        var rule = For(key);
        if (!rule.IsDeletable || IsServersCustom(key)) throw ReadOnly(key);
        if (IsDestroyed(managedObject.State)) throw WrongState(managedObject, key);
    }

    private static bool IsInTime(AttributeRule rule, ManagedObject managedObject, DateTimeOffset now)
    {
        var state = managedObject.State;
        if (IsDestroyed(state)) return false;
        // Objects without a State (templates, opaque objects of older versions) have no life to be late in.
        var isUsable = state is State.PreActive or State.Active or State.NotSet;
        return rule.Change switch
        {
            ClientRight.Always or ClientRight.Once => true,
            ClientRight.WhilePreActive => state is State.PreActive or State.NotSet,
            ClientRight.WhileUsable => isUsable,
            ClientRight.UntilReached => isUsable
                && !(managedObject.Attributes.Find(rule.Name) is DateTimeValue present && present.Time <= now),
            ClientRight.Never => false,
        };
    }

    private static void CheckApplies(AttributeRule rule, ObjectType objectType)
    {
        if ((rule.AppliesTo & FlagOf(objectType)) == ObjectTypes.None)
            throw new KeyreeveException(KeyreeveError.InvalidAttribute, $"Attribute {rule.Name} does not apply to objects of type {objectType}.");
    }

    // spec: KMIP 2.1 §4.60 "Vendor Attributes created by the server with Vendor Identification “y” are not created …, set,
    // added, adjusted, modified or deleted by the client."
    private static bool IsServersCustom(AttributeKey key) => key is { Name: AttributeName.Custom, Vendor: "y" };

    private static bool IsDestroyed(State state) => state is State.Destroyed or State.DestroyedCompromised;

    private static KeyreeveException ReadOnly(AttributeKey key) =>
        new(KeyreeveError.AttributeReadOnly, $"Attribute {key} is set by the server, or cannot be changed once set.");

    private static KeyreeveException WrongState(ManagedObject managedObject, AttributeKey key) =>
        new(KeyreeveError.WrongKeyLifecycleState, $"Attribute {key} cannot be changed: the object is {managedObject.State}, or the date has passed.");
}
