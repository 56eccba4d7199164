using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>Ciphers that encrypt and authenticate at once. The numbers are this library's own and stand in no format.</summary>
public enum AeadAlgorithm
{
    /// <summary>Not an algorithm.</summary>
    None = 0,

    /// <summary>AES-256 in Galois/Counter Mode (NIST SP 800-38D). The default.</summary>
    Aes256Gcm = 1,

    /// <summary>XChaCha20-Poly1305 with its 24-byte nonce; needs libsodium.</summary>
    XChaCha20Poly1305 = 2,

    /// <summary>AES-128-GCM, for protocols that name it.</summary>
    Aes128Gcm = 3,

    /// <summary>AES-192-GCM, for protocols that name it.</summary>
    Aes192Gcm = 4,

    /// <summary>ChaCha20-Poly1305 (RFC 8439), for protocols that name it.</summary>
    ChaCha20Poly1305 = 5,
}

/// <summary>The sizes that belong to an <see cref="AeadAlgorithm"/>.</summary>
public static class AeadAlgorithmExtensions
{
    extension(AeadAlgorithm algorithm)
    {
        /// <summary>Size of the key in bytes.</summary>
        /// <exception cref="ArgumentOutOfRangeException">The value names no algorithm.</exception>
        public int KeySizeInBytes => algorithm switch
        {
            AeadAlgorithm.Aes128Gcm => 16,
            AeadAlgorithm.Aes192Gcm => 24,
            AeadAlgorithm.Aes256Gcm or AeadAlgorithm.XChaCha20Poly1305 or AeadAlgorithm.ChaCha20Poly1305 => 32,
            AeadAlgorithm.None => throw NoAlgorithm(algorithm),
        };

        /// <summary>Size of the nonce in bytes.</summary>
        /// <exception cref="ArgumentOutOfRangeException">The value names no algorithm.</exception>
        public int NonceSizeInBytes => algorithm switch
        {
            AeadAlgorithm.XChaCha20Poly1305 => 24,
            AeadAlgorithm.None => throw NoAlgorithm(algorithm),
            AeadAlgorithm.Aes128Gcm or AeadAlgorithm.Aes192Gcm or AeadAlgorithm.Aes256Gcm or AeadAlgorithm.ChaCha20Poly1305 => 12,
        };

        /// <summary>Size of a full tag in bytes.</summary>
        /// <exception cref="ArgumentOutOfRangeException">The value names no algorithm.</exception>
        public int TagSizeInBytes => algorithm == AeadAlgorithm.None ? throw NoAlgorithm(algorithm) : 16;

        /// <summary>Whether this machine can run the algorithm; only XChaCha20-Poly1305 depends on a library that may be absent.</summary>
        public bool IsAvailable => algorithm switch
        {
            AeadAlgorithm.None => false,
            AeadAlgorithm.XChaCha20Poly1305 => Sodium.IsAvailable,
            AeadAlgorithm.Aes128Gcm or AeadAlgorithm.Aes192Gcm or AeadAlgorithm.Aes256Gcm or AeadAlgorithm.ChaCha20Poly1305 => true,
        };

        internal bool IsGcm => algorithm is AeadAlgorithm.Aes128Gcm or AeadAlgorithm.Aes192Gcm or AeadAlgorithm.Aes256Gcm;
    }

    private static ArgumentOutOfRangeException NoAlgorithm(AeadAlgorithm algorithm) =>
        new(nameof(algorithm), algorithm, "The value names no AEAD algorithm.");
}
