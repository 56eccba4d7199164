namespace Keyreeve.Core.Objects;

// The standard's enumerations, with the standard's values, so that they need no mapping and can be looked up in it.
// Names follow KMIP 2.1 §11 and §12; values that only earlier or later versions have are included. 0 is never valid.
#pragma warning disable CS1591 // the standard describes each value
#pragma warning disable CA1008, CA1028, CA1069, CA1707, CA1711, CA1720, CA2217, CA1700 // names and values are the standard's

/// <summary>What a managed object is. KMIP 2.1 §11.34.</summary>
public enum ObjectType : uint
{
    NotSet = 0,
    Certificate = 0x00000001,
    SymmetricKey = 0x00000002,
    PublicKey = 0x00000003,
    PrivateKey = 0x00000004,
    SplitKey = 0x00000005,
    Template = 0x00000006,
    SecretData = 0x00000007,
    OpaqueObject = 0x00000008,
    PGPKey = 0x00000009,
    CertificateRequest = 0x0000000A,
    User = 0x0000000B,
    Group = 0x0000000C,
    PasswordCredential = 0x0000000D,
    DeviceCredential = 0x0000000E,
    OneTimePasswordCredential = 0x0000000F,
    HashedPasswordCredential = 0x00000010,
}

/// <summary>Where in its life a cryptographic object is. KMIP 2.1 §11.55.</summary>
public enum State : uint
{
    NotSet = 0,
    PreActive = 0x00000001,
    Active = 0x00000002,
    Deactivated = 0x00000003,
    Compromised = 0x00000004,
    Destroyed = 0x00000005,
    DestroyedCompromised = 0x00000006,
}

/// <summary>Key Format Type. KMIP 2.1 §11.25.</summary>
public enum KeyFormatType : uint
{
    NotSet = 0,
    Raw = 0x00000001,
    Opaque = 0x00000002,
    PKCS1 = 0x00000003,
    PKCS8 = 0x00000004,
    X509 = 0x00000005,
    ECPrivateKey = 0x00000006,
    TransparentSymmetricKey = 0x00000007,
    TransparentDSAPrivateKey = 0x00000008,
    TransparentDSAPublicKey = 0x00000009,
    TransparentRSAPrivateKey = 0x0000000A,
    TransparentRSAPublicKey = 0x0000000B,
    TransparentDHPrivateKey = 0x0000000C,
    TransparentDHPublicKey = 0x0000000D,
    TransparentECDSAPrivateKey = 0x0000000E,
    TransparentECDSAPublicKey = 0x0000000F,
    TransparentECDHPrivateKey = 0x00000010,
    TransparentECDHPublicKey = 0x00000011,
    TransparentECMQVPrivateKey = 0x00000012,
    TransparentECMQVPublicKey = 0x00000013,
    TransparentECPrivateKey = 0x00000014,
    TransparentECPublicKey = 0x00000015,
    PKCS12 = 0x00000016,
    PKCS10 = 0x00000017,
}

/// <summary>Link Type. KMIP 2.1 §11.28.</summary>
public enum LinkType : uint
{
    NotSet = 0,
    CertificateLink = 0x00000101,
    PublicKeyLink = 0x00000102,
    PrivateKeyLink = 0x00000103,
    DerivationBaseObjectLink = 0x00000104,
    DerivedKeyLink = 0x00000105,
    ReplacementObjectLink = 0x00000106,
    ReplacedObjectLink = 0x00000107,
    ParentLink = 0x00000108,
    ChildLink = 0x00000109,
    PreviousLink = 0x0000010A,
    NextLink = 0x0000010B,
    PKCS12CertificateLink = 0x0000010C,
    PKCS12PasswordLink = 0x0000010D,
    WrappingKeyLink = 0x0000010E,

    // Ours, for what KMIP 3.0 has as an attribute of its own
    CredentialLink = 0x8A000001,
    PasswordLink = 0x8A000002,
}

/// <summary>Object Class. KMIP 3.0: what users keep, and what the server keeps for itself.</summary>
public enum ObjectClass : uint
{
    NotSet = 0,
    User = 0x00000001,
    System = 0x00000002,
}

/// <summary>Name Type. KMIP 2.1 §11.31.</summary>
public enum NameType : uint
{
    NotSet = 0,
    UninterpretedTextString = 0x00000001,
    URI = 0x00000002,
}

/// <summary>Revocation Reason Code. KMIP 2.1 §11.48.</summary>
public enum RevocationReasonCode : uint
{
    NotSet = 0,
    Unspecified = 0x00000001,
    KeyCompromise = 0x00000002,
    CACompromise = 0x00000003,
    AffiliationChanged = 0x00000004,
    Superseded = 0x00000005,
    CessationOfOperation = 0x00000006,
    PrivilegeWithdrawn = 0x00000007,
}

/// <summary>Secret Data Type. KMIP 2.1 §11.52.</summary>
public enum SecretDataType : uint
{
    NotSet = 0,
    Password = 0x00000001,
    Seed = 0x00000002,
}

/// <summary>Certificate Request Type. KMIP 2.1 §11.8.</summary>
public enum CertificateRequestType : uint
{
    NotSet = 0,
    CRMF = 0x00000001,
    PKCS10 = 0x00000002,
    PEM = 0x00000003,
}

/// <summary>Validity Indicator. KMIP 2.1 §11.61.</summary>
public enum ValidityIndicator : uint
{
    NotSet = 0,
    Valid = 0x00000001,
    Invalid = 0x00000002,
    Unknown = 0x00000003,
}

/// <summary>Certificate Type. KMIP 2.1 §11.9.</summary>
public enum CertificateType : uint
{
    NotSet = 0,
    X509 = 0x00000001,
    PGP = 0x00000002,
}

/// <summary>Key Role Type. KMIP 2.1 §11.26.</summary>
public enum KeyRoleType : uint
{
    NotSet = 0,
    BDK = 0x00000001,
    CVK = 0x00000002,
    DEK = 0x00000003,
    MKAC = 0x00000004,
    MKSMC = 0x00000005,
    MKSMI = 0x00000006,
    MKDAC = 0x00000007,
    MKDN = 0x00000008,
    MKCP = 0x00000009,
    MKOTH = 0x0000000A,
    KEK = 0x0000000B,
    MAC16609 = 0x0000000C,
    MAC97971 = 0x0000000D,
    MAC97972 = 0x0000000E,
    MAC97973 = 0x0000000F,
    MAC97974 = 0x00000010,
    MAC97975 = 0x00000011,
    ZPK = 0x00000012,
    PVKIBM = 0x00000013,
    PVKPVV = 0x00000014,
    PVKOTH = 0x00000015,
    DUKPT = 0x00000016,
    IV = 0x00000017,
    TRKBK = 0x00000018,
}

/// <summary>Usage Limits Unit. KMIP 2.1 §11.60.</summary>
public enum UsageLimitsUnit : uint
{
    NotSet = 0,
    Byte = 0x00000001,
    Object = 0x00000002,
}

/// <summary>Storage Status Mask. KMIP 2.1 §12.3.</summary>
[Flags]
public enum StorageStatusMask : uint
{
    NotSet = 0,
    OnLineStorage = 0x00000001,
    ArchivalStorage = 0x00000002,
    DestroyedStorage = 0x00000004,
}

/// <summary>Adjustment Type. KMIP 2.1 §11.1.</summary>
public enum AdjustmentType : uint
{
    NotSet = 0,
    Increment = 0x00000001,
    Decrement = 0x00000002,
    Negate = 0x00000003,
}

/// <summary>Deactivation Reason Code. KMIP 3.0.</summary>
public enum DeactivationReasonCode : uint
{
    NotSet = 0,
    Unspecified = 0x00000001,
    DeactivationDate = 0x00000002,
    ProtectStopDate = 0x00000003,
    UsageLimit = 0x00000004,
}
