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

/// <summary>Cryptographic Algorithm. KMIP 2.1 §11.12.</summary>
public enum CryptographicAlgorithm : uint
{
    NotSet = 0,
    DES = 0x00000001,
    TripleDES = 0x00000002,
    AES = 0x00000003,
    RSA = 0x00000004,
    DSA = 0x00000005,
    ECDSA = 0x00000006,
    HMACSHA1 = 0x00000007,
    HMACSHA224 = 0x00000008,
    HMACSHA256 = 0x00000009,
    HMACSHA384 = 0x0000000A,
    HMACSHA512 = 0x0000000B,
    HMACMD5 = 0x0000000C,
    DH = 0x0000000D,
    ECDH = 0x0000000E,
    ECMQV = 0x0000000F,
    Blowfish = 0x00000010,
    Camellia = 0x00000011,
    CAST5 = 0x00000012,
    IDEA = 0x00000013,
    MARS = 0x00000014,
    RC2 = 0x00000015,
    RC4 = 0x00000016,
    RC5 = 0x00000017,
    SKIPJACK = 0x00000018,
    Twofish = 0x00000019,
    EC = 0x0000001A,
    OneTimePad = 0x0000001B,
    ChaCha20 = 0x0000001C,
    Poly1305 = 0x0000001D,
    ChaCha20Poly1305 = 0x0000001E,
    SHA3224 = 0x0000001F,
    SHA3256 = 0x00000020,
    SHA3384 = 0x00000021,
    SHA3512 = 0x00000022,
    HMACSHA3224 = 0x00000023,
    HMACSHA3256 = 0x00000024,
    HMACSHA3384 = 0x00000025,
    HMACSHA3512 = 0x00000026,
    SHAKE128 = 0x00000027,
    SHAKE256 = 0x00000028,
    ARIA = 0x00000029,
    SEED = 0x0000002A,
    SM2 = 0x0000002B,
    SM3 = 0x0000002C,
    SM4 = 0x0000002D,
    GOSTR34102012 = 0x0000002E,
    GOSTR34112012 = 0x0000002F,
    GOSTR34132015 = 0x00000030,
    GOST2814789 = 0x00000031,
    XMSS = 0x00000032,
    SPHINCS256 = 0x00000033,
    McEliece = 0x00000034,
    McEliece6960119 = 0x00000035,
    McEliece8192128 = 0x00000036,
    Ed25519 = 0x00000037,
    Ed448 = 0x00000038,
    MLKEM512 = 0x00000039,
    MLKEM768 = 0x0000003A,
    MLKEM1024 = 0x0000003B,
    MLDSA44 = 0x0000003C,
    MLDSA65 = 0x0000003D,
    MLDSA87 = 0x0000003E,
    SLHDSASHA2128s = 0x0000003F,
    SLHDSASHA2128f = 0x00000040,
    SLHDSASHA2192s = 0x00000041,
    SLHDSASHA2192f = 0x00000042,
    SLHDSASHA2256s = 0x00000043,
    SLHDSASHA2256f = 0x00000044,
    SLHDSASHAKE128s = 0x00000045,
    SLHDSASHAKE128f = 0x00000046,
    SLHDSASHAKE192s = 0x00000047,
    SLHDSASHAKE192f = 0x00000048,
    SLHDSASHAKE256s = 0x00000049,
    SLHDSASHAKE256f = 0x0000004A,
}

/// <summary>Block Cipher Mode. KMIP 2.1 §11.6.</summary>
public enum BlockCipherMode : uint
{
    NotSet = 0,
    CBC = 0x00000001,
    ECB = 0x00000002,
    PCBC = 0x00000003,
    CFB = 0x00000004,
    OFB = 0x00000005,
    CTR = 0x00000006,
    CMAC = 0x00000007,
    CCM = 0x00000008,
    GCM = 0x00000009,
    CBCMAC = 0x0000000A,
    XTS = 0x0000000B,
    AESKeyWrapPadding = 0x0000000C,
    NISTKeyWrap = 0x0000000D,
    X9102AESKW = 0x0000000E,
    X9102TDKW = 0x0000000F,
    X9102AKW1 = 0x00000010,
    X9102AKW2 = 0x00000011,
    AEAD = 0x00000012,
}

/// <summary>Padding Method. KMIP 2.1 §11.37.</summary>
public enum PaddingMethod : uint
{
    NotSet = 0,
    None = 0x00000001,
    OAEP = 0x00000002,
    PKCS5 = 0x00000003,
    SSL3 = 0x00000004,
    Zeros = 0x00000005,
    ANSIX923 = 0x00000006,
    ISO10126 = 0x00000007,
    PKCS1V15 = 0x00000008,
    X931 = 0x00000009,
    PSS = 0x0000000A,
}

/// <summary>Hashing Algorithm. KMIP 2.1 §11.21.</summary>
public enum HashingAlgorithm : uint
{
    NotSet = 0,
    MD2 = 0x00000001,
    MD4 = 0x00000002,
    MD5 = 0x00000003,
    SHA1 = 0x00000004,
    SHA224 = 0x00000005,
    SHA256 = 0x00000006,
    SHA384 = 0x00000007,
    SHA512 = 0x00000008,
    RIPEMD160 = 0x00000009,
    Tiger = 0x0000000A,
    Whirlpool = 0x0000000B,
    SHA512224 = 0x0000000C,
    SHA512256 = 0x0000000D,
    SHA3224 = 0x0000000E,
    SHA3256 = 0x0000000F,
    SHA3384 = 0x00000010,
    SHA3512 = 0x00000011,
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

/// <summary>Cryptographic Usage Mask. KMIP 2.1 §12.1.</summary>
[Flags]
public enum CryptographicUsageMask : uint
{
    NotSet = 0,
    Sign = 0x00000001,
    Verify = 0x00000002,
    Encrypt = 0x00000004,
    Decrypt = 0x00000008,
    WrapKey = 0x00000010,
    UnwrapKey = 0x00000020,
    Export = 0x00000040,
    MACGenerate = 0x00000080,
    MACVerify = 0x00000100,
    DeriveKey = 0x00000200,
    ContentCommitment = 0x00000400,
    KeyAgreement = 0x00000800,
    CertificateSign = 0x00001000,
    CRLSign = 0x00002000,
    GenerateCryptogram = 0x00004000,
    ValidateCryptogram = 0x00008000,
    TranslateEncrypt = 0x00010000,
    TranslateDecrypt = 0x00020000,
    TranslateWrap = 0x00040000,
    TranslateUnwrap = 0x00080000,
    Authenticate = 0x00100000,
    Unrestricted = 0x00200000,
    FPEEncrypt = 0x00400000,
    FPEDecrypt = 0x00800000,
}

/// <summary>Recommended Curve. KMIP 2.1 §11.45.</summary>
public enum RecommendedCurve : uint
{
    NotSet = 0,
    P192 = 0x00000001,
    K163 = 0x00000002,
    B163 = 0x00000003,
    P224 = 0x00000004,
    K233 = 0x00000005,
    B233 = 0x00000006,
    P256 = 0x00000007,
    K283 = 0x00000008,
    B283 = 0x00000009,
    P384 = 0x0000000A,
    K409 = 0x0000000B,
    B409 = 0x0000000C,
    P521 = 0x0000000D,
    K571 = 0x0000000E,
    B571 = 0x0000000F,
    SECP112R1 = 0x00000010,
    SECP112R2 = 0x00000011,
    SECP128R1 = 0x00000012,
    SECP128R2 = 0x00000013,
    SECP160K1 = 0x00000014,
    SECP160R1 = 0x00000015,
    SECP160R2 = 0x00000016,
    SECP192K1 = 0x00000017,
    SECP224K1 = 0x00000018,
    SECP256K1 = 0x00000019,
    SECT113R1 = 0x0000001A,
    SECT113R2 = 0x0000001B,
    SECT131R1 = 0x0000001C,
    SECT131R2 = 0x0000001D,
    SECT163R1 = 0x0000001E,
    SECT193R1 = 0x0000001F,
    SECT193R2 = 0x00000020,
    SECT239K1 = 0x00000021,
    ANSIX9P192V2 = 0x00000022,
    ANSIX9P192V3 = 0x00000023,
    ANSIX9P239V1 = 0x00000024,
    ANSIX9P239V2 = 0x00000025,
    ANSIX9P239V3 = 0x00000026,
    ANSIX9C2PNB163V1 = 0x00000027,
    ANSIX9C2PNB163V2 = 0x00000028,
    ANSIX9C2PNB163V3 = 0x00000029,
    ANSIX9C2PNB176V1 = 0x0000002A,
    ANSIX9C2TNB191V1 = 0x0000002B,
    ANSIX9C2TNB191V2 = 0x0000002C,
    ANSIX9C2TNB191V3 = 0x0000002D,
    ANSIX9C2PNB208W1 = 0x0000002E,
    ANSIX9C2TNB239V1 = 0x0000002F,
    ANSIX9C2TNB239V2 = 0x00000030,
    ANSIX9C2TNB239V3 = 0x00000031,
    ANSIX9C2PNB272W1 = 0x00000032,
    ANSIX9C2PNB304W1 = 0x00000033,
    ANSIX9C2TNB359V1 = 0x00000034,
    ANSIX9C2PNB368W1 = 0x00000035,
    ANSIX9C2TNB431R1 = 0x00000036,
    BRAINPOOLP160R1 = 0x00000037,
    BRAINPOOLP160T1 = 0x00000038,
    BRAINPOOLP192R1 = 0x00000039,
    BRAINPOOLP192T1 = 0x0000003A,
    BRAINPOOLP224R1 = 0x0000003B,
    BRAINPOOLP224T1 = 0x0000003C,
    BRAINPOOLP256R1 = 0x0000003D,
    BRAINPOOLP256T1 = 0x0000003E,
    BRAINPOOLP320R1 = 0x0000003F,
    BRAINPOOLP320T1 = 0x00000040,
    BRAINPOOLP384R1 = 0x00000041,
    BRAINPOOLP384T1 = 0x00000042,
    BRAINPOOLP512R1 = 0x00000043,
    BRAINPOOLP512T1 = 0x00000044,
    CURVE25519 = 0x00000045,
    CURVE448 = 0x00000046,
}

/// <summary>Digital Signature Algorithm. KMIP 2.1 §11.16.</summary>
public enum DigitalSignatureAlgorithm : uint
{
    NotSet = 0,
    MD2WithRSAEncryption = 0x00000001,
    MD5WithRSAEncryption = 0x00000002,
    SHA1WithRSAEncryption = 0x00000003,
    SHA224WithRSAEncryption = 0x00000004,
    SHA256WithRSAEncryption = 0x00000005,
    SHA384WithRSAEncryption = 0x00000006,
    SHA512WithRSAEncryption = 0x00000007,
    RSASSAPSS = 0x00000008,
    DSAWithSHA1 = 0x00000009,
    DSAWithSHA224 = 0x0000000A,
    DSAWithSHA256 = 0x0000000B,
    ECDSAWithSHA1 = 0x0000000C,
    ECDSAWithSHA224 = 0x0000000D,
    ECDSAWithSHA256 = 0x0000000E,
    ECDSAWithSHA384 = 0x0000000F,
    ECDSAWithSHA512 = 0x00000010,
    SHA3256WithRSAEncryption = 0x00000011,
    SHA3384WithRSAEncryption = 0x00000012,
    SHA3512WithRSAEncryption = 0x00000013,
}

/// <summary>Split Key Method. KMIP 2.1 §11.54.</summary>
public enum SplitKeyMethod : uint
{
    NotSet = 0,
    Xor = 0x00000001,
    PolynomialSharingGf65536 = 0x00000002,
    PolynomialSharingPrimeField = 0x00000003,
    PolynomialSharingGf256 = 0x00000004,
}

/// <summary>Split Key Polynomial. KMIP 3.0.</summary>
public enum SplitKeyPolynomial : uint
{
    NotSet = 0,
    Polynomial283 = 0x00000001,
    Polynomial285 = 0x00000002,
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

/// <summary>Mask Generator. KMIP 2.1 §11.30.</summary>
public enum MaskGenerator : uint
{
    NotSet = 0,
    MFG1 = 0x00000001,
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

/// <summary>Derivation Method. KMIP 2.1 §11.14.</summary>
public enum DerivationMethod : uint
{
    NotSet = 0,
    PBKDF2 = 0x00000001,
    HASH = 0x00000002,
    HMAC = 0x00000003,
    ENCRYPT = 0x00000004,
    NIST800108C = 0x00000005,
    NIST800108F = 0x00000006,
    NIST800108DPI = 0x00000007,
    AsymmetricKey = 0x00000008,
    AWSSignatureVersion4 = 0x00000009,
    HKDF = 0x0000000A,
}
