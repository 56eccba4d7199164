using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>A private key that is bare bytes on its curve (RFC 8410): what Edwards and Montgomery keys share. Thread safe.</summary>
/// <remarks>
/// While it lives its bytes stand in OpenSSL's heap, which is wiped on disposal but neither locked nor kept out of
/// dumps: keep keys as the <see cref="SecretBytes"/> of their PKCS#8 and build this for the operation.
/// </remarks>
public abstract class CurvePrivateKey : IDisposable
{
    private readonly RawKeyAlgorithm _algorithm;

    private protected CurvePrivateKey(RawKeyAlgorithm algorithm, KeyHandle handle)
    {
        _algorithm = algorithm;
        Handle = handle;
    }

    internal KeyHandle Handle { get; }

    /// <summary>The private key's bytes: a seed on an Edwards curve, a scalar on a Montgomery curve.</summary>
    public SecretBytes Export() => Rfc8410.PrivateKeyOf(_algorithm, Handle);

    /// <summary>The key as PKCS#8 PrivateKeyInfo, DER.</summary>
    public SecretBytes ExportPkcs8() => NativeKey.ToPkcs8(Handle);

    /// <summary>Wipes and releases the key and its public half.</summary>
    public void Dispose()
    {
        Handle.Dispose();
        DisposePublicHalf();
        GC.SuppressFinalize(this);
    }

    private protected abstract void DisposePublicHalf();
}
