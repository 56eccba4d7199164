using System.Security.Cryptography;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>A private key on a named curve, for <see cref="Ecdsa"/> and <see cref="Ecdh"/>. Valid once built; thread safe.</summary>
/// <remarks>
/// While it lives the scalar stands in OpenSSL's heap, which is wiped on disposal but neither locked nor kept out of dumps:
/// keep keys as the <see cref="SecretBytes"/> of their PKCS#8 and build this for the operation.
/// </remarks>
public sealed class EcPrivateKey : IDisposable
{
    private EcPrivateKey(KeyHandle handle, EcPublicKey publicKey)
    {
        Handle = handle;
        PublicKey = publicKey;
    }

    /// <summary>The curve.</summary>
    public EllipticCurve Curve => PublicKey.Curve;

    /// <summary>The public half; it is disposed with this key.</summary>
    public EcPublicKey PublicKey { get; }

    internal KeyHandle Handle { get; }

    /// <summary>Generates a key pair and checks that its halves fit.</summary>
    /// <exception cref="CryptographicException">OpenSSL made no key, or one that does not verify its own signature.</exception>
    public static EcPrivateKey Generate(EllipticCurve curve)
    {
        using var parameters = new ParameterList().AddText("group"u8, EllipticCurveFacts.Of(curve).NativeName);
        using var generated = NativeKey.Generate("EC", parameters);
        using var scalar = NativeKey.GetNumber(generated, "priv");
        using var secret = scalar.ToSecret(EllipticCurveFacts.Of(curve).FieldSizeInBytes);
        using var lease = secret.Reveal();
        return FromGenerated(curve, lease.Span, NativeKey.ToPublicKey(generated));
    }

    /// <summary>Takes the halves of a new pair, if they fit.</summary>
    /// <exception cref="InconsistentKeyPairException">They do not.</exception>
    // Built again from the scalar, so that the public half is computed twice; then tried.
    // spec: FIPS 140-3 IG 10.3.A, SP 800-56A Rev. 3 §5.6.2.1.4: a pair-wise consistency test on each generated key pair.
    internal static EcPrivateKey FromGenerated(EllipticCurve curve, ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> point)
    {
        EcPrivateKey key;
        try
        {
            key = Build(curve, scalar, point);
        }
        catch (InvalidKeyException misfit)
        {
            throw new InconsistentKeyPairException(misfit); // nobody gave the key: who made it is at fault
        }

        Span<byte> digest = stackalloc byte[32];
        var signature = Ecdsa.SignDigest(key, digest, EcdsaSignatureFormat.Der);
        if (Ecdsa.VerifyDigest(key.PublicKey, digest, signature, EcdsaSignatureFormat.Der))
            return key;
        key.Dispose();
        throw new InconsistentKeyPairException();
    }

    /// <summary>Reads a PKCS#8 PrivateKeyInfo (RFC 5958, RFC 5915) in DER.</summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static EcPrivateKey ImportPkcs8(SecretBytes pkcs8)
    {
        ArgumentNullException.ThrowIfNull(pkcs8);
        using var lease = pkcs8.Reveal();
        var curve = EcKeyFormats.ReadPkcs8(lease.Span, out var scalar, out var point);
        return Build(curve, scalar, point);
    }

    /// <summary>Reads an ECPrivateKey (SEC 1, RFC 5915) in DER that names its curve.</summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static EcPrivateKey ImportSec1(SecretBytes ecPrivateKey)
    {
        ArgumentNullException.ThrowIfNull(ecPrivateKey);
        using var lease = ecPrivateKey.Reveal();
        var curve = EcKeyFormats.ReadSec1(lease.Span, out var scalar, out var point);
        return Build(curve, scalar, point);
    }

    /// <summary>Makes a key of its scalar.</summary>
    /// <param name="curve">The curve.</param>
    /// <param name="scalar">The number, big-endian, at most as long as the curve's order.</param>
    /// <param name="publicPoint">The public half to hold against the scalar; empty when there is none.</param>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static EcPrivateKey ImportScalar(EllipticCurve curve, SecretBytes scalar, ReadOnlySpan<byte> publicPoint = default)
    {
        ArgumentNullException.ThrowIfNull(scalar);
        using var lease = scalar.Reveal();
        return Build(curve, lease.Span, publicPoint);
    }

    /// <summary>The key as PKCS#8 PrivateKeyInfo, DER.</summary>
    public SecretBytes ExportPkcs8() => NativeKey.ToPkcs8(Handle);

    /// <summary>The key as ECPrivateKey with its curve's name and its public point, DER.</summary>
    public SecretBytes ExportSec1() => NativeKey.ToPrivateKey(Handle);

    /// <summary>The scalar, big-endian, as long as the curve's order.</summary>
    public SecretBytes ExportScalar()
    {
        using var scalar = NativeKey.GetNumber(Handle, "priv");
        return scalar.ToSecret(EllipticCurveFacts.Of(Curve).FieldSizeInBytes);
    }

    /// <summary>Wipes and releases the key and its public half.</summary>
    public void Dispose()
    {
        Handle.Dispose();
        PublicKey.Dispose();
    }

    private static EcPrivateKey Build(EllipticCurve curve, ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> point)
    {
        var group = CurveGroup.Of(curve);
        if (scalar.Length > group.Facts.FieldSizeInBytes)
            throw new InvalidKeyException("The private key is longer than its curve's order.");
        using var number = BigNumber.From(scalar);
        if (!group.IsPrivateScalar(number))
            throw new InvalidKeyException("The private key is not a number between zero and its curve's order.");
        var computed = group.PublicPointOf(number);
        if (!point.IsEmpty && !(group.TryNormalizePoint(point, out var given) && computed.AsSpan().SequenceEqual(given)))
            throw new InvalidKeyException("The public key does not belong to the private key.");
        using var parameters = new ParameterList()
            .AddText("group"u8, group.Facts.NativeName)
            .AddOctets("pub"u8, computed)
            .AddUnsigned("priv"u8, scalar);
        if (!NativeKey.TryFromParameters("EC", isPrivate: true, parameters, out var handle))
            throw new InvalidKeyException("OpenSSL refused the private key.");
        return new EcPrivateKey(handle, new EcPublicKey(curve, computed));
    }
}
