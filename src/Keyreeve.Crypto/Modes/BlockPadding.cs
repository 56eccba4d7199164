namespace Keyreeve.Crypto;

/// <summary>What fills the last block of a mode that needs whole blocks.</summary>
public enum BlockPadding
{
    /// <summary>Not chosen: refused.</summary>
    Unspecified = 0,

    /// <summary>Nothing: the message must be a whole number of blocks.</summary>
    None = 1,

    /// <summary>PKCS#7 (RFC 5652 §6.3), which KMIP calls PKCS5: 1 to 16 bytes that each tell their number.</summary>
    Pkcs7 = 2,
}
