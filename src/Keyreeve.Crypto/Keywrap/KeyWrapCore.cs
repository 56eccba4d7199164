using System.Diagnostics.CodeAnalysis;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>What the two key wrap algorithms have in common: one call to OpenSSL each way.</summary>
internal static class KeyWrapCore
{
    public static void RequireAesKey(SecretBytes keyEncryptionKey)
    {
        ArgumentNullException.ThrowIfNull(keyEncryptionKey);
        if (keyEncryptionKey.LengthInBytes is not (16 or 24 or 32))
            throw new ArgumentException("An AES key-encryption key has 16, 24 or 32 bytes.", nameof(keyEncryptionKey));
    }

    public static byte[] Wrap(string cipherSuffix, SecretBytes keyEncryptionKey, SecretBytes key, int wrappedLength)
    {
        using var kek = keyEncryptionKey.Reveal();
        using var plain = key.Reveal();
        using var cipher = CipherContext.Start(CipherName(kek.Span, cipherSuffix), kek.Span, default, CipherDirection.Encrypt);
        var wrapped = new byte[wrappedLength];
        var written = cipher.Update(plain.Span, wrapped);
        return written == wrappedLength ? wrapped : throw LibCrypto.Failure();
    }

    public static bool TryUnwrap(
        string cipherSuffix, SecretBytes keyEncryptionKey, ReadOnlySpan<byte> wrapped, [NotNullWhen(true)] out SecretBytes? key)
    {
        using var kek = keyEncryptionKey.Reveal();
        using var cipher = CipherContext.Start(CipherName(kek.Span, cipherSuffix), kek.Span, default, CipherDirection.Decrypt);
        return SecretOutput.TryCreate(wrapped.Length, new Unwrapping(cipher, wrapped), Unwrapping.Run, out key);
    }

    private static string CipherName(ReadOnlySpan<byte> kek, string suffix) => kek.Length switch
    {
        16 => "AES-128-" + suffix,
        24 => "AES-192-" + suffix,
        _ => "AES-256-" + suffix,
    };

    private readonly ref struct Unwrapping(CipherContext cipher, ReadOnlySpan<byte> wrapped)
    {
        private readonly ReadOnlySpan<byte> _wrapped = wrapped;
        private readonly CipherContext _cipher = cipher;

        public static bool Run(Span<byte> destination, Unwrapping state, out int written) =>
            state._cipher.TryUpdate(state._wrapped, destination, out written);
    }
}
