using System.Security.Cryptography;

namespace Keyreeve.Crypto;

/// <summary>A key of ML-DSA, private or public. Signs the message itself, with an empty context. Thread safe.</summary>
/// <remarks>
/// References: FIPS 204; RFC 9881 for the formats. While it lives the key stands in OpenSSL's heap, which is wiped on disposal but not
/// locked.
/// </remarks>
public sealed class MlDsaKey : IDisposable
{
    /// <summary>Length of a private key as its seed (FIPS 204 §3.6.3: ξ).</summary>
    public const int SeedSizeInBytes = 32;

    private readonly MLDsa _key;

    private MlDsaKey(PostQuantumAlgorithm algorithm, MLDsa key)
    {
        _key = key;
        Algorithm = algorithm;
        if (key.Algorithm == algorithm.Signature()) return;
        key.Dispose();
        throw new InvalidKeyException("The key is of another algorithm.");
    }

    /// <summary>The parameter set.</summary>
    public PostQuantumAlgorithm Algorithm { get; }

    /// <summary>Generates a key pair and checks that its halves fit.</summary>
    /// <exception cref="CryptographicException">The library made no key, or one whose halves do not fit.</exception>
    /// <exception cref="PlatformNotSupportedException">The library does not have it.</exception>
    public static MlDsaKey Generate(PostQuantumAlgorithm algorithm)
    {
        var key = new MlDsaKey(algorithm, MLDsa.GenerateKey(algorithm.Signature()));
        // spec: FIPS 140-3 IG 10.3.A: a pair-wise consistency test on each generated key pair.
        ReadOnlySpan<byte> message = stackalloc byte[32];
        if (key.Verify(message, key.Sign(message))) return key;
        key.Dispose();
        throw new InconsistentKeyPairException();
    }

    /// <summary>Makes a key of its bare bytes: a seed, an expanded private key, or a public key.</summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static MlDsaKey ImportRaw(PostQuantumAlgorithm algorithm, bool isPrivate, SecretBytes raw)
    {
        ArgumentNullException.ThrowIfNull(raw);
        return PostQuantumAlgorithmFacts.Import(() =>
        {
            using var lease = raw.Reveal();
            return new MlDsaKey(algorithm, (isPrivate, lease.Span.Length) switch
            {
                (false, _) => MLDsa.ImportMLDsaPublicKey(algorithm.Signature(), lease.Span),
                (true, SeedSizeInBytes) => MLDsa.ImportMLDsaPrivateSeed(algorithm.Signature(), lease.Span),
                _ => MLDsa.ImportMLDsaPrivateKey(algorithm.Signature(), lease.Span),
            });
        });
    }

#pragma warning disable SYSLIB5006 // the formats have become RFC 9881 since; .NET 10 still calls them experimental

    /// <summary>Reads PKCS#8 or SubjectPublicKeyInfo in DER.</summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static MlDsaKey Import(PostQuantumAlgorithm algorithm, bool isPrivate, SecretBytes encoded)
    {
        ArgumentNullException.ThrowIfNull(encoded);
        return PostQuantumAlgorithmFacts.Import(() =>
        {
            using var lease = encoded.Reveal();
            return new MlDsaKey(algorithm, isPrivate ? MLDsa.ImportPkcs8PrivateKey(lease.Span) : MLDsa.ImportSubjectPublicKeyInfo(lease.Span));
        });
    }

    /// <summary>The private key as PKCS#8, DER.</summary>
    public SecretBytes ExportPkcs8() => PostQuantumAlgorithmFacts.Take(_key.ExportPkcs8PrivateKey());

    /// <summary>The public key as SubjectPublicKeyInfo, DER.</summary>
    public byte[] ExportSubjectPublicKeyInfo() => _key.ExportSubjectPublicKeyInfo();

#pragma warning restore SYSLIB5006

    /// <summary>The public key's bare bytes.</summary>
    public byte[] ExportPublicKey() => _key.ExportMLDsaPublicKey();

    /// <summary>The private key's bare bytes: its seed, or what was imported without one.</summary>
    public SecretBytes ExportPrivateKey()
    {
        try
        {
            return PostQuantumAlgorithmFacts.Take(_key.ExportMLDsaPrivateSeed());
        }
        catch (CryptographicException)
        {
            // It was imported expanded, and has no seed.
            return PostQuantumAlgorithmFacts.Take(_key.ExportMLDsaPrivateKey());
        }
    }

    /// <summary>Signs a message.</summary>
    /// <exception cref="CryptographicException">The key is a public one.</exception>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        var signature = new byte[_key.Algorithm.SignatureSizeInBytes];
        _key.SignData(message, signature);
        return signature;
    }

    /// <summary>Whether the message was signed by the private half; the context is for protocols that state one.</summary>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> context = default) =>
        signature.Length == _key.Algorithm.SignatureSizeInBytes && _key.VerifyData(message, signature, context);

    /// <summary>Wipes and releases the key.</summary>
    public void Dispose() => _key.Dispose();
}
