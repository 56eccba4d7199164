using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Keyreeve.Crypto.Interop;

/// <summary>An EVP_MAC_CTX that holds an HMAC key, hashed into its state once and reused. One thread at a time.</summary>
internal sealed unsafe class EvpMacContext : SafeHandle
{
    private static readonly Lazy<nint> Hmac = new(static () =>
    {
        var mac = LibCrypto.EvpMacFetch(0, "HMAC", null);
        return mac != 0 ? mac : throw Failure();
    });

    private const int LongestDigestNameInBytes = 16;

    /// <param name="digestName">OpenSSL's name of the hash.</param>
    /// <param name="key">The key, of any length.</param>
    public EvpMacContext(string digestName, ReadOnlySpan<byte> key)
        : base(0, ownsHandle: true)
    {
        SetHandle(LibCrypto.EvpMacCtxNew(Hmac.Value));
        if (IsInvalid)
            throw Failure();

        Span<byte> name = stackalloc byte[LongestDigestNameInBytes];
        name[Encoding.ASCII.GetBytes(digestName, name[..^1])] = 0;
        var parameters = stackalloc LibCrypto.OsslParam[2];
        byte empty;
        fixed (byte* parameterName = "digest\0"u8, digest = name, keyBytes = key)
        {
            parameters[0] = new()
            {
                Key = parameterName,
                DataType = LibCrypto.OsslParamUtf8String,
                Value = digest,
                ValueSize = (nuint)digestName.Length,
                ReturnSize = nuint.MaxValue,
            };
            parameters[1] = default;

            // A null pointer means "the key of before"; an empty key needs an address.
            Check(LibCrypto.EvpMacInit(handle, key.IsEmpty ? &empty : keyBytes, (nuint)key.Length, parameters));
        }
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Starts a message under the same key.</summary>
    public void Start() => Check(LibCrypto.EvpMacInit(handle, null, 0, null));

    public void Update(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
            return;
        fixed (byte* from = input)
            Check(LibCrypto.EvpMacUpdate(handle, from, (nuint)input.Length));
    }

    /// <summary>Ends the message. <paramref name="destination"/> has the hash's full length.</summary>
    public void Finish(Span<byte> destination)
    {
        nuint written = 0;
        fixed (byte* to = destination)
            Check(LibCrypto.EvpMacFinal(handle, to, &written, (nuint)destination.Length));
        Check(written == (nuint)destination.Length ? 1 : 0);
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        LibCrypto.EvpMacCtxFree(handle);
        return true;
    }

    private static void Check(int result)
    {
        if (result != 1)
            throw Failure();
    }

    private static CryptographicException Failure()
    {
        LibCrypto.ErrClear();
        return new CryptographicException("OpenSSL refused an operation of HMAC.");
    }
}
