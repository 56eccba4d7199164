namespace Keyreeve.Kmip;

/// <summary>
/// The names of PKCS#11 that KMIP refers to, as lines of a table of names.
/// spec: KMIP 2.1 §11.38 "the 1-based offset count of the function in the CK_FUNCTION_LIST_3_0 structure"; §11.39: the CK_RV values.
/// </summary>
internal static class Pkcs11Names
{
    private const string Functions = """
        C_Initialize C_Finalize C_GetInfo C_GetFunctionList C_GetSlotList C_GetSlotInfo C_GetTokenInfo C_GetMechanismList
        C_GetMechanismInfo C_InitToken C_InitPIN C_SetPIN C_OpenSession C_CloseSession C_CloseAllSessions C_GetSessionInfo
        C_GetOperationState C_SetOperationState C_Login C_Logout C_CreateObject C_CopyObject C_DestroyObject C_GetObjectSize
        C_GetAttributeValue C_SetAttributeValue C_FindObjectsInit C_FindObjects C_FindObjectsFinal C_EncryptInit C_Encrypt
        C_EncryptUpdate C_EncryptFinal C_DecryptInit C_Decrypt C_DecryptUpdate C_DecryptFinal C_DigestInit C_Digest C_DigestUpdate
        C_DigestKey C_DigestFinal C_SignInit C_Sign C_SignUpdate C_SignFinal C_SignRecoverInit C_SignRecover C_VerifyInit C_Verify
        C_VerifyUpdate C_VerifyFinal C_VerifyRecoverInit C_VerifyRecover C_DigestEncryptUpdate C_DecryptDigestUpdate
        C_SignEncryptUpdate C_DecryptVerifyUpdate C_GenerateKey C_GenerateKeyPair C_WrapKey C_UnwrapKey C_DeriveKey C_SeedRandom
        C_GenerateRandom C_GetFunctionStatus C_CancelFunction C_WaitForSlotEvent C_GetInterfaceList C_GetInterface C_LoginUser
        C_SessionCancel C_MessageEncryptInit C_EncryptMessage C_EncryptMessageBegin C_EncryptMessageNext C_MessageEncryptFinal
        C_MessageDecryptInit C_DecryptMessage C_DecryptMessageBegin C_DecryptMessageNext C_MessageDecryptFinal C_MessageSignInit
        C_SignMessage C_SignMessageBegin C_SignMessageNext C_MessageSignFinal C_MessageVerifyInit C_VerifyMessage
        C_VerifyMessageBegin C_VerifyMessageNext C_MessageVerifyFinal
        """;

    // The names of CK_RV without their prefix, which is how the standard's cases write CKR_OK.
    private const string ReturnCodes = """
        0 OK
        1 CANCEL
        2 HOST_MEMORY
        3 SLOT_ID_INVALID
        5 GENERAL_ERROR
        6 FUNCTION_FAILED
        7 ARGUMENTS_BAD
        11 ATTRIBUTE_SENSITIVE
        12 ATTRIBUTE_TYPE_INVALID
        13 ATTRIBUTE_VALUE_INVALID
        20 DATA_INVALID
        40 ENCRYPTED_DATA_INVALID
        54 FUNCTION_NOT_SUPPORTED
        60 KEY_HANDLE_INVALID
        63 KEY_TYPE_INCONSISTENT
        68 KEY_FUNCTION_NOT_PERMITTED
        70 MECHANISM_INVALID
        71 MECHANISM_PARAM_INVALID
        82 OBJECT_HANDLE_INVALID
        90 OPERATION_ACTIVE
        91 OPERATION_NOT_INITIALIZED
        B1 SESSION_COUNT
        B3 SESSION_HANDLE_INVALID
        B4 SESSION_PARALLEL_NOT_SUPPORTED
        C0 SIGNATURE_INVALID
        C1 SIGNATURE_LEN_RANGE
        E2 TOKEN_WRITE_PROTECTED
        101 USER_NOT_LOGGED_IN
        102 USER_PIN_NOT_INITIALIZED
        120 RANDOM_SEED_NOT_SUPPORTED
        150 BUFFER_TOO_SMALL
        190 CRYPTOKI_NOT_INITIALIZED
        191 CRYPTOKI_ALREADY_INITIALIZED
        """;

    /// <summary>Both enumerations, in the form of the other tables.</summary>
    public static string Source => string.Join('\n', Lines());

    private static IEnumerable<string> Lines()
    {
        yield return "[PKCS_11Function]";
        var number = 0;
        foreach (var name in Functions.Split((char[])[' ', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
            yield return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{++number:X} 2.0 3.0 {name}|{name}");
        yield return "[PKCS_11ReturnCode]";
        foreach (var line in ReturnCodes.Split('\n', StringSplitOptions.TrimEntries))
        {
            var words = line.Split(' ');
            yield return $"{words[0]} 2.0 3.0 {words[1]}|CKR_{words[1]}";
        }
    }
}
