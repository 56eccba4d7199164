using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard.Ciphers;

/// <summary>GCM and ChaCha20-Poly1305. In strict groups the server chooses the nonce: one repeated by a caller breaks GCM.</summary>
internal static class AeadCipher
{
    private const int ShortestTagInBytes = 12;
    private const int ShortestInteropTagInBytes = 4;
    private const int LongestTagInBytes = 16;

    /// <summary>The algorithm, if the choice is one of these.</summary>
    public static AeadAlgorithm? AlgorithmOf(CipherChoice choice, SecretBytes key) => choice.Algorithm switch
    {
        CryptographicAlgorithm.ChaCha20Poly1305 => AeadAlgorithm.ChaCha20Poly1305,
        CryptographicAlgorithm.AES when choice.Mode is BlockCipherMode.NotSet or BlockCipherMode.GCM or BlockCipherMode.AEAD => key.LengthInBytes switch
        {
            16 => AeadAlgorithm.Aes128Gcm,
            24 => AeadAlgorithm.Aes192Gcm,
            _ => AeadAlgorithm.Aes256Gcm,
        },
        _ => null,
    };

    /// <summary>Encrypts.</summary>
    public static DataCipher.Encrypted Encrypt(in UsableKey key, AeadAlgorithm algorithm, CipherChoice choice, EncryptRequest request)
    {
        if (request.IVCounterNonce is not null) choice.RequireInterop($"A caller-chosen nonce for {algorithm}");
        var shortest = choice.GroupMode == GroupMode.InsecureInterop ? ShortestInteropTagInBytes : ShortestTagInBytes;
        if (choice.TagSizeInBytes < shortest || choice.TagSizeInBytes > LongestTagInBytes)
            throw CipherChoice.NotSupported($"Tags have {shortest} to {LongestTagInBytes} bytes, not {choice.TagSizeInBytes}");

        byte[]? chosen = null;
        var nonce = request.IVCounterNonce is { Length: > 0 } own && IsGcm(algorithm)
            ? own.Span
            : DataCipher.IvFor(request.IVCounterNonce, algorithm.NonceSizeInBytes, out chosen);
        var ciphertext = new byte[request.Data.Length];
        var tag = new byte[choice.TagSizeInBytes];
        KeyOf(key, algorithm, choice.GroupMode).Encrypt(nonce, request.Data.Span, request.AuthenticatedEncryptionAdditionalData.Span, ciphertext, tag);
        return new(ciphertext, chosen, tag);
    }

    /// <summary>Decrypts; null if anything is wrong.</summary>
    public static byte[]? Decrypt(in UsableKey key, AeadAlgorithm algorithm, CipherChoice choice, DecryptRequest request)
    {
        var nonce = DataCipher.IvOf(request);
        var tag = request.AuthenticatedEncryptionTag.GetValueOrDefault().Span;
        var plaintext = new byte[request.Data.Length];
        return KeyOf(key, algorithm, choice.GroupMode).TryDecrypt(nonce, request.Data.Span, tag, request.AuthenticatedEncryptionAdditionalData.Span, plaintext) ? plaintext : null;
    }

    private static AeadKey KeyOf(in UsableKey key, AeadAlgorithm algorithm, GroupMode mode) =>
        mode == GroupMode.InsecureInterop && IsGcm(algorithm)
            ? key.Ready(-(int)algorithm, static (material, variant) => AeadKey.CreateInsecureInterop((AeadAlgorithm)(-variant), material))
            : key.Aead(algorithm);

    private static bool IsGcm(AeadAlgorithm algorithm) => algorithm is AeadAlgorithm.Aes128Gcm or AeadAlgorithm.Aes192Gcm or AeadAlgorithm.Aes256Gcm;
}
