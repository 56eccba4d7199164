using System.Text;
using Keyreeve.Crypto;
using Keyreeve.Kmip.Payloads;

namespace Keyreeve.Client;

/// <summary>A data key as a KMIP server wrapped it; docs/formats/envelope.md has it byte by byte.</summary>
/// <remarks>kind 01(1) || length(1) || Unique Identifier || length(1) || nonce || ciphertext(32) || tag(16)</remarks>
internal readonly record struct KmipWrappedKey(string Identifier, ReadOnlyMemory<byte> Nonce, ReadOnlyMemory<byte> Ciphertext, ReadOnlyMemory<byte> Tag)
{
    private const byte Kind = 1;
    private const int KeySizeInBytes = 32;
    private const int TagSizeInBytes = 16;

    /// <summary>By which envelopes name a key that has no UUID; spec: RFC 9562 §5.8 "UUIDv8 … vendor-specific use cases".</summary>
    public static Guid IdOf(string identifier) => WrappingBinding.IdOf("keyreeve.kmip-key.v1"u8, Encoding.UTF8.GetBytes(identifier));

    public static byte[] AssociatedData(Guid keyId, EncryptionContext context) => WrappingBinding.AssociatedData(Kind, keyId, 0, context);

    /// <exception cref="KeyreeveClientException">The server answered something else than AES-GCM of a data key.</exception>
    public static WrappedDataKey Write(string identifier, EncryptResponse answer)
    {
        if (answer is not { Data: { Length: >= KeySizeInBytes } data, IVCounterNonce: { Length: > 0 and <= byte.MaxValue } nonce })
            throw new KeyreeveClientException(ClientError.UnexpectedAnswer, "The server did not encrypt by AES-GCM with a nonce of its own.", cause: null);
        var name = Encoding.UTF8.GetBytes(identifier);
        // Some servers put the tag behind the ciphertext.
        var tag = answer.AuthenticatedEncryptionTag ?? data[KeySizeInBytes..];
        if (name.Length > byte.MaxValue || tag.Length != TagSizeInBytes)
            throw new KeyreeveClientException(ClientError.UnexpectedAnswer, "The server's identifier or tag has another length than is supported.", cause: null);
        return new WrappedDataKey(
            IdOf(identifier), 0, [Kind, (byte)name.Length, .. name, (byte)nonce.Length, .. nonce.Span, .. data.Span[..KeySizeInBytes], .. tag.Span]);
    }

    /// <summary>Reads what <see cref="Write"/> made; false for everything else, a key id that is another's included.</summary>
    public static bool TryRead(WrappedDataKey wrapped, out KmipWrappedKey parts)
    {
        parts = default;
        ReadOnlyMemory<byte> rest = wrapped.Wrapped.ToArray();
        if (rest.Length < 2 || rest.Span[0] != Kind)
            return false;
        rest = rest[1..];
        if (!TryTake(ref rest, out var name) || !TryTake(ref rest, out var nonce) || rest.Length != KeySizeInBytes + TagSizeInBytes)
            return false;
        var identifier = Encoding.UTF8.GetString(name.Span);
        if (IdOf(identifier) != wrapped.KeyId || wrapped.KeyVersion != 0)
            return false;
        parts = new KmipWrappedKey(identifier, nonce, rest[..KeySizeInBytes], rest[KeySizeInBytes..]);
        return true;
    }

    private static bool TryTake(ref ReadOnlyMemory<byte> rest, out ReadOnlyMemory<byte> taken)
    {
        taken = default;
        if (rest.IsEmpty || rest.Span[0] == 0 || rest.Length <= rest.Span[0])
            return false;
        taken = rest.Slice(1, rest.Span[0]);
        rest = rest[(1 + taken.Length)..];
        return true;
    }
}
