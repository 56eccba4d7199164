namespace Keyreeve.Crypto;

/// <summary>A curve of RFC 7748. Zero is not one.</summary>
public enum MontgomeryCurve
{
    /// <summary>No curve: refused.</summary>
    None = 0,

    /// <summary>X25519: keys of 32 bytes.</summary>
    X25519 = 1,

    /// <summary>X448: keys of 56 bytes.</summary>
    X448 = 2,
}

/// <summary>What is fixed about each curve.</summary>
internal static class MontgomeryCurveFacts
{
    public static RawKeyAlgorithm Algorithm(this MontgomeryCurve curve) => curve switch
    {
        MontgomeryCurve.X25519 => RawKeyAlgorithm.X25519,
        MontgomeryCurve.X448 => RawKeyAlgorithm.X448,
        _ => throw new ArgumentOutOfRangeException(nameof(curve), curve, "Not a curve."),
    };
}
