using System.Buffers.Binary;
using System.Security.Cryptography;
using Keyreeve.Crypto;

namespace Keyreeve.Client;

/// <summary>What key managers that know nothing of envelopes bind a wrapped data key to.</summary>
internal static class WrappingBinding
{
    private static ReadOnlySpan<byte> Label => "keyreeve.wrapped-data-key.v1"u8;

    /// <summary>The id by which envelopes name a key: the first 16 bytes of SHA-256 over a label and the parts, as a UUID of version 8.</summary>
    public static Guid IdOf(ReadOnlySpan<byte> label, params ReadOnlySpan<byte[]> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(label);
        foreach (var part in parts)
            hash.AppendData(part);
        Span<byte> id = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(id);
        id[6] = (byte)((id[6] & 0x0F) | 0x80);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new Guid(id[..16], bigEndian: true);
    }

    /// <summary>label || kind(1) || id(16) || version(4) || canonical context.</summary>
    public static byte[] AssociatedData(byte kind, Guid keyId, uint keyVersion, EncryptionContext context)
    {
        var start = Label.Length;
        var bound = new byte[start + 21 + context.CanonicalBytes.Length];
        Label.CopyTo(bound);
        bound[start] = kind;
        keyId.TryWriteBytes(bound.AsSpan(start + 1), bigEndian: true, out _);
        BinaryPrimitives.WriteUInt32BigEndian(bound.AsSpan(start + 17), keyVersion);
        context.CanonicalBytes.CopyTo(bound.AsSpan(start + 21));
        return bound;
    }
}
