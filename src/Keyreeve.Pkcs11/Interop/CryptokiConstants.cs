namespace Keyreeve.Pkcs11.Interop;

/// <summary>CKR_…: what a function returned. The names are the standard's.</summary>
internal enum ReturnValue : uint
{
    Ok = 0x000,
    HostMemory = 0x002,
    SlotIdInvalid = 0x003,
    GeneralError = 0x005,
    FunctionFailed = 0x006,
    ArgumentsBad = 0x007,
    AttributeTypeInvalid = 0x012,
    AttributeValueInvalid = 0x013,
    DataInvalid = 0x020,
    DataLenRange = 0x021,
    DeviceError = 0x030,
    DeviceMemory = 0x031,
    DeviceRemoved = 0x032,
    EncryptedDataInvalid = 0x040,
    EncryptedDataLenRange = 0x041,
    FunctionNotSupported = 0x054,
    KeyHandleInvalid = 0x060,
    KeySizeRange = 0x062,
    KeyTypeInconsistent = 0x063,
    KeyFunctionNotPermitted = 0x068,
    MechanismInvalid = 0x070,
    MechanismParamInvalid = 0x071,
    ObjectHandleInvalid = 0x082,
    OperationActive = 0x090,
    OperationNotInitialized = 0x091,
    PinIncorrect = 0x0A0,
    PinInvalid = 0x0A1,
    PinLenRange = 0x0A2,
    PinExpired = 0x0A3,
    PinLocked = 0x0A4,
    SessionClosed = 0x0B0,
    SessionCount = 0x0B1,
    SessionHandleInvalid = 0x0B3,
    SignatureInvalid = 0x0C0,
    SignatureLenRange = 0x0C1,
    TokenNotPresent = 0x0E0,
    TokenNotRecognized = 0x0E1,
    UserAlreadyLoggedIn = 0x100,
    UserNotLoggedIn = 0x101,
    UserPinNotInitialized = 0x102,
    UserTypeInvalid = 0x103,
    WrappedKeyInvalid = 0x110,
    WrappedKeyLenRange = 0x112,
    CryptokiNotInitialized = 0x190,
    CryptokiAlreadyInitialized = 0x191,
    BufferTooSmall = 0x150,
}

/// <summary>CKA_…</summary>
internal enum AttributeType : uint
{
    Class = 0x000,
    Token = 0x001,
    Private = 0x002,
    Label = 0x003,
    Value = 0x011,
    KeyType = 0x100,
    Id = 0x102,
    Sensitive = 0x103,
    Encrypt = 0x104,
    Decrypt = 0x105,
    Wrap = 0x106,
    Unwrap = 0x107,
    Sign = 0x108,
    Verify = 0x10A,
    Derive = 0x10C,
    Modulus = 0x120,
    ModulusBits = 0x121,
    PublicExponent = 0x122,
    ValueLength = 0x161,
    Extractable = 0x162,
    Local = 0x163,
    NeverExtractable = 0x164,
    AlwaysSensitive = 0x165,
    Modifiable = 0x170,
    EcParameters = 0x180,
    EcPoint = 0x181,
}

/// <summary>CKM_…: the mechanisms that this product can use.</summary>
internal enum MechanismType : uint
{
    RsaPkcsKeyPairGen = 0x0000,
    RsaPkcs = 0x0001,
    RsaPkcsOaep = 0x0009,
    RsaPkcsPss = 0x000D,
    Sha256RsaPkcs = 0x0040,
    Sha384RsaPkcs = 0x0041,
    Sha512RsaPkcs = 0x0042,
    Sha256RsaPkcsPss = 0x0043,
    Sha384RsaPkcsPss = 0x0044,
    Sha512RsaPkcsPss = 0x0045,
    Sha1 = 0x0220,
    Sha224 = 0x0255,
    Sha256 = 0x0250,
    Sha256Hmac = 0x0251,
    Sha384 = 0x0260,
    Sha384Hmac = 0x0261,
    Sha512 = 0x0270,
    Sha512Hmac = 0x0271,
    GenericSecretKeyGen = 0x0350,
    EcKeyPairGen = 0x1040,
    Ecdsa = 0x1041,
    AesKeyGen = 0x1080,
    AesEcb = 0x1081,
    AesCbc = 0x1082,
    AesCbcPad = 0x1085,
    AesCtr = 0x1086,
    AesGcm = 0x1087,
    AesCmac = 0x108A,
    AesKeyWrap = 0x2109,
    AesKeyWrapPad = 0x210A,
    AesKeyWrapKwp = 0x210B,
}

/// <summary>The few other numbers of the standard that are needed.</summary>
internal static class Cryptoki
{
    public const nuint ClassPrivateKey = 3;
    public const nuint ClassSecretKey = 4;
    public const nuint KeyTypeGenericSecret = 0x10;
    public const nuint KeyTypeAes = 0x1F;
    public const nuint DataSpecified = 1;
    public const nuint UserTypeUser = 1;
    public const nuint StateReadOnlyUser = 1;
    public const nuint StateReadWriteUser = 3;
    public const nuint SessionSerial = 0x4;
    public const nuint SessionReadWrite = 0x2;
    public const nuint InitializeOsLockingOk = 0x2;

    /// <summary>What a value's length is said to be when it is not given out: CK_UNAVAILABLE_INFORMATION.</summary>
    public static readonly nuint Unavailable = nuint.MaxValue;

    public const nuint TokenLoginRequired = 0x4;
    public const nuint TokenPinInitialized = 0x8;
    public const nuint TokenProtectedAuthenticationPath = 0x100;
    public const nuint TokenInitialized = 0x400;
    public const nuint TokenPinFinalTry = 0x20000;
    public const nuint TokenPinLocked = 0x40000;

    public const nuint MechanismEncrypt = 0x100;
    public const nuint MechanismDecrypt = 0x200;
    public const nuint MechanismSign = 0x800;
    public const nuint MechanismGenerate = 0x8000;
    public const nuint MechanismGenerateKeyPair = 0x10000;
    public const nuint MechanismWrap = 0x20000;
    public const nuint MechanismUnwrap = 0x40000;
}
