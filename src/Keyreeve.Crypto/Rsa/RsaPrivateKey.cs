using System.Security.Cryptography;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>A private RSA key of two primes. Valid once built; thread safe.</summary>
/// <remarks>
/// <para>Refused: what <see cref="RsaPublicKey"/> refuses, numbers that do not fit together, factors that are not prime.</para>
/// <para>While it lives its numbers stand in OpenSSL's heap, which is wiped on disposal but neither locked nor kept out of
/// dumps: keep keys as the <see cref="SecretBytes"/> of their PKCS#8 and build this for the operation.</para>
/// </remarks>
public sealed class RsaPrivateKey : IDisposable
{
    /// <summary>The largest modulus that is generated, in bits.</summary>
    public const int MaxGeneratedModulusSizeInBits = 8192;

    private const int MinSmallModulusSizeInBits = 1024;

    private const uint GeneratedPublicExponent = 65537;

    private RsaPrivateKey(KeyHandle handle, RsaPublicKey publicKey)
    {
        Handle = handle;
        PublicKey = publicKey;
    }

    /// <summary>Length of the modulus, in bits.</summary>
    public int ModulusSizeInBits => PublicKey.ModulusSizeInBits;

    /// <summary>The public half; it is disposed with this key.</summary>
    public RsaPublicKey PublicKey { get; }

    internal KeyHandle Handle { get; }

    /// <summary>Generates a key pair with public exponent 65537 and checks that its halves fit. Takes 0.05 to 30 seconds.</summary>
    /// <param name="modulusSizeInBits">2048 to 8192, a multiple of 256.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is not permitted.</exception>
    /// <exception cref="CryptographicException">OpenSSL made no key, or one whose halves do not fit.</exception>
    public static RsaPrivateKey Generate(int modulusSizeInBits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(modulusSizeInBits, RsaPublicKey.MinModulusSizeInBits);
        return Generate(modulusSizeInBits, RsaKeyPolicy.Strict);
    }

    /// <summary>Generates a key pair that others break: 1024 bits and more, for products that take no other.</summary>
    /// <param name="modulusSizeInBits">1024 to 8192, a multiple of 256.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is not permitted.</exception>
    /// <exception cref="CryptographicException">OpenSSL made no key, or one whose halves do not fit.</exception>
    public static RsaPrivateKey InsecureGenerateSmall(int modulusSizeInBits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(modulusSizeInBits, MinSmallModulusSizeInBits);
        return Generate(modulusSizeInBits, RsaKeyPolicy.InsecureAllowSmallRsa);
    }

    private static RsaPrivateKey Generate(int modulusSizeInBits, RsaKeyPolicy policy)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(modulusSizeInBits, MaxGeneratedModulusSizeInBits);
        if (modulusSizeInBits % 256 != 0)
            throw new ArgumentOutOfRangeException(nameof(modulusSizeInBits), modulusSizeInBits, "Not a multiple of 256.");
        using var parameters = new ParameterList()
            .AddUnsigned("bits"u8, (uint)modulusSizeInBits)
            .AddUnsigned("e"u8, GeneratedPublicExponent);
        using var generated = NativeKey.Generate("RSA", parameters);
        using var numbers = RsaNumbers.From(generated);
        return FromGenerated(numbers, modulusSizeInBits, policy);
    }

    /// <summary>Takes the numbers of a new pair, if they fit.</summary>
    /// <exception cref="InconsistentKeyPairException">They do not.</exception>
    // Built again from its numbers, which OpenSSL has just found to be prime; then tried.
    // spec: FIPS 140-3 IG 10.3.A, SP 800-56B Rev. 2 §6.4.1.1: a pair-wise consistency test on each generated key pair.
    internal static RsaPrivateKey FromGenerated(RsaNumbers numbers, int modulusSizeInBits, RsaKeyPolicy policy)
    {
        RsaPrivateKey key;
        try
        {
            key = Build(numbers, policy, testPrimality: false);
        }
        catch (InvalidKeyException misfit)
        {
            throw new InconsistentKeyPairException(misfit); // nobody gave the key: who made it is at fault
        }

        Span<byte> digest = stackalloc byte[32];
        var signature = RsaPkcs1Signature.SignDigest(key, DigestAlgorithm.Sha256, digest);
        if (key.ModulusSizeInBits == modulusSizeInBits
            && RsaPkcs1Signature.VerifyDigest(key.PublicKey, DigestAlgorithm.Sha256, digest, signature))
        {
            return key;
        }

        key.Dispose();
        throw new InconsistentKeyPairException();
    }

    /// <summary>Reads a PKCS#8 PrivateKeyInfo (RFC 5958) in DER.</summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static RsaPrivateKey ImportPkcs8(SecretBytes pkcs8, RsaKeyPolicy policy = RsaKeyPolicy.Strict) =>
        ImportPkcs8(pkcs8, policy, testPrimality: true);

    /// <summary>
    /// Reads a PKCS#8 PrivateKeyInfo without testing its factors for primality, which takes some 30 ms for 2048 bits and
    /// 200 ms for 4096. Only for keys that this product has tested before and kept authenticated since.
    /// </summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static RsaPrivateKey DangerousImportPkcs8WithoutPrimalityTest(
        SecretBytes pkcs8, RsaKeyPolicy policy = RsaKeyPolicy.Strict) =>
        ImportPkcs8(pkcs8, policy, testPrimality: false);

    /// <summary>Reads an RSAPrivateKey (PKCS#1, RFC 8017 §A.1.2) in DER.</summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static RsaPrivateKey ImportPkcs1(SecretBytes rsaPrivateKey, RsaKeyPolicy policy = RsaKeyPolicy.Strict)
    {
        ArgumentNullException.ThrowIfNull(rsaPrivateKey);
        using var lease = rsaPrivateKey.Reveal();
        return Build(RsaKeyFormats.ReadPkcs1PrivateKey(lease.Span), policy, testPrimality: true);
    }

    /// <summary>Makes a key of its numbers, computing those that are missing.</summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static RsaPrivateKey ImportComponents(RsaPrivateComponents components, RsaKeyPolicy policy = RsaKeyPolicy.Strict)
    {
        ArgumentNullException.ThrowIfNull(components);
        var modulus = components.Modulus.AsSpan().TrimStart((byte)0);
        var exponent = components.PublicExponent is { } e ? e.AsSpan().TrimStart((byte)0) : [1, 0, 1];
        RsaPublicKey.Require(modulus, exponent, policy);
        using var numbers = RsaCompletion.Complete(components);
        return Build(numbers, policy, testPrimality: true);
    }

    /// <summary>The key as PKCS#8 PrivateKeyInfo, DER.</summary>
    public SecretBytes ExportPkcs8() => NativeKey.ToPkcs8(Handle);

    /// <summary>The key as RSAPrivateKey, DER.</summary>
    public SecretBytes ExportPkcs1() => NativeKey.ToPrivateKey(Handle);

    /// <summary>The key's numbers; the caller disposes them.</summary>
    public RsaPrivateComponents ExportComponents()
    {
        using var numbers = RsaNumbers.From(Handle);
        return new RsaPrivateComponents
        {
            Modulus = PublicKey.ExportModulus(),
            PublicExponent = PublicKey.ExportPublicExponent(),
            PrivateExponent = numbers.PrivateExponent.ToSecret(),
            Prime1 = numbers.Prime1.ToSecret(),
            Prime2 = numbers.Prime2.ToSecret(),
            Exponent1 = numbers.Exponent1.ToSecret(),
            Exponent2 = numbers.Exponent2.ToSecret(),
            Coefficient = numbers.Coefficient.ToSecret(),
        };
    }

    /// <summary>Wipes and releases the key and its public half.</summary>
    public void Dispose()
    {
        Handle.Dispose();
        PublicKey.Dispose();
    }

    private static RsaPrivateKey ImportPkcs8(SecretBytes pkcs8, RsaKeyPolicy policy, bool testPrimality)
    {
        ArgumentNullException.ThrowIfNull(pkcs8);
        using var lease = pkcs8.Reveal();
        return Build(RsaKeyFormats.ReadPkcs8(lease.Span), policy, testPrimality);
    }

    private static RsaPrivateKey Build(RsaPrivateKeySpans spans, RsaKeyPolicy policy, bool testPrimality)
    {
        RsaPublicKey.Require(spans.Modulus, spans.PublicExponent, policy);
        // Before arithmetic with them: nothing in a key is longer than its modulus.
        if (LongestSecret(spans) > spans.Modulus.Length)
            throw new InvalidKeyException("A number of the RSA key is longer than its modulus.");
        using var numbers = RsaNumbers.From(spans);
        return Build(numbers, policy, testPrimality);
    }

    private static int LongestSecret(RsaPrivateKeySpans spans) => Math.Max(
        Math.Max(spans.PrivateExponent.Length, Math.Max(spans.Prime1.Length, spans.Prime2.Length)),
        Math.Max(spans.Coefficient.Length, Math.Max(spans.Exponent1.Length, spans.Exponent2.Length)));

    private static RsaPrivateKey Build(RsaNumbers numbers, RsaKeyPolicy policy, bool testPrimality)
    {
        var publicKey = RsaPublicKey.ImportComponents(
            numbers.Modulus.ToPublicBytes(), numbers.PublicExponent.ToPublicBytes(), policy);
        try
        {
            numbers.RequireConsistent(testPrimality);
            return new RsaPrivateKey(numbers.ToNativeKey(), publicKey);
        }
        catch
        {
            publicKey.Dispose();
            throw;
        }
    }
}
