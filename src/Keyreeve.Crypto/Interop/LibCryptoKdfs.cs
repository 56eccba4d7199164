using System.Runtime.InteropServices;

namespace Keyreeve.Crypto.Interop;

/// <summary>Derivation of keys from passwords.</summary>
internal static partial class LibCrypto
{
    [LibraryImport(Library, EntryPoint = "EVP_PBE_scrypt")]
    public static unsafe partial int Scrypt(
        byte* password, nuint passwordLength, byte* salt, nuint saltLength, ulong cost, ulong blockSize, ulong parallelization, ulong maxMemory, byte* output, nuint outputLength);

    [LibraryImport(Library, EntryPoint = "PKCS5_PBKDF2_HMAC")]
    public static unsafe partial int Pbkdf2(
        byte* password, int passwordLength, byte* salt, int saltLength, int iterations, DigestHandle digest, int outputLength, byte* output);
}
