using System.Formats.Asn1;
using System.Security.Cryptography;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>A private key for <see cref="InsecureDsa"/>. Valid once built; thread safe.</summary>
public sealed class DsaPrivateKey : IDisposable
{
    private DsaPrivateKey(DsaPublicKey publicKey, KeyHandle handle)
    {
        PublicKey = publicKey;
        Handle = handle;
    }

    /// <summary>The public half; it is disposed of with this key.</summary>
    public DsaPublicKey PublicKey { get; }

    internal KeyHandle Handle { get; }

    /// <summary>Whether FIPS 186-4 has pairs of these lengths.</summary>
    // spec: FIPS 186-4 §4.2 "L = 1024, N = 160; L = 2048, N = 224; L = 2048, N = 256; L = 3072, N = 256"
    public static bool HasSizes(int primeSizeInBits, int divisorSizeInBits) =>
        (primeSizeInBits, divisorSizeInBits) is (1024, 160) or (2048, 224) or (2048, 256) or (3072, 256);

    /// <summary>Generates parameters and a key pair with them, and checks that its halves fit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The standard has no such lengths.</exception>
    /// <exception cref="CryptographicException">OpenSSL made no key, or one whose halves do not fit.</exception>
    public static DsaPrivateKey Generate(int primeSizeInBits, int divisorSizeInBits)
    {
        if (!HasSizes(primeSizeInBits, divisorSizeInBits)) throw new ArgumentOutOfRangeException(nameof(primeSizeInBits), primeSizeInBits, "The standard has no such lengths.");
        using var sizes = new ParameterList().AddUnsigned("pbits"u8, (uint)primeSizeInBits).AddUnsigned("qbits"u8, (uint)divisorSizeInBits);
        using var parameters = NativeKey.GenerateParameters("DSA", sizes);
        using var pair = NativeKey.GenerateWith(parameters);
        using var encoded = NativeKey.ToPkcs8(pair);
        DsaPrivateKey key;
        try
        {
            key = ImportPkcs8(encoded);
        }
        catch (InvalidKeyException misfit)
        {
            throw new InconsistentKeyPairException(misfit); // nobody gave the key: who made it is at fault
        }

        // spec: FIPS 140-3 IG 10.3.A: a pair-wise consistency test on each generated key pair.
        Span<byte> digest = stackalloc byte[32];
        if (InsecureDsa.VerifyDigest(key.PublicKey, digest, InsecureDsa.SignDigest(key, digest))) return key;
        key.Dispose();
        throw new InconsistentKeyPairException();
    }

    /// <summary>Reads a PKCS#8 private key (RFC 5958) in DER.</summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static DsaPrivateKey ImportPkcs8(SecretBytes pkcs8)
    {
        ArgumentNullException.ThrowIfNull(pkcs8);
        using var lease = pkcs8.Reveal();
        try
        {
            var envelope = KeyEnvelope.ReadPrivateKeyInfo(lease.Span);
            if (!envelope.Algorithm.Equals(DsaPublicKey.Identifier, StringComparison.Ordinal)) throw new InvalidKeyException("The private key is not a DSA key.");
            var outer = new DerReader(envelope.Key);
            var x = outer.ReadUnsigned();
            outer.RequireEnd();
            return Import(DsaParameters.Read(envelope.Parameters), x);
        }
        catch (AsnContentException malformed)
        {
            throw new InvalidKeyException("The private key is not PKCS#8 in DER.", malformed);
        }
    }

    /// <summary>Makes a key of its numbers.</summary>
    /// <param name="parameters">p, q and g.</param>
    /// <param name="x">The secret number, big-endian.</param>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static DsaPrivateKey Import(DsaParameters parameters, SecretBytes x)
    {
        ArgumentNullException.ThrowIfNull(x);
        using var lease = x.Reveal();
        return Import(parameters, lease.Span);
    }

    /// <summary>The key as PKCS#8 PrivateKeyInfo, DER.</summary>
    public SecretBytes ExportPkcs8() => NativeKey.ToPkcs8(Handle);

    /// <summary>x, big-endian, without zeros in front.</summary>
    public SecretBytes ExportX()
    {
        using var x = NativeKey.GetNumber(Handle, "priv");
        return x.ToSecret();
    }

    /// <summary>Wipes and releases the key and its public half.</summary>
    public void Dispose()
    {
        Handle.Dispose();
        PublicKey.Dispose();
    }

    private static DsaPrivateKey Import(DsaParameters parameters, ReadOnlySpan<byte> x)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        using var number = BigNumber.From(x);
        using var divisor = BigNumber.From(parameters.Q);
        if (number.IsZero || !number.IsBelow(divisor)) throw new InvalidKeyException("The private number is out of range.");
        using var prime = BigNumber.From(parameters.P);
        using var generator = BigNumber.From(parameters.G);
        using var context = NumberContextHandle.New();
        using var y = context.Power(generator, number, prime);
        var publicKey = DsaPublicKey.Import(parameters, y.ToPublicBytes());
        using var list = parameters.ToList().AddUnsigned("pub"u8, publicKey.Y).AddUnsigned("priv"u8, number);
        if (NativeKey.TryFromParameters("DSA", isPrivate: true, list, out var handle)) return new DsaPrivateKey(publicKey, handle);
        publicKey.Dispose();
        throw new InvalidKeyException("The key is none of DSA.");
    }
}
