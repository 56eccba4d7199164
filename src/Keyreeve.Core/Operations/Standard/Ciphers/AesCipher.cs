using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard.Ciphers;

/// <summary>The modes of AES that protocols demand beside GCM. They encrypt; only CCM authenticates.</summary>
internal static class AesCipher
{
    private const int BlockSizeInBytes = 16;
    private const int CcmNonceSizeInBytes = 12;

    /// <summary>Encrypts.</summary>
    public static DataCipher.Encrypted Encrypt(SecretBytes key, CipherChoice choice, EncryptRequest request)
    {
        var data = request.Data.Span;
        byte[]? chosen = null;
        switch (choice.Mode)
        {
            case BlockCipherMode.CBC:
                return new(AesCbcMode.Encrypt(key, Iv(out chosen), Whole(data, choice), PaddingOf(choice)), chosen, null);
            case BlockCipherMode.CTR:
                // A repeated counter gives the plaintext away as a repeated GCM nonce does.
                if (request.IVCounterNonce is not null) choice.RequireInterop("A caller-chosen counter for CTR");
                return new(AesCtrMode.Transform(key, Iv(out chosen), data), chosen, null);
            case BlockCipherMode.CCM:
                return EncryptCcm(key, choice, request);
            case BlockCipherMode.XTS:
                if (data.Length < AesXtsMode.MinDataUnitSizeInBytes) throw new KeyreeveException(KeyreeveError.InvalidField, "XTS takes 16 bytes or more.");
                return new(AesXtsMode.Encrypt(key, Iv(out chosen), data), chosen, null);
            case BlockCipherMode.ECB:
                choice.RequireInterop("ECB");
                return new(InsecureAesEcb.Encrypt(key, Whole(data, choice), PaddingOf(choice)), null, null);
            case BlockCipherMode.CFB or BlockCipherMode.OFB:
                choice.RequireInterop(choice.Mode.ToString());
                return new(InsecureAesFeedbackMode.Encrypt(FeedbackOf(choice), key, Iv(out chosen), data), chosen, null);
            default:
                throw CipherChoice.NotSupported($"Encryption with AES in mode {choice.Mode} is not offered");
        }

        ReadOnlySpan<byte> Iv(out byte[]? random) => DataCipher.IvFor(request.IVCounterNonce, BlockSizeInBytes, out random);
    }

    /// <summary>Decrypts; null if anything is wrong.</summary>
    public static byte[]? Decrypt(SecretBytes key, CipherChoice choice, DecryptRequest request)
    {
        var data = request.Data.Span;
        if (choice.Mode == BlockCipherMode.ECB) return InsecureAesEcb.TryDecrypt(key, data, PaddingOf(choice), out var clear) ? clear : null;
        var iv = DataCipher.IvOf(request);
        if (choice.Mode == BlockCipherMode.CCM) return DecryptCcm(key, iv, request);
        if (iv.Length != BlockSizeInBytes) return null;
        return choice.Mode switch
        {
            BlockCipherMode.CBC => AesCbcMode.TryDecrypt(key, iv, data, PaddingOf(choice), out var plaintext) ? plaintext : null,
            BlockCipherMode.CTR => AesCtrMode.Transform(key, iv, data),
            BlockCipherMode.XTS => data.Length < AesXtsMode.MinDataUnitSizeInBytes ? null : AesXtsMode.Decrypt(key, iv, data),
            BlockCipherMode.CFB or BlockCipherMode.OFB => InsecureAesFeedbackMode.Decrypt(FeedbackOf(choice), key, iv, data),
            _ => throw CipherChoice.NotSupported($"Decryption with AES in mode {choice.Mode} is not offered"),
        };
    }

    private static DataCipher.Encrypted EncryptCcm(SecretBytes key, CipherChoice choice, EncryptRequest request)
    {
        if (request.IVCounterNonce is not null) choice.RequireInterop("A caller-chosen nonce for CCM");
        if (choice.TagSizeInBytes is < 4 or > 16 || choice.TagSizeInBytes % 2 != 0)
            throw CipherChoice.NotSupported($"CCM has tags of 4 to 16 bytes, an even number, not {choice.TagSizeInBytes}");
        var size = request.IVCounterNonce?.Length ?? choice.IvSizeInBytes ?? CcmNonceSizeInBytes;
        if (size is < AesCcmMode.MinNonceSizeInBytes or > AesCcmMode.MaxNonceSizeInBytes)
            throw new KeyreeveException(KeyreeveError.InvalidField, "A CCM nonce has 7 to 13 bytes.");
        var nonce = DataCipher.IvFor(request.IVCounterNonce, size, out var chosen);
        var ciphertext = new byte[request.Data.Length];
        var tag = new byte[choice.TagSizeInBytes];
        AesCcmMode.Encrypt(key, nonce, request.Data.Span, ciphertext, tag, request.AuthenticatedEncryptionAdditionalData.Span);
        return new(ciphertext, chosen, tag);
    }

    private static byte[]? DecryptCcm(SecretBytes key, ReadOnlySpan<byte> nonce, DecryptRequest request)
    {
        var tag = request.AuthenticatedEncryptionTag.GetValueOrDefault().Span;
        if (nonce.Length is < AesCcmMode.MinNonceSizeInBytes or > AesCcmMode.MaxNonceSizeInBytes || tag.Length is < 4 or > 16 || tag.Length % 2 != 0) return null;
        var plaintext = new byte[request.Data.Length];
        return AesCcmMode.TryDecrypt(key, nonce, request.Data.Span, tag, plaintext, request.AuthenticatedEncryptionAdditionalData.Span) ? plaintext : null;
    }

    private static ReadOnlySpan<byte> Whole(ReadOnlySpan<byte> data, CipherChoice choice) =>
        PaddingOf(choice) == BlockPadding.Pkcs7 || data.Length % BlockSizeInBytes == 0
            ? data
            : throw new KeyreeveException(KeyreeveError.InvalidField, "Without padding the data is a multiple of 16 bytes; ask for Padding Method PKCS5.");

    private static BlockPadding PaddingOf(CipherChoice choice) => choice.Padding switch
    {
        PaddingMethod.NotSet or PaddingMethod.None => BlockPadding.None,
        PaddingMethod.PKCS5 => BlockPadding.Pkcs7,
        _ => throw CipherChoice.NotSupported($"Padding {choice.Padding} is not offered"),
    };

    private static FeedbackMode FeedbackOf(CipherChoice choice) => choice.Mode == BlockCipherMode.OFB ? FeedbackMode.Ofb : FeedbackMode.Cfb;
}
