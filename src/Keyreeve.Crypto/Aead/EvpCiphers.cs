using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>OpenSSL's ciphers for the algorithms, fetched once for the life of the process.</summary>
internal static class EvpCiphers
{
    private static readonly Lazy<nint> Aes128Gcm = new(static () => EvpAeadContext.FetchCipher("AES-128-GCM"));
    private static readonly Lazy<nint> Aes192Gcm = new(static () => EvpAeadContext.FetchCipher("AES-192-GCM"));
    private static readonly Lazy<nint> Aes256Gcm = new(static () => EvpAeadContext.FetchCipher("AES-256-GCM"));
    private static readonly Lazy<nint> ChaCha20Poly1305 = new(static () => EvpAeadContext.FetchCipher("ChaCha20-Poly1305"));

    /// <exception cref="System.Security.Cryptography.CryptographicException">OpenSSL does not offer the algorithm.</exception>
    public static nint Of(AeadAlgorithm algorithm) => algorithm switch
    {
        AeadAlgorithm.Aes128Gcm => Aes128Gcm.Value,
        AeadAlgorithm.Aes192Gcm => Aes192Gcm.Value,
        AeadAlgorithm.Aes256Gcm => Aes256Gcm.Value,
        AeadAlgorithm.ChaCha20Poly1305 => ChaCha20Poly1305.Value,
        AeadAlgorithm.XChaCha20Poly1305 or AeadAlgorithm.None =>
            throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "OpenSSL has no such AEAD cipher."),
    };
}
