using System.Security.Cryptography;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>A private key on an Edwards curve, for <see cref="Eddsa"/>. Thread safe.</summary>
public sealed class EdwardsPrivateKey : CurvePrivateKey
{
    private EdwardsPrivateKey(EdwardsCurve curve, KeyHandle handle)
        : base(curve.Algorithm(), handle)
    {
        Curve = curve;
        PublicKey = EdwardsPublicKey.Import(curve, Rfc8410.PublicKeyOf(curve.Algorithm(), handle));
    }

    /// <summary>The curve.</summary>
    public EdwardsCurve Curve { get; }

    /// <summary>The public half; it is disposed with this key.</summary>
    public EdwardsPublicKey PublicKey { get; }

    /// <summary>Generates a key pair and checks that its halves fit.</summary>
    /// <exception cref="CryptographicException">OpenSSL made no key, or one whose halves do not fit.</exception>
    public static EdwardsPrivateKey Generate(EdwardsCurve curve)
    {
        var key = new EdwardsPrivateKey(curve, NativeKey.Generate(curve.Algorithm().NativeName, parameters: null));
        // spec: FIPS 140-3 IG 10.3.A: a pair-wise consistency test on each generated key pair.
        Span<byte> message = stackalloc byte[32];
        if (Eddsa.Verify(key.PublicKey, message, Eddsa.Sign(key, message)))
            return key;
        key.Dispose();
        throw new InconsistentKeyPairException();
    }

    /// <summary>Makes a key of its seed.</summary>
    /// <param name="curve">The curve.</param>
    /// <param name="seed">Its bytes: 32 for Ed25519, 57 for Ed448.</param>
    /// <param name="publicKey">The public half to hold against it; empty when there is none.</param>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static EdwardsPrivateKey Import(EdwardsCurve curve, SecretBytes seed, ReadOnlySpan<byte> publicKey = default)
    {
        ArgumentNullException.ThrowIfNull(seed);
        using var lease = seed.Reveal();
        return new EdwardsPrivateKey(curve, Rfc8410.FromPrivate(curve.Algorithm(), lease.Span, publicKey));
    }

    /// <summary>Reads a PKCS#8 private key (RFC 8410, RFC 5958) in DER.</summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static EdwardsPrivateKey ImportPkcs8(EdwardsCurve curve, SecretBytes pkcs8) =>
        new(curve, Rfc8410.ReadPkcs8(curve.Algorithm(), pkcs8));

    private protected override void DisposePublicHalf() => PublicKey.Dispose();
}
