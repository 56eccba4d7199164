using System.Security.Cryptography;
using System.Text;
using Keyreeve.Crypto;
using Keyreeve.Pkcs11;
using Keyreeve.Pkcs11.Interop;

namespace Keyreeve.Client.Pkcs11;

/// <summary>A data key as a token wrapped it; docs/formats/envelope.md has it byte by byte.</summary>
/// <remarks>kind 02(1) || nonce(12) || ciphertext(32) || tag(16)</remarks>
internal static class TokenWrappedKey
{
    private const byte Kind = 2;
    private const int NonceSizeInBytes = 12;
    private const int TagSizeInBytes = 16;
    private const int SizeInBytes = 1 + NonceSizeInBytes + CommittingAead.KeySizeInBytes + TagSizeInBytes;

    /// <summary>The token's AES keys that envelopes can name.</summary>
    public static List<(Guid Id, byte[] TokenId)> List(TokenSession session)
    {
        using var template = new AttributeTemplate().With(AttributeType.Class, Cryptoki.ClassSecretKey).With(AttributeType.KeyType, Cryptoki.KeyTypeAes);
        return Describe(session, template);
    }

    /// <summary>The token's AES keys of a label.</summary>
    public static List<(Guid Id, byte[] TokenId)> Find(TokenSession session, string label)
    {
        using var template = new AttributeTemplate()
            .With(AttributeType.Class, Cryptoki.ClassSecretKey).With(AttributeType.KeyType, Cryptoki.KeyTypeAes).With(AttributeType.Label, label);
        return Describe(session, template);
    }

    public static WrappedDataKey Wrap(TokenSession session, Guid keyId, byte[] tokenId, SecretBytes dataKey, EncryptionContext context)
    {
        Span<byte> nonce = stackalloc byte[NonceSizeInBytes];
        RandomNumberGenerator.Fill(nonce);
        using var lease = dataKey.Reveal();
        var sealedKey = session.EncryptGcm(
            session.Require(Cryptoki.ClassSecretKey, tokenId), nonce, WrappingBinding.AssociatedData(Kind, keyId, 0, context), lease.Span);
        return new WrappedDataKey(keyId, 0, [Kind, .. nonce, .. sealedKey]);
    }

    /// <summary>Null whatever is wrong.</summary>
    public static SecretBytes? TryUnwrap(TokenSession session, byte[] tokenId, WrappedDataKey wrapped, EncryptionContext context)
    {
        if (wrapped.Wrapped.Length != SizeInBytes || wrapped.Wrapped[0] != Kind || wrapped.KeyVersion != 0)
            return null;
        var key = session.Require(Cryptoki.ClassSecretKey, tokenId);
        var bound = WrappingBinding.AssociatedData(Kind, wrapped.KeyId, 0, context);
        var bytes = wrapped.Wrapped.ToArray();
        var isOpen = false;
        var secret = SecretBytes.Create(CommittingAead.KeySizeInBytes, 0, (plaintext, _) =>
            isOpen = session.TryDecryptGcm(key, bytes.AsSpan(1, NonceSizeInBytes), bound, bytes.AsSpan(1 + NonceSizeInBytes), plaintext));
        if (isOpen)
            return secret;
        secret.Dispose();
        return null;
    }

    private static List<(Guid Id, byte[] TokenId)> Describe(TokenSession session, AttributeTemplate template)
    {
        var serial = Encoding.UTF8.GetBytes(session.Module.DescribeToken(session.Slot).Serial + "\0");
        var keys = new List<(Guid Id, byte[] TokenId)>();
        foreach (var handle in session.Find(template))
        {
            var tokenId = session.ReadBytes(handle, AttributeType.Id);
            if (tokenId.Length > 0)
                keys.Add((WrappingBinding.IdOf("keyreeve.pkcs11-key.v1"u8, serial, tokenId), tokenId));
        }

        return keys;
    }
}
