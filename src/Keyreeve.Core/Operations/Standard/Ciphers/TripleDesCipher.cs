using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard.Ciphers;

/// <summary>3DES, for old data in interop groups alone.</summary>
internal static class TripleDesCipher
{
    /// <summary>Encrypts.</summary>
    public static DataCipher.Encrypted Encrypt(SecretBytes key, CipherChoice choice, EncryptRequest request)
    {
        choice.RequireInterop("3DES");
        byte[]? chosen = null;
        var iv = choice.Mode == BlockCipherMode.ECB ? [] : DataCipher.IvFor(request.IVCounterNonce, InsecureTripleDes.BlockSizeInBytes, out chosen);
        if (PaddingOf(choice) == BlockPadding.None && request.Data.Length % InsecureTripleDes.BlockSizeInBytes != 0)
            throw new KeyreeveException(KeyreeveError.InvalidField, "Without padding the data is a multiple of 8 bytes; ask for Padding Method PKCS5.");
        return new(InsecureTripleDes.Encrypt(ModeOf(choice), key, iv, request.Data.Span, PaddingOf(choice)), chosen, null);
    }

    /// <summary>Decrypts; null if anything is wrong.</summary>
    public static byte[]? Decrypt(SecretBytes key, CipherChoice choice, DecryptRequest request)
    {
        choice.RequireInterop("3DES");
        var iv = choice.Mode == BlockCipherMode.ECB ? [] : DataCipher.IvOf(request);
        if (choice.Mode != BlockCipherMode.ECB && iv.Length != InsecureTripleDes.BlockSizeInBytes) return null;
        return InsecureTripleDes.TryDecrypt(ModeOf(choice), key, iv, request.Data.Span, PaddingOf(choice), out var plaintext) ? plaintext : null;
    }

    private static TripleDesMode ModeOf(CipherChoice choice) => choice.Mode switch
    {
        BlockCipherMode.CBC => TripleDesMode.Cbc,
        BlockCipherMode.ECB => TripleDesMode.Ecb,
        _ => throw CipherChoice.NotSupported($"3DES in mode {choice.Mode} is not offered"),
    };

    private static BlockPadding PaddingOf(CipherChoice choice) => choice.Padding == PaddingMethod.PKCS5 ? BlockPadding.Pkcs7 : BlockPadding.None;
}
