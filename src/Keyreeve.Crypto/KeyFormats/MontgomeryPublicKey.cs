using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>A public key on a Montgomery curve, for <see cref="Xdh"/>. Thread safe.</summary>
public sealed class MontgomeryPublicKey : IDisposable, IEquatable<MontgomeryPublicKey>
{
    private readonly byte[] _key;

    private MontgomeryPublicKey(MontgomeryCurve curve, byte[] key)
    {
        Handle = Rfc8410.FromPublic(curve.Algorithm(), key);
        Curve = curve;
        _key = key;
    }

    /// <summary>The curve.</summary>
    public MontgomeryCurve Curve { get; }

    internal KeyHandle Handle { get; }

    /// <summary>Makes a key of its bytes (RFC 7748).</summary>
    /// <exception cref="InvalidKeyException">It has another length than the curve's keys.</exception>
    public static MontgomeryPublicKey Import(MontgomeryCurve curve, ReadOnlySpan<byte> key) => new(curve, key.ToArray());

    /// <summary>Reads a SubjectPublicKeyInfo (RFC 8410) in DER.</summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static MontgomeryPublicKey ImportSubjectPublicKeyInfo(MontgomeryCurve curve, ReadOnlySpan<byte> der) =>
        new(curve, Rfc8410.ReadSubjectPublicKeyInfo(curve.Algorithm(), der));

    /// <summary>The key's bytes.</summary>
    public byte[] Export() => (byte[])_key.Clone();

    /// <summary>The key as SubjectPublicKeyInfo, DER.</summary>
    public byte[] ExportSubjectPublicKeyInfo() => NativeKey.ToSubjectPublicKeyInfo(Handle);

    /// <summary>Whether both are the same bytes on the same curve.</summary>
    public bool Equals(MontgomeryPublicKey? other) => other is not null && Curve == other.Curve && _key.AsSpan().SequenceEqual(other._key);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MontgomeryPublicKey);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Curve);
        hash.AddBytes(_key);
        return hash.ToHashCode();
    }

    /// <summary>Releases the key.</summary>
    public void Dispose() => Handle.Dispose();
}
