using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Keyreeve.Pkcs11.Interop;

// spec: PKCS#11 2.40 §3: the structures as a C compiler lays them out on Unix, where nothing is packed and CK_ULONG is an
// unsigned long, as wide as a pointer.
#pragma warning disable CS1591 // the standard describes them

/// <summary>CK_VERSION</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CkVersion
{
    public byte Major;
    public byte Minor;
}

/// <summary>CK_INFO</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CkInfo
{
    public CkVersion CryptokiVersion;
    public CkText32 Manufacturer;
    public nuint Flags;
    public CkText32 LibraryDescription;
    public CkVersion LibraryVersion;
}

/// <summary>CK_TOKEN_INFO</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CkTokenInfo
{
    public CkText32 Label;
    public CkText32 Manufacturer;
    public CkText16 Model;
    public CkText16 Serial;
    public nuint Flags;
    public nuint MaxSessions;
    public nuint Sessions;
    public nuint MaxWritableSessions;
    public nuint WritableSessions;
    public nuint MaxPinLength;
    public nuint MinPinLength;
    public nuint TotalPublicMemory;
    public nuint FreePublicMemory;
    public nuint TotalPrivateMemory;
    public nuint FreePrivateMemory;
    public CkVersion HardwareVersion;
    public CkVersion FirmwareVersion;
    public CkText16 Time;
}

/// <summary>CK_SESSION_INFO</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CkSessionInfo
{
    public nuint Slot;
    public nuint State;
    public nuint Flags;
    public nuint DeviceError;
}

/// <summary>CK_MECHANISM_INFO</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CkMechanismInfo
{
    public nuint MinKeySize;
    public nuint MaxKeySize;
    public nuint Flags;
}

/// <summary>CK_MECHANISM</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CkMechanism
{
    public nuint Mechanism;
    public void* Parameter;
    public nuint ParameterLength;
}

/// <summary>CK_ATTRIBUTE</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CkAttribute
{
    public nuint Type;
    public void* Value;
    public nuint ValueLength;
}

/// <summary>CK_C_INITIALIZE_ARGS</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CkInitializeArguments
{
    public nint CreateMutex;
    public nint DestroyMutex;
    public nint LockMutex;
    public nint UnlockMutex;
    public nuint Flags;
    public nint Reserved;
}

/// <summary>CK_GCM_PARAMS, with the field that 2.40's header has and its text forgot.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CkGcmParameters
{
    public byte* Iv;
    public nuint IvLength;
    public nuint IvBits;
    public byte* AdditionalData;
    public nuint AdditionalDataLength;
    public nuint TagBits;
}

/// <summary>CK_RSA_PKCS_PSS_PARAMS</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CkPssParameters
{
    public nuint Hash;
    public nuint MaskGenerationFunction;
    public nuint SaltLength;
}

/// <summary>CK_RSA_PKCS_OAEP_PARAMS</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CkOaepParameters
{
    public nuint Hash;
    public nuint MaskGenerationFunction;
    public nuint Source;
    public void* SourceData;
    public nuint SourceDataLength;
}

/// <summary>Text padded with blanks, 16 bytes.</summary>
[InlineArray(16)]
internal struct CkText16
{
    private byte _first;
}

/// <summary>Text padded with blanks, 32 bytes.</summary>
[InlineArray(32)]
internal struct CkText32
{
    private byte _first;
}
