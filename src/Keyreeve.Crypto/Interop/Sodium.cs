using System.Runtime.InteropServices;

namespace Keyreeve.Crypto.Interop;

/// <summary>XChaCha20-Poly1305, the one primitive OpenSSL lacks, from libsodium. Loaded at first use; absent is fine until then.</summary>
internal static unsafe partial class Sodium
{
    private const string Library = "libsodium.so.23";

    private static readonly Lazy<bool> Loaded = new(static () =>
        NativeLibrary.TryLoad(Library, typeof(Sodium).Assembly, DllImportSearchPath.SafeDirectories, out _) && Initialize() >= 0);

    /// <summary>Whether libsodium is installed.</summary>
    public static bool IsAvailable => Loaded.Value;

    /// <exception cref="PlatformNotSupportedException">libsodium is not installed.</exception>
    public static void Require()
    {
        if (!IsAvailable)
        {
            throw new PlatformNotSupportedException(
                "XChaCha20-Poly1305 needs libsodium 1.0.18 or newer, which is not installed. Install the package libsodium23 "
                + "(Debian, Ubuntu) or libsodium (Fedora, Alpine), or use AES-256-GCM.");
        }
    }

    /// <summary>Encrypts. Nonce 24 bytes, key 32, tag 16.</summary>
    public static bool XChaCha20Poly1305Encrypt(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData,
        ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag)
    {
        ulong tagLength;
        fixed (byte* k = key, n = nonce, ad = associatedData, m = plaintext, c = ciphertext, mac = tag)
        {
            return EncryptDetached(
                c, mac, &tagLength, m, (ulong)plaintext.Length, ad, (ulong)associatedData.Length, null, n, k) == 0;
        }
    }

    /// <summary>Decrypts; false when the tag does not fit.</summary>
    public static bool XChaCha20Poly1305Decrypt(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData,
        ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext)
    {
        // A null output would ask libsodium only to verify, which for an empty message is all there is to do.
        fixed (byte* k = key, n = nonce, ad = associatedData, m = plaintext, c = ciphertext, mac = tag)
        {
            return DecryptDetached(
                m, null, c, (ulong)ciphertext.Length, mac, ad, (ulong)associatedData.Length, n, k) == 0;
        }
    }

    [LibraryImport(Library, EntryPoint = "sodium_init")]
    private static partial int Initialize();

    [LibraryImport(Library, EntryPoint = "crypto_aead_xchacha20poly1305_ietf_encrypt_detached")]
    private static partial int EncryptDetached(
        byte* ciphertext, byte* tag, ulong* tagLength, byte* plaintext, ulong plaintextLength,
        byte* associatedData, ulong associatedDataLength, byte* secretNonce, byte* nonce, byte* key);

    [LibraryImport(Library, EntryPoint = "crypto_aead_xchacha20poly1305_ietf_decrypt_detached")]
    private static partial int DecryptDetached(
        byte* plaintext, byte* secretNonce, byte* ciphertext, ulong ciphertextLength, byte* tag,
        byte* associatedData, ulong associatedDataLength, byte* nonce, byte* key);
}
