namespace Keyreeve.Server.Kmip.Pkcs11;

// Numbers and names are those of PKCS#11 3.0.
#pragma warning disable CS1591

/// <summary>The functions that this library has. KMIP 2.1 §11.38: "the 1-based offset count of the function in the CK_FUNCTION_LIST_3_0
/// structure".</summary>
internal enum Pkcs11Function : uint
{
    None = 0,
    Initialize = 1,
    Finalize = 2,
    GetInfo = 3,
    GetSlotList = 5,
    GetSlotInfo = 6,
    GetTokenInfo = 7,
    GetMechanismList = 8,
    GetMechanismInfo = 9,
    OpenSession = 13,
    CloseSession = 14,
    CloseAllSessions = 15,
    GetSessionInfo = 16,
    Login = 19,
    Logout = 20,
    GetAttributeValue = 25,
    FindObjectsInit = 27,
    FindObjects = 28,
    FindObjectsFinal = 29,
    EncryptInit = 30,
    Encrypt = 31,
    DecryptInit = 34,
    Decrypt = 35,
    DigestInit = 38,
    Digest = 39,
    SignInit = 43,
    Sign = 44,
    VerifyInit = 49,
    Verify = 50,
    SeedRandom = 64,
    GenerateRandom = 65,
}

/// <summary>CK_RV: what functions return.</summary>
internal static class Pkcs11Return
{
    public const uint Ok = 0x00000000;
    public const uint HostMemory = 0x00000002;
    public const uint SlotIdInvalid = 0x00000003;
    public const uint ArgumentsBad = 0x00000007;
    public const uint AttributeSensitive = 0x00000011;
    public const uint AttributeTypeInvalid = 0x00000012;
    public const uint AttributeValueInvalid = 0x00000013;
    public const uint DataInvalid = 0x00000020;
    public const uint EncryptedDataInvalid = 0x00000040;
    public const uint FunctionNotSupported = 0x00000054;
    public const uint KeyHandleInvalid = 0x00000060;
    public const uint KeyTypeInconsistent = 0x00000063;
    public const uint KeyFunctionNotPermitted = 0x00000068;
    public const uint MechanismInvalid = 0x00000070;
    public const uint MechanismParamInvalid = 0x00000071;
    public const uint ObjectHandleInvalid = 0x00000082;
    public const uint OperationActive = 0x00000090;
    public const uint OperationNotInitialized = 0x00000091;
    public const uint SessionCount = 0x000000B1;
    public const uint SessionHandleInvalid = 0x000000B3;
    public const uint SessionParallelNotSupported = 0x000000B4;
    public const uint SignatureInvalid = 0x000000C0;
    public const uint SignatureLengthRange = 0x000000C1;
    public const uint TokenWriteProtected = 0x000000E2;
    public const uint UserNotLoggedIn = 0x00000101;
    public const uint UserPinNotInitialized = 0x00000102;
    public const uint RandomSeedNotSupported = 0x00000120;
    public const uint BufferTooSmall = 0x00000150;
    public const uint CryptokiNotInitialized = 0x00000190;
    public const uint CryptokiAlreadyInitialized = 0x00000191;
}

/// <summary>CKO: what objects are.</summary>
internal enum Pkcs11Class : ulong
{
    Certificate = 1,
    PublicKey = 2,
    PrivateKey = 3,
    SecretKey = 4,
}

/// <summary>CKK: what keys are.</summary>
internal enum Pkcs11KeyType : ulong
{
    Rsa = 0x00,
    Dsa = 0x01,
    Dh = 0x02,
    Ec = 0x03,
    GenericSecret = 0x10,
    TripleDes = 0x15,
    Aes = 0x1F,
    Camellia = 0x25,
    ChaCha20 = 0x33,
    EcEdwards = 0x40,
}

/// <summary>CKA: the attributes that objects of this library have, or may be looked for by.</summary>
internal enum Pkcs11Attribute : ulong
{
    Class = 0x000,
    Token = 0x001,
    Private = 0x002,
    Label = 0x003,
    UniqueId = 0x004,
    Value = 0x011,
    CertificateType = 0x080,
    Issuer = 0x081,
    SerialNumber = 0x082,
    Trusted = 0x086,
    CertificateCategory = 0x087,
    KeyType = 0x100,
    Subject = 0x101,
    Id = 0x102,
    Sensitive = 0x103,
    Encrypt = 0x104,
    Decrypt = 0x105,
    Wrap = 0x106,
    Unwrap = 0x107,
    Sign = 0x108,
    SignRecover = 0x109,
    Verify = 0x10A,
    VerifyRecover = 0x10B,
    Derive = 0x10C,
    StartDate = 0x110,
    EndDate = 0x111,
    Modulus = 0x120,
    ModulusBits = 0x121,
    PublicExponent = 0x122,
    PrimeBits = 0x133,
    SubPrimeBits = 0x134,
    ValueBits = 0x160,
    ValueLength = 0x161,
    Extractable = 0x162,
    Local = 0x163,
    NeverExtractable = 0x164,
    AlwaysSensitive = 0x165,
    KeyGenMechanism = 0x166,
    Modifiable = 0x170,
    Copyable = 0x171,
    Destroyable = 0x172,
    EcParams = 0x180,
    EcPoint = 0x181,
    AlwaysAuthenticate = 0x202,
    WrapWithTrusted = 0x210,
}
