using System.Security.Cryptography;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>A private key on a Montgomery curve, for <see cref="Xdh"/>. Thread safe.</summary>
public sealed class MontgomeryPrivateKey : CurvePrivateKey
{
    private MontgomeryPrivateKey(MontgomeryCurve curve, KeyHandle handle)
        : base(curve.Algorithm(), handle)
    {
        Curve = curve;
        PublicKey = MontgomeryPublicKey.Import(curve, Rfc8410.PublicKeyOf(curve.Algorithm(), handle));
    }

    /// <summary>The curve.</summary>
    public MontgomeryCurve Curve { get; }

    /// <summary>The public half; it is disposed with this key.</summary>
    public MontgomeryPublicKey PublicKey { get; }

    /// <summary>Generates a key pair and checks that its halves fit.</summary>
    /// <exception cref="CryptographicException">OpenSSL made no key, or one whose halves do not fit.</exception>
    public static MontgomeryPrivateKey Generate(MontgomeryCurve curve)
    {
        var key = new MontgomeryPrivateKey(curve, NativeKey.Generate(curve.Algorithm().NativeName, parameters: null));
        // spec: FIPS 140-3 IG 10.3.A: a pair-wise consistency test on each generated key pair.
        if (Xdh.AgreesWithItself(key))
            return key;
        key.Dispose();
        throw new InconsistentKeyPairException();
    }

    /// <summary>Makes a key of its scalar.</summary>
    /// <param name="curve">The curve.</param>
    /// <param name="scalar">Its bytes: 32 for X25519, 56 for X448; clamped when used.</param>
    /// <param name="publicKey">The public half to hold against it; empty when there is none.</param>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static MontgomeryPrivateKey Import(MontgomeryCurve curve, SecretBytes scalar, ReadOnlySpan<byte> publicKey = default)
    {
        ArgumentNullException.ThrowIfNull(scalar);
        using var lease = scalar.Reveal();
        return new MontgomeryPrivateKey(curve, Rfc8410.FromPrivate(curve.Algorithm(), lease.Span, publicKey));
    }

    /// <summary>Reads a PKCS#8 private key (RFC 8410, RFC 5958) in DER.</summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static MontgomeryPrivateKey ImportPkcs8(MontgomeryCurve curve, SecretBytes pkcs8) =>
        new(curve, Rfc8410.ReadPkcs8(curve.Algorithm(), pkcs8));

    private protected override void DisposePublicHalf() => PublicKey.Dispose();
}
