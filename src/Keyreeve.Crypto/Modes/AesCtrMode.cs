using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  AES in Counter mode (CTR)
//
//  References
//      NIST SP 800-38A  Recommendation for Block Cipher Modes of Operation, section 6.5
//
//  Sizes
//      Key               16, 24 or 32 bytes
//      Initial counter   16 bytes; all 128 bits count, big-endian, and wrap around
//
//  Not authenticated: a flipped bit of the ciphertext is a flipped bit of the plaintext. A counter block that was used
//  twice under a key gives away both messages.
//

/// <summary>AES-CTR, for protocols that demand it. Does not detect changes. Thread safe.</summary>
internal static class AesCtrMode
{
    /// <summary>Length of the initial counter block, in bytes.</summary>
    public const int CounterBlockSizeInBytes = 16;

    private const string Mode = "CTR";

    /// <summary>Encrypts or decrypts a message: the two are the same.</summary>
    /// <param name="key">An AES key of 16, 24 or 32 bytes.</param>
    /// <param name="initialCounter">The first counter block; no counter block may ever be used twice under a key.</param>
    /// <param name="input">The message.</param>
    /// <exception cref="ArgumentException">A length is not permitted.</exception>
    public static byte[] Transform(SecretBytes key, ReadOnlySpan<byte> initialCounter, ReadOnlySpan<byte> input) =>
        ModeCore.Encrypt(Start(key, initialCounter), input);

    /// <summary>Begins to encrypt or decrypt a message piece by piece.</summary>
    /// <inheritdoc cref="Transform"/>
    public static StreamingCipher Start(SecretBytes key, ReadOnlySpan<byte> initialCounter)
    {
        var name = ModeCore.AesName(key, Mode);
        ModeCore.RequireIv(initialCounter, CounterBlockSizeInBytes);
        return ModeCore.StartStreamMode(name, key, initialCounter, CipherDirection.Encrypt);
    }
}
