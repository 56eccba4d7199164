using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>AES-GCM with the nonce and tag that the standard's parameters state. NIST SP 800-38D.</summary>
internal sealed class AesGcmCipher : Cipher
{
    private const int NonceSizeInBytes = 12;
    private const int FullTagInBytes = 16;
    private const int ShortestTagInBytes = 12;
    private const int LongestNonceInBytes = 128;

    // Tells the key that permits short tags from the one that does not.
    private const int InteropVariant = 0x100;

    /// <inheritdoc/>
    public override bool BreaksWhenIvRepeats => true;

    /// <inheritdoc/>
    public override int IvSizeInBytes(in CipherChoice choice) => choice.IvSizeInBytes == 0 ? NonceSizeInBytes : choice.IvSizeInBytes;

    /// <inheritdoc/>
    public override bool TakesIv(in CipherChoice choice, int sizeInBytes) => sizeInBytes is >= 1 and <= LongestNonceInBytes;

    /// <inheritdoc/>
    public override EncryptedData Encrypt(in UsableKey key, in CipherInput input)
    {
        var data = new byte[input.Data.Length];
        var tag = new byte[CheckTagSize(TagSizeOf(input.Choice), input.Mode)];
        KeyOf(key, tag.Length).Encrypt(input.Iv, input.Data, input.AdditionalData, data, tag);
        return new EncryptedData(data, tag);
    }

    /// <inheritdoc/>
    public override byte[]? TryDecrypt(in UsableKey key, in CipherInput input)
    {
        // A shorter tag than the parameters state would be easier to forge.
        if (input.Tag.Length != TagSizeOf(input.Choice) || !IsTagSize(input.Tag.Length, input.Mode)) return null;
        var data = new byte[input.Data.Length];
        return KeyOf(key, input.Tag.Length).TryDecrypt(input.Iv, input.Data, input.Tag, input.AdditionalData, data) ? data : null;
    }

    /// <inheritdoc/>
    public override CipherStream StartEncryption(in UsableKey key, StreamOpening opening)
    {
        var tagSize = CheckTagSize(TagSizeOf(opening.Choice), opening.Mode);
        return new SealingCipherStream(StreamingAead.StartEncryption(AlgorithmOf(key), key.Material, opening.Iv, opening.AdditionalData), tagSize);
    }

    private static int TagSizeOf(in CipherChoice choice) => choice.TagSizeInBytes == 0 ? FullTagInBytes : choice.TagSizeInBytes;

    private static AeadAlgorithm AlgorithmOf(in UsableKey key) => key.Material.LengthInBytes switch
    {
        32 => AeadAlgorithm.Aes256Gcm,
        24 => AeadAlgorithm.Aes192Gcm,
        _ => AeadAlgorithm.Aes128Gcm,
    };

    private static AeadKey KeyOf(in UsableKey key, int tagSizeInBytes)
    {
        var algorithm = AlgorithmOf(key);
        return tagSizeInBytes >= ShortestTagInBytes
            ? key.Aead(algorithm)
            : key.Ready((int)algorithm | InteropVariant, static (material, variant) => AeadKey.CreateInsecureInterop((AeadAlgorithm)(variant & ~InteropVariant), material));
    }

    private static int CheckTagSize(int sizeInBytes, GroupMode mode)
    {
        if (IsTagSize(sizeInBytes, mode)) return sizeInBytes;
        throw IsTagSize(sizeInBytes, GroupMode.InsecureInterop)
            ? new KeyreeveException(KeyreeveError.RefusedByMode, $"A tag of {sizeInBytes} bytes is refused in a strict key group; it has at least {ShortestTagInBytes}.")
            : BadTagSize("GCM", sizeInBytes);
    }

    // spec: NIST SP 800-38D §5.2.1.2 "t … may be any one of the following five values: 128, 120, 112, 104, or 96. For certain
    // applications, t may be 64 or 32".
    private static bool IsTagSize(int sizeInBytes, GroupMode mode) =>
        sizeInBytes is >= ShortestTagInBytes and <= FullTagInBytes || (mode == GroupMode.InsecureInterop && sizeInBytes is 4 or 8);
}

/// <summary>AES-CCM. NIST SP 800-38C.</summary>
internal sealed class AesCcmCipher : Cipher
{
    private const int FullTagInBytes = 16;

    /// <inheritdoc/>
    public override bool BreaksWhenIvRepeats => true;

    /// <inheritdoc/>
    public override int IvSizeInBytes(in CipherChoice choice) => choice.IvSizeInBytes == 0 ? AesCcmMode.MaxNonceSizeInBytes : choice.IvSizeInBytes;

    /// <inheritdoc/>
    public override bool TakesIv(in CipherChoice choice, int sizeInBytes) =>
        sizeInBytes is >= AesCcmMode.MinNonceSizeInBytes and <= AesCcmMode.MaxNonceSizeInBytes;

    /// <inheritdoc/>
    public override EncryptedData Encrypt(in UsableKey key, in CipherInput input)
    {
        var size = TagSizeOf(input.Choice);
        if (!IsTagSize(size)) throw BadTagSize("CCM", size);
        if (!Fits(input)) throw new KeyreeveException(KeyreeveError.InvalidField, "The data is too long for CCM with a nonce of this length.");
        var data = new byte[input.Data.Length];
        var tag = new byte[size];
        AesCcmMode.Encrypt(key.Material, input.Iv, input.Data, data, tag, input.AdditionalData);
        return new EncryptedData(data, tag);
    }

    /// <inheritdoc/>
    public override byte[]? TryDecrypt(in UsableKey key, in CipherInput input)
    {
        if (input.Tag.Length != TagSizeOf(input.Choice) || !IsTagSize(input.Tag.Length) || !Fits(input)) return null;
        var data = new byte[input.Data.Length];
        return AesCcmMode.TryDecrypt(key.Material, input.Iv, input.Data, input.Tag, data, input.AdditionalData) ? data : null;
    }

    private static int TagSizeOf(in CipherChoice choice) => choice.TagSizeInBytes == 0 ? FullTagInBytes : choice.TagSizeInBytes;

    private static bool IsTagSize(int sizeInBytes) => sizeInBytes is >= 4 and <= FullTagInBytes && sizeInBytes % 2 == 0;

    // spec: NIST SP 800-38C §A.1: the length of the message is written in 15 − n bytes.
    private static bool Fits(in CipherInput input) => 15 - input.Iv.Length >= 4 || input.Data.Length < 1 << (8 * (15 - input.Iv.Length));
}
