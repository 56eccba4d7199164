namespace Keyreeve.Core.Objects;

/// <summary>The names of algorithms as the audit trail has them; the common ones without looking them up.</summary>
internal static class AlgorithmNames
{
    public static string? Of(CryptographicAlgorithm algorithm) => algorithm switch
    {
        CryptographicAlgorithm.NotSet => null,
        CryptographicAlgorithm.AES => nameof(CryptographicAlgorithm.AES),
        CryptographicAlgorithm.RSA => nameof(CryptographicAlgorithm.RSA),
        _ => algorithm.ToString(),
    };
}
