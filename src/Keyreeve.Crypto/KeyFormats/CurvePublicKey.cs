using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>A public key that is bare bytes on its curve (RFC 8410): what Edwards and Montgomery keys share. Thread safe.</summary>
public abstract class CurvePublicKey : IDisposable, IEquatable<CurvePublicKey>
{
    private readonly RawKeyAlgorithm _algorithm;
    private readonly byte[] _key;

    private protected CurvePublicKey(RawKeyAlgorithm algorithm, byte[] key)
    {
        Handle = Rfc8410.FromPublic(algorithm, key);
        _algorithm = algorithm;
        _key = key;
    }

    internal KeyHandle Handle { get; }

    /// <summary>The key's bytes.</summary>
    public byte[] Export() => (byte[])_key.Clone();

    /// <summary>The key as SubjectPublicKeyInfo, DER.</summary>
    public byte[] ExportSubjectPublicKeyInfo() => NativeKey.ToSubjectPublicKeyInfo(Handle);

    /// <summary>Whether both are the same bytes on the same curve.</summary>
    public bool Equals(CurvePublicKey? other) => other is not null && _algorithm == other._algorithm && _key.AsSpan().SequenceEqual(other._key);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CurvePublicKey);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(_algorithm);
        hash.AddBytes(_key);
        return hash.ToHashCode();
    }

    /// <summary>Releases the key.</summary>
    public void Dispose()
    {
        Handle.Dispose();
        GC.SuppressFinalize(this);
    }
}
