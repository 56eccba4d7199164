using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Keyreeve.Server.Sealing.Tpm;

/// <summary>Room for one of the stack's structures, wiped when it is given back.</summary>
internal sealed unsafe class NativeStructure : IDisposable
{
    // More than the largest of them, TPM2B_PRIVATE with 1552 bytes.
    private const int SizeInBytes = 4096;

    private void* _memory = NativeMemory.AllocZeroed(SizeInBytes);

    /// <summary>Where it is.</summary>
    public nint Address => (nint)_memory;

    public void Dispose()
    {
        if (_memory is null) return;
        Wipe(Address, SizeInBytes);
        NativeMemory.Free(_memory);
        _memory = null;
    }

    /// <summary>A sized buffer (TPM2B) that the stack returned: its length is its first two bytes, in this machine's order.</summary>
    public static ReadOnlySpan<byte> Sized(nint structure) => new((void*)(structure + sizeof(ushort)), *(ushort*)structure);

    /// <summary>Wipes memory of the stack's before it is given back.</summary>
    public static void Wipe(nint memory, int length) => CryptographicOperations.ZeroMemory(new Span<byte>((void*)memory, length));
}
