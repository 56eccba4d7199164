namespace Keyreeve.Core.Operations.Pkcs11;

/// <summary>The functions that are answered with more than that they are not supported. KMIP 2.1 §11.38: "the 1-based offset count
/// of the function in the CK_FUNCTION_LIST_3_0 structure".</summary>
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
    InitToken = 10,
    OpenSession = 13,
    CloseSession = 14,
    CloseAllSessions = 15,
    GetSessionInfo = 16,
}

/// <summary>CK_RV: what functions of PKCS#11 return.</summary>
internal static class Pkcs11Return
{
    public const uint Ok = 0x00000000;
    public const uint SlotIdInvalid = 0x00000003;
    public const uint FunctionNotSupported = 0x00000054;
    public const uint SessionHandleInvalid = 0x000000B3;
    public const uint CryptokiNotInitialized = 0x00000190;
    public const uint CryptokiAlreadyInitialized = 0x00000191;
}
