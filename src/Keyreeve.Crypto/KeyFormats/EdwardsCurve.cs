namespace Keyreeve.Crypto;

/// <summary>A curve of RFC 8032. Zero is not one.</summary>
public enum EdwardsCurve
{
    /// <summary>No curve: refused.</summary>
    None = 0,

    /// <summary>Ed25519: keys of 32 bytes.</summary>
    Ed25519 = 1,

    /// <summary>Ed448: keys of 57 bytes.</summary>
    Ed448 = 2,
}

/// <summary>What is fixed about each curve.</summary>
internal static class EdwardsCurveFacts
{
    public static RawKeyAlgorithm Algorithm(this EdwardsCurve curve) => curve switch
    {
        EdwardsCurve.Ed25519 => RawKeyAlgorithm.Ed25519,
        EdwardsCurve.Ed448 => RawKeyAlgorithm.Ed448,
        _ => throw new ArgumentOutOfRangeException(nameof(curve), curve, "Not a curve."),
    };
}
