using System.Numerics;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>A public RSA key. Valid once built; thread safe.</summary>
/// <remarks>
/// Refused: a modulus below 2048 bits unless the policy permits, above 16,384 bits or even; an exponent that is even, 1, or
/// longer than 64 bits; any encoding but DER.
/// </remarks>
public sealed class RsaPublicKey : IDisposable, IEquatable<RsaPublicKey>
{
    /// <summary>The largest modulus that is taken, in bits: OpenSSL's own limit.</summary>
    public const int MaxModulusSizeInBits = 16_384;

    /// <summary>The smallest modulus that is taken, in bits.</summary>
    public const int MinModulusSizeInBits = 2048;

    private const int InsecureMinModulusSizeInBits = 512;
    private const int MaxExponentSizeInBytes = 8;

    private readonly byte[] _modulus;
    private readonly byte[] _exponent;

    internal RsaPublicKey(ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> exponent, RsaKeyPurpose purpose, RsaKeyPolicy policy)
    {
        _modulus = modulus.TrimStart((byte)0).ToArray();
        _exponent = exponent.TrimStart((byte)0).ToArray();
        Purpose = purpose;
        Require(_modulus, _exponent, policy);
        using var parameters = new ParameterList().AddUnsigned("n"u8, _modulus).AddUnsigned("e"u8, _exponent);
        if (!NativeKey.TryFromParameters("RSA", isPrivate: false, parameters, out var handle))
            throw new InvalidKeyException("OpenSSL refused the RSA key.");
        Handle = handle;
    }

    /// <summary>Length of the modulus, in bits.</summary>
    public int ModulusSizeInBits => BitsOf(_modulus);

    /// <summary>Whether the key came with the algorithm id-RSASSA-PSS (RFC 4055 §1.2), which permits nothing but PSS.</summary>
    public bool IsPssOnly => Purpose.IsPssOnly;

    /// <summary>What such a key's signatures are restricted to: these digests, and at least this salt. Null for anything.</summary>
    public RsaPssParameters? PssRestriction => Purpose.Restriction;

    internal KeyHandle Handle { get; }

    internal RsaKeyPurpose Purpose { get; }

    internal int ModulusSizeInBytes => _modulus.Length;

    internal ReadOnlySpan<byte> Modulus => _modulus;

    /// <summary>Reads a SubjectPublicKeyInfo (RFC 5280; RFC 3279 §2.3.1, RFC 4055 §1.2) in DER.</summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static RsaPublicKey ImportSubjectPublicKeyInfo(ReadOnlySpan<byte> der, RsaKeyPolicy policy = RsaKeyPolicy.Strict)
    {
        RsaKeyFormats.ReadSubjectPublicKeyInfo(der, out var modulus, out var exponent, out var purpose);
        return new RsaPublicKey(modulus, exponent, purpose, policy);
    }

    /// <summary>Reads an RSAPublicKey (PKCS#1, RFC 8017 §A.1.1) in DER.</summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static RsaPublicKey ImportPkcs1(ReadOnlySpan<byte> der, RsaKeyPolicy policy = RsaKeyPolicy.Strict)
    {
        RsaKeyFormats.ReadPkcs1PublicKey(der, out var modulus, out var exponent);
        return new RsaPublicKey(modulus, exponent, default, policy);
    }

    /// <summary>Makes a key of its two numbers, big-endian.</summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static RsaPublicKey ImportComponents(
        ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> publicExponent, RsaKeyPolicy policy = RsaKeyPolicy.Strict) =>
        new(modulus, publicExponent, default, policy);

    /// <summary>The key as SubjectPublicKeyInfo, DER; as rsaEncryption, even when it was restricted to PSS.</summary>
    public byte[] ExportSubjectPublicKeyInfo() => NativeKey.ToSubjectPublicKeyInfo(Handle);

    /// <summary>The key as RSAPublicKey, DER.</summary>
    public byte[] ExportPkcs1() => NativeKey.ToPublicKey(Handle);

    /// <summary>The modulus, big-endian, without zeros in front.</summary>
    public byte[] ExportModulus() => (byte[])_modulus.Clone();

    /// <summary>The public exponent, big-endian, without zeros in front.</summary>
    public byte[] ExportPublicExponent() => (byte[])_exponent.Clone();

    /// <summary>Whether both have the same modulus and exponent.</summary>
    public bool Equals(RsaPublicKey? other) =>
        other is not null && Modulus.SequenceEqual(other._modulus) && _exponent.AsSpan().SequenceEqual(other._exponent);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RsaPublicKey);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(_modulus);
        return hash.ToHashCode();
    }

    /// <summary>Releases the key.</summary>
    public void Dispose() => Handle.Dispose();

    internal static void RequireUnrestricted(RsaPublicKey key)
    {
        if (key.IsPssOnly)
            throw new ArgumentException("The key is for PSS signatures only.", nameof(key));
    }

    // Also called before anything is computed with a private key's numbers, so that absurd ones cost nothing.
    internal static void Require(ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> exponent, RsaKeyPolicy policy)
    {
        var smallest = policy switch
        {
            RsaKeyPolicy.Strict => MinModulusSizeInBits,
            RsaKeyPolicy.InsecureAllowSmallRsa => InsecureMinModulusSizeInBits,
            _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, "Choose a policy."),
        };
        var bits = BitsOf(modulus);
        if (bits < smallest)
            throw new InvalidKeyException($"The RSA modulus has {bits} bits; at least {smallest} are wanted.");
        if (bits > MaxModulusSizeInBits)
            throw new InvalidKeyException($"The RSA modulus has {bits} bits; at most {MaxModulusSizeInBits} are taken.");
        if ((modulus[^1] & 1) == 0)
            throw new InvalidKeyException("The RSA modulus is even.");
        RequireExponent(exponent);
    }

    // spec: SP 800-56B Rev. 2 §6.2 "The public exponent e is an odd integer greater than or equal to 65,537"; smaller odd ones
    // are taken because keys with 3 and 17 are about. Beyond 64 bits no honest key goes, and each bit costs a squaring.
    private static void RequireExponent(ReadOnlySpan<byte> exponent)
    {
        if (exponent.IsEmpty || (exponent.Length == 1 && exponent[0] == 1))
            throw new InvalidKeyException("The RSA public exponent is below 3.");
        if ((exponent[^1] & 1) == 0)
            throw new InvalidKeyException("The RSA public exponent is even.");
        if (exponent.Length > MaxExponentSizeInBytes)
            throw new InvalidKeyException("The RSA public exponent is longer than 64 bits.");
    }

    private static int BitsOf(ReadOnlySpan<byte> number) =>
        number.IsEmpty ? 0 : (8 * (number.Length - 1)) + (32 - BitOperations.LeadingZeroCount((uint)number[0]));
}
