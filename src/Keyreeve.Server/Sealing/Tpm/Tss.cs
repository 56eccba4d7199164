using System.Runtime.InteropServices;

namespace Keyreeve.Server.Sealing.Tpm;

/// <summary>
/// What is used of the TPM 2.0 software stack (tpm2-tss): ESAPI for commands, MU to turn the specification's bytes into its structures
/// and back, so that none of their layouts is repeated here.
/// </summary>
/// <remarks>References: TCG TSS 2.0 Enhanced System API 1.0, Marshaling/Unmarshaling API 1.0, TAB and Resource Manager.</remarks>
internal static partial class Tss
{
    public const uint None = 0xFFF;
    public const uint Password = 0x0FF;
    public const uint OwnerHierarchy = 0x101;

    private const string Esys = "libtss2-esys.so.0";
    private const string Marshalling = "libtss2-mu.so.0";
    private const string Loader = "libtss2-tctildr.so.0";

    [LibraryImport(Loader, EntryPoint = "Tss2_TctiLdr_Initialize", StringMarshalling = StringMarshalling.Utf8)]
    public static partial uint Connect(string name, out nint connection);

    [LibraryImport(Loader, EntryPoint = "Tss2_TctiLdr_Finalize")]
    public static partial void Disconnect(ref nint connection);

    [LibraryImport(Esys, EntryPoint = "Esys_Initialize")]
    public static partial uint Begin(out nint context, nint connection, nint versionOfInterface);

    [LibraryImport(Esys, EntryPoint = "Esys_Finalize")]
    public static partial void End(ref nint context);

    [LibraryImport(Esys, EntryPoint = "Esys_Free")]
    public static partial void Free(nint memory);

    [LibraryImport(Esys, EntryPoint = "Esys_FlushContext")]
    public static partial uint Flush(nint context, uint handle);

    [LibraryImport(Esys, EntryPoint = "Esys_StartAuthSession")]
    public static partial uint StartSession(
        nint context, uint key, uint bind, uint first, uint second, uint third, nint nonce, byte type, ReadOnlySpan<ushort> symmetric, ushort hash, out uint session);

    [LibraryImport(Esys, EntryPoint = "Esys_TRSess_SetAttributes")]
    public static partial uint SetAttributes(nint context, uint session, byte flags, byte mask);

    [LibraryImport(Esys, EntryPoint = "Esys_CreatePrimary")]
    public static partial uint CreatePrimary(
        nint context, uint hierarchy, uint first, uint second, uint third, nint sensitive, nint template, nint outside, nint registers,
        out uint handle, out nint publicArea, out nint creation, out nint hash, out nint ticket);

    [LibraryImport(Esys, EntryPoint = "Esys_Create")]
    public static partial uint Create(
        nint context, uint parent, uint first, uint second, uint third, nint sensitive, nint template, nint outside, nint registers,
        out nint privateArea, out nint publicArea, out nint creation, out nint hash, out nint ticket);

    [LibraryImport(Esys, EntryPoint = "Esys_Load")]
    public static partial uint Load(nint context, uint parent, uint first, uint second, uint third, nint privateArea, nint publicArea, out uint handle);

    [LibraryImport(Esys, EntryPoint = "Esys_Unseal")]
    public static partial uint Unseal(nint context, uint item, uint first, uint second, uint third, out nint data);

    [LibraryImport(Esys, EntryPoint = "Esys_PolicyPCR")]
    public static partial uint PolicyPcr(nint context, uint session, uint first, uint second, uint third, nint digest, nint registers);

    [LibraryImport(Esys, EntryPoint = "Esys_PolicyGetDigest")]
    public static partial uint PolicyDigest(nint context, uint session, uint first, uint second, uint third, out nint digest);

    [LibraryImport(Marshalling, EntryPoint = "Tss2_MU_TPML_PCR_SELECTION_Unmarshal")]
    public static partial uint ReadSelection(ReadOnlySpan<byte> bytes, nuint length, ref nuint offset, nint destination);

    [LibraryImport(Marshalling, EntryPoint = "Tss2_MU_TPM2B_PUBLIC_Unmarshal")]
    public static partial uint ReadPublic(ReadOnlySpan<byte> bytes, nuint length, ref nuint offset, nint destination);

    [LibraryImport(Marshalling, EntryPoint = "Tss2_MU_TPM2B_PUBLIC_Marshal")]
    public static partial uint WritePublic(nint source, Span<byte> bytes, nuint length, ref nuint offset);

    [LibraryImport(Marshalling, EntryPoint = "Tss2_MU_TPM2B_PRIVATE_Unmarshal")]
    public static partial uint ReadPrivate(ReadOnlySpan<byte> bytes, nuint length, ref nuint offset, nint destination);

    [LibraryImport(Marshalling, EntryPoint = "Tss2_MU_TPM2B_PRIVATE_Marshal")]
    public static partial uint WritePrivate(nint source, Span<byte> bytes, nuint length, ref nuint offset);

    [LibraryImport(Marshalling, EntryPoint = "Tss2_MU_TPM2B_SENSITIVE_CREATE_Unmarshal")]
    public static partial uint ReadSensitive(ReadOnlySpan<byte> bytes, nuint length, ref nuint offset, nint destination);
}
