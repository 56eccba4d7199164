namespace Keyreeve.Crypto;

/// <summary>A named curve over a prime field. Zero is not one.</summary>
public enum EllipticCurve
{
    /// <summary>No curve: refused.</summary>
    None = 0,

    /// <summary>NIST P-256, secp256r1 (SP 800-186).</summary>
    P256 = 1,

    /// <summary>NIST P-384, secp384r1 (SP 800-186).</summary>
    P384 = 2,

    /// <summary>NIST P-521, secp521r1 (SP 800-186).</summary>
    P521 = 3,

    /// <summary>secp256k1 (SEC 2), the curve of the currencies. Not a NIST curve.</summary>
    Secp256k1 = 4,
}
