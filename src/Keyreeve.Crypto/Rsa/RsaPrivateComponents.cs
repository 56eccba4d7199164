namespace Keyreeve.Crypto;

/// <summary>
/// The numbers of a private RSA key, big-endian, as KMIP's transparent format and JWK have them. Disposing it disposes those
/// that are secret.
/// </summary>
/// <remarks>
/// To import, give the modulus and either the private exponent or both primes; of the rest whatever is there. What is given
/// must fit together, what is missing is computed.
/// </remarks>
public sealed class RsaPrivateComponents : IDisposable
{
    /// <summary>n.</summary>
    public required byte[] Modulus { get; init; }

    /// <summary>e; when it is missing, the usual ones are tried.</summary>
    public byte[]? PublicExponent { get; init; }

    /// <summary>d.</summary>
    public SecretBytes? PrivateExponent { get; init; }

    /// <summary>p; KMIP's P.</summary>
    public SecretBytes? Prime1 { get; init; }

    /// <summary>q; KMIP's Q.</summary>
    public SecretBytes? Prime2 { get; init; }

    /// <summary>d mod (p - 1); KMIP's Prime Exponent P.</summary>
    public SecretBytes? Exponent1 { get; init; }

    /// <summary>d mod (q - 1); KMIP's Prime Exponent Q.</summary>
    public SecretBytes? Exponent2 { get; init; }

    /// <summary>The inverse of q mod p; KMIP's CRT Coefficient.</summary>
    public SecretBytes? Coefficient { get; init; }

    /// <summary>Disposes the secret numbers.</summary>
    public void Dispose()
    {
        PrivateExponent?.Dispose();
        Prime1?.Dispose();
        Prime2?.Dispose();
        Exponent1?.Dispose();
        Exponent2?.Dispose();
        Coefficient?.Dispose();
    }
}
