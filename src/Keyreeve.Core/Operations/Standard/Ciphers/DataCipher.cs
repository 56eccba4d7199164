using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;

namespace Keyreeve.Core.Operations.Standard.Ciphers;

/// <summary>Encrypts and decrypts data under a managed object, whatever its algorithm.</summary>
internal static class DataCipher
{
    /// <summary>What an encryption gives.</summary>
    /// <param name="Data">The ciphertext.</param>
    /// <param name="Iv">The IV that the server chose, or null.</param>
    /// <param name="Tag">The tag of an authenticated mode, or null.</param>
    public readonly record struct Encrypted(byte[] Data, byte[]? Iv, byte[]? Tag);

    /// <summary>Encrypts.</summary>
    public static Encrypted Encrypt(in UsableKey key, CipherChoice choice, EncryptRequest request) => choice.Algorithm switch
    {
        CryptographicAlgorithm.RSA => new(RsaCipher.Encrypt(key, choice, request.Data.Span), null, null),
        _ when AeadCipher.AlgorithmOf(choice, key.Material) is { } aead => AeadCipher.Encrypt(key, aead, choice, request),
        CryptographicAlgorithm.AES => AesCipher.Encrypt(key.Material, choice, request),
        CryptographicAlgorithm.TripleDES => TripleDesCipher.Encrypt(key.Material, choice, request),
        _ => throw CipherChoice.NotSupported($"Encryption with {choice.Algorithm} is not offered"),
    };

    /// <summary>Decrypts. Null whatever was wrong with the ciphertext: failures are not told apart.</summary>
    public static byte[]? Decrypt(in UsableKey key, CipherChoice choice, DecryptRequest request) => choice.Algorithm switch
    {
        CryptographicAlgorithm.RSA => RsaCipher.Decrypt(key, choice, request.Data.Span),
        _ when AeadCipher.AlgorithmOf(choice, key.Material) is { } aead => AeadCipher.Decrypt(key, aead, choice, request),
        CryptographicAlgorithm.AES => AesCipher.Decrypt(key.Material, choice, request),
        CryptographicAlgorithm.TripleDES => TripleDesCipher.Decrypt(key.Material, choice, request),
        _ => throw CipherChoice.NotSupported($"Decryption with {choice.Algorithm} is not offered"),
    };

    /// <summary>The IV to encrypt with: the caller's, or a random one.</summary>
    /// <param name="stated">The caller's, if it chose one.</param>
    /// <param name="sizeInBytes">How long it has to be.</param>
    /// <param name="chosen">The random one, to be told to the caller; null if it chose itself.</param>
    public static ReadOnlySpan<byte> IvFor(ReadOnlyMemory<byte>? stated, int sizeInBytes, out byte[]? chosen)
    {
        chosen = null;
        if (stated is { } own)
        {
            return own.Length == sizeInBytes
                ? own.Span
                : throw new KeyreeveException(KeyreeveError.InvalidField, $"The IV has {own.Length} bytes; it takes {sizeInBytes}.");
        }

        chosen = new byte[sizeInBytes];
        Crypto.CryptoRandom.Fill(chosen);
        return chosen;
    }

    /// <summary>The IV to decrypt with.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidMessage"/>: there is none.</exception>
    public static ReadOnlySpan<byte> IvOf(DecryptRequest request) => request.IVCounterNonce is { } iv
        ? iv.Span
        : throw new KeyreeveException(KeyreeveError.InvalidMessage, "IV/Counter/Nonce is missing: send what the encryption returned.");
}
