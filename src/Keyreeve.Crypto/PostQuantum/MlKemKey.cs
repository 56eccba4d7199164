using System.Security.Cryptography;

namespace Keyreeve.Crypto;

/// <summary>A key of ML-KEM, private or public: whoever has the public one sends a secret that the private one opens. Thread safe.</summary>
/// <remarks>
/// References: FIPS 203; RFC 9935 for the formats. A shared secret has 32 bytes. A ciphertext that was altered gives another secret, not an
/// error. While it lives the key stands in OpenSSL's heap, which is wiped on disposal but not locked.
/// </remarks>
public sealed class MlKemKey : IDisposable
{
    /// <summary>Length of a shared secret.</summary>
    public const int SharedSecretSizeInBytes = 32;

    /// <summary>Length of a private key as its seed (FIPS 203 §3.3: d ‖ z).</summary>
    public const int SeedSizeInBytes = 64;

    private readonly MLKem _key;

    private MlKemKey(PostQuantumAlgorithm algorithm, MLKem key)
    {
        _key = key;
        Algorithm = algorithm;
        if (key.Algorithm == algorithm.Encapsulation()) return;
        key.Dispose();
        throw new InvalidKeyException("The key is of another algorithm.");
    }

    /// <summary>The parameter set.</summary>
    public PostQuantumAlgorithm Algorithm { get; }

    /// <summary>Generates a key pair and checks that its halves fit.</summary>
    /// <exception cref="CryptographicException">The library made no key, or one whose halves do not fit.</exception>
    /// <exception cref="PlatformNotSupportedException">The library does not have it.</exception>
    public static MlKemKey Generate(PostQuantumAlgorithm algorithm)
    {
        var key = new MlKemKey(algorithm, MLKem.GenerateKey(algorithm.Encapsulation()));
        // spec: FIPS 203 §7.1 "pair-wise consistency check": what is encapsulated comes out again.
        using var sent = key.Encapsulate(out var ciphertext);
        using var back = key.Decapsulate(ciphertext);
        if (sent.Equals(back)) return key;
        key.Dispose();
        throw new InconsistentKeyPairException();
    }

    /// <summary>Makes a key of its bare bytes: a seed, an expanded private key, or a public key.</summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static MlKemKey ImportRaw(PostQuantumAlgorithm algorithm, bool isPrivate, SecretBytes raw)
    {
        ArgumentNullException.ThrowIfNull(raw);
        return PostQuantumAlgorithmFacts.Import(() =>
        {
            using var lease = raw.Reveal();
            return new MlKemKey(algorithm, (isPrivate, lease.Span.Length) switch
            {
                (false, _) => MLKem.ImportEncapsulationKey(algorithm.Encapsulation(), lease.Span),
                (true, SeedSizeInBytes) => MLKem.ImportPrivateSeed(algorithm.Encapsulation(), lease.Span),
                _ => MLKem.ImportDecapsulationKey(algorithm.Encapsulation(), lease.Span),
            });
        });
    }

#pragma warning disable SYSLIB5006 // the formats have become RFC 9935 since; .NET 10 still calls them experimental

    /// <summary>Reads PKCS#8 or SubjectPublicKeyInfo in DER.</summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static MlKemKey Import(PostQuantumAlgorithm algorithm, bool isPrivate, SecretBytes encoded)
    {
        ArgumentNullException.ThrowIfNull(encoded);
        return PostQuantumAlgorithmFacts.Import(() =>
        {
            using var lease = encoded.Reveal();
            return new MlKemKey(algorithm, isPrivate ? MLKem.ImportPkcs8PrivateKey(lease.Span) : MLKem.ImportSubjectPublicKeyInfo(lease.Span));
        });
    }

    /// <summary>The private key as PKCS#8, DER.</summary>
    public SecretBytes ExportPkcs8() => PostQuantumAlgorithmFacts.Take(_key.ExportPkcs8PrivateKey());

    /// <summary>The public key as SubjectPublicKeyInfo, DER.</summary>
    public byte[] ExportSubjectPublicKeyInfo() => _key.ExportSubjectPublicKeyInfo();

#pragma warning restore SYSLIB5006

    /// <summary>The public key's bare bytes.</summary>
    public byte[] ExportPublicKey() => _key.ExportEncapsulationKey();

    /// <summary>The private key's bare bytes: its seed, or what was imported without one.</summary>
    public SecretBytes ExportPrivateKey()
    {
        try
        {
            return PostQuantumAlgorithmFacts.Take(_key.ExportPrivateSeed());
        }
        catch (CryptographicException)
        {
            // It was imported expanded, and has no seed.
            return PostQuantumAlgorithmFacts.Take(_key.ExportDecapsulationKey());
        }
    }

    /// <summary>Makes a secret, and what tells it to the private key's holder.</summary>
    public SecretBytes Encapsulate(out byte[] ciphertext)
    {
        _key.Encapsulate(out ciphertext, out var secret);
        return PostQuantumAlgorithmFacts.Take(secret);
    }

    /// <summary>Opens what was encapsulated.</summary>
    /// <exception cref="ArgumentException">The ciphertext has the wrong length.</exception>
    /// <exception cref="CryptographicException">The key is a public one.</exception>
    public SecretBytes Decapsulate(ReadOnlySpan<byte> ciphertext) => PostQuantumAlgorithmFacts.Take(_key.Decapsulate(ciphertext.ToArray()));

    /// <summary>Wipes and releases the key.</summary>
    public void Dispose() => _key.Dispose();
}
