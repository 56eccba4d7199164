using System.Runtime.InteropServices;

namespace Keyreeve.Pkcs11.Interop;

/// <summary>
/// CK_FUNCTION_LIST of PKCS#11 2.40, in its order. A module of 3.x gives the same list from <c>C_GetFunctionList</c>; its
/// other functions are not called.
/// </summary>
// spec: PKCS#11 2.40 §3.6 "CK_FUNCTION_LIST": the version, then a pointer to each function in the order of the text.
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CryptokiFunctions
{
    public CkVersion Version;
    public delegate* unmanaged[Cdecl]<CkInitializeArguments*, nuint> Initialize;
    public delegate* unmanaged[Cdecl]<void*, nuint> Finalize;
    public delegate* unmanaged[Cdecl]<CkInfo*, nuint> GetInfo;
    public nint GetFunctionList;
    public delegate* unmanaged[Cdecl]<byte, nuint*, nuint*, nuint> GetSlotList;
    public nint GetSlotInfo;
    public delegate* unmanaged[Cdecl]<nuint, CkTokenInfo*, nuint> GetTokenInfo;
    public delegate* unmanaged[Cdecl]<nuint, nuint*, nuint*, nuint> GetMechanismList;
    public delegate* unmanaged[Cdecl]<nuint, nuint, CkMechanismInfo*, nuint> GetMechanismInfo;
    public nint InitToken;
    public nint InitPin;
    public nint SetPin;
    public delegate* unmanaged[Cdecl]<nuint, nuint, void*, void*, nuint*, nuint> OpenSession;
    public delegate* unmanaged[Cdecl]<nuint, nuint> CloseSession;
    public delegate* unmanaged[Cdecl]<nuint, nuint> CloseAllSessions;
    public delegate* unmanaged[Cdecl]<nuint, CkSessionInfo*, nuint> GetSessionInfo;
    public nint GetOperationState;
    public nint SetOperationState;
    public delegate* unmanaged[Cdecl]<nuint, nuint, byte*, nuint, nuint> Login;
    public delegate* unmanaged[Cdecl]<nuint, nuint> Logout;
    public delegate* unmanaged[Cdecl]<nuint, CkAttribute*, nuint, nuint*, nuint> CreateObject;
    public nint CopyObject;
    public delegate* unmanaged[Cdecl]<nuint, nuint, nuint> DestroyObject;
    public nint GetObjectSize;
    public delegate* unmanaged[Cdecl]<nuint, nuint, CkAttribute*, nuint, nuint> GetAttributeValue;
    public delegate* unmanaged[Cdecl]<nuint, nuint, CkAttribute*, nuint, nuint> SetAttributeValue;
    public delegate* unmanaged[Cdecl]<nuint, CkAttribute*, nuint, nuint> FindObjectsInit;
    public delegate* unmanaged[Cdecl]<nuint, nuint*, nuint, nuint*, nuint> FindObjects;
    public delegate* unmanaged[Cdecl]<nuint, nuint> FindObjectsFinal;
    public delegate* unmanaged[Cdecl]<nuint, CkMechanism*, nuint, nuint> EncryptInit;
    public delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, nuint*, nuint> Encrypt;
    public nint EncryptUpdate;
    public nint EncryptFinal;
    public delegate* unmanaged[Cdecl]<nuint, CkMechanism*, nuint, nuint> DecryptInit;
    public delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, nuint*, nuint> Decrypt;
    public nint DecryptUpdate;
    public nint DecryptFinal;
    public nint DigestInit;
    public nint Digest;
    public nint DigestUpdate;
    public nint DigestKey;
    public nint DigestFinal;
    public delegate* unmanaged[Cdecl]<nuint, CkMechanism*, nuint, nuint> SignInit;
    public delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, nuint*, nuint> Sign;
    public nint SignUpdate;
    public nint SignFinal;
    public nint SignRecoverInit;
    public nint SignRecover;
    public delegate* unmanaged[Cdecl]<nuint, CkMechanism*, nuint, nuint> VerifyInit;
    public delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, nuint, nuint> Verify;
    public nint VerifyUpdate;
    public nint VerifyFinal;
    public nint VerifyRecoverInit;
    public nint VerifyRecover;
    public nint DigestEncryptUpdate;
    public nint DecryptDigestUpdate;
    public nint SignEncryptUpdate;
    public nint DecryptVerifyUpdate;
    public delegate* unmanaged[Cdecl]<nuint, CkMechanism*, CkAttribute*, nuint, nuint*, nuint> GenerateKey;
    public delegate* unmanaged[Cdecl]<nuint, CkMechanism*, CkAttribute*, nuint, CkAttribute*, nuint, nuint*, nuint*, nuint> GenerateKeyPair;
    public delegate* unmanaged[Cdecl]<nuint, CkMechanism*, nuint, nuint, byte*, nuint*, nuint> WrapKey;
    public delegate* unmanaged[Cdecl]<nuint, CkMechanism*, nuint, byte*, nuint, CkAttribute*, nuint, nuint*, nuint> UnwrapKey;
    public nint DeriveKey;
    public nint SeedRandom;
    public delegate* unmanaged[Cdecl]<nuint, byte*, nuint, nuint> GenerateRandom;
    public nint GetFunctionStatus;
    public nint CancelFunction;
    public nint WaitForSlotEvent;
}
