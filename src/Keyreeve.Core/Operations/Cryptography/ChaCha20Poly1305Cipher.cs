using System.Security.Cryptography;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>ChaCha20-Poly1305. RFC 8439.</summary>
internal sealed class ChaCha20Poly1305Cipher : Cipher
{
    private const int NonceSizeInBytes = 12;
    private const int TagSizeInBytes = 16;
    private const int ShortestTagInBytes = 12;

    // RFC 8439 §2.8: the block 0 makes the key of Poly1305, the message begins with the block 1.
    private const uint FirstBlockOfMessage = 1;

    /// <inheritdoc/>
    public override bool BreaksWhenIvRepeats => true;

    /// <inheritdoc/>
    public override int IvSizeInBytes(in CipherChoice choice) => NonceSizeInBytes;

    /// <inheritdoc/>
    public override EncryptedData Encrypt(in UsableKey key, in CipherInput input)
    {
        var size = CheckTagSize(TagSizeOf(input.Choice));
        var data = new byte[input.Data.Length];
        var tag = new byte[TagSizeInBytes];
        key.Aead(AeadAlgorithm.ChaCha20Poly1305).Encrypt(input.Iv, input.Data, input.AdditionalData, data, tag);
        return new EncryptedData(data, size == TagSizeInBytes ? tag : tag[..size]);
    }

    /// <inheritdoc/>
    public override byte[]? TryDecrypt(in UsableKey key, in CipherInput input)
    {
        // A shorter tag than the parameters state would be easier to forge.
        var size = TagSizeOf(input.Choice);
        if (input.Tag.Length != size || size is < ShortestTagInBytes or > TagSizeInBytes) return null;
        var cipher = key.Aead(AeadAlgorithm.ChaCha20Poly1305);
        if (size != TagSizeInBytes) return TryDecryptByCutTag(key, cipher, input);
        var data = new byte[input.Data.Length];
        return cipher.TryDecrypt(input.Iv, input.Data, input.Tag, input.AdditionalData, data) ? data : null;
    }

    /// <inheritdoc/>
    public override CipherStream StartEncryption(in UsableKey key, StreamOpening opening) => new SealingCipherStream(
        StreamingAead.StartEncryption(AeadAlgorithm.ChaCha20Poly1305, key.Material, opening.Iv, opening.AdditionalData),
        CheckTagSize(TagSizeOf(opening.Choice)));

    // The cipher itself knows whole tags alone: the message is encrypted once more, and the tags are compared as far as there is one.
    private static byte[]? TryDecryptByCutTag(in UsableKey key, AeadKey cipher, in CipherInput input)
    {
        var data = InsecureChaCha20.Transform(key.Material, input.Iv, FirstBlockOfMessage, input.Data);
        Span<byte> tag = stackalloc byte[TagSizeInBytes];
        cipher.Encrypt(input.Iv, data, input.AdditionalData, new byte[data.Length], tag);
        if (CryptographicOperations.FixedTimeEquals(tag[..input.Tag.Length], input.Tag)) return data;
        CryptographicOperations.ZeroMemory(data);
        return null;
    }

    private static int TagSizeOf(in CipherChoice choice) => choice.TagSizeInBytes == 0 ? TagSizeInBytes : choice.TagSizeInBytes;

    private static int CheckTagSize(int sizeInBytes) =>
        sizeInBytes is >= ShortestTagInBytes and <= TagSizeInBytes ? sizeInBytes : throw BadTagSize("ChaCha20-Poly1305", sizeInBytes);
}
