namespace Keyreeve.Crypto;

/// <summary>The cipher of an envelope; the number stands in the envelope's header.</summary>
public enum EnvelopeSuite : byte
{
    /// <summary>Not a suite.</summary>
    None = 0,

    /// <summary>AES-256-GCM. The default.</summary>
    Aes256Gcm = 1,

    /// <summary>XChaCha20-Poly1305; needs libsodium.</summary>
    XChaCha20Poly1305 = 2,
}
