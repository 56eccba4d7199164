using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>PCBC over every block cipher that is offered, in interop groups alone.</summary>
internal sealed class PcbcCipher : Cipher
{
    private const int LongBlockInBytes = 16;

    /// <inheritdoc/>
    public override bool IsWeak => true;

    /// <inheritdoc/>
    public override int IvSizeInBytes(in CipherChoice choice) => BlockOf(choice);

    /// <inheritdoc/>
    public override EncryptedData Encrypt(in UsableKey key, in CipherInput input)
    {
        var data = IsFilled(input.Choice) ? BlockFilling.Fill(input, BlockOf(input.Choice)) : input.Data;
        return data.Length % BlockOf(input.Choice) == 0
            ? new EncryptedData(InsecurePcbc.Encrypt(Blocks(key, input.Choice, isEncryption: true), input.Iv, data))
            : throw NotWholeBlocks();
    }

    /// <inheritdoc/>
    public override byte[]? TryDecrypt(in UsableKey key, in CipherInput input)
    {
        var isFilled = IsFilled(input.Choice);
        if (input.Data.Length % BlockOf(input.Choice) != 0) return null;
        var plaintext = InsecurePcbc.Decrypt(Blocks(key, input.Choice, isEncryption: false), input.Iv, input.Data);
        return isFilled ? BlockFilling.TryStrip(input, plaintext, BlockOf(input.Choice)) : plaintext;
    }

    private static bool IsFilled(in CipherChoice choice) => choice.IsFilledHere || choice.BlockPadding != BlockPadding.None;

    private static int BlockOf(in CipherChoice choice) =>
        choice.Algorithm is CryptographicAlgorithm.TripleDES or CryptographicAlgorithm.DES ? InsecureTripleDes.BlockSizeInBytes : LongBlockInBytes;

    // Block by block, so in a mode without a chain and without padding.
    private static StreamingCipher Blocks(in UsableKey key, in CipherChoice choice, bool isEncryption)
    {
        const BlockPadding none = BlockPadding.None;
        switch (choice.Algorithm)
        {
            case CryptographicAlgorithm.AES:
                return isEncryption ? InsecureAesEcb.StartEncryption(key.Material, none) : InsecureAesEcb.StartDecryption(key.Material, none);
            case CryptographicAlgorithm.TripleDES or CryptographicAlgorithm.DES:
                var keys = TripleDesCipher.KeyOf(key);
                return isEncryption
                    ? InsecureTripleDes.StartEncryption(TripleDesMode.Ecb, keys, default, none)
                    : InsecureTripleDes.StartDecryption(TripleDesMode.Ecb, keys, default, none);
            default:
                var cipher = NationalCipher.CipherOf(choice);
                return isEncryption
                    ? NationalBlockCipherMode.StartEncryption(cipher, UnauthenticatedMode.InsecureEcb, key.Material, default, none)
                    : NationalBlockCipherMode.StartDecryption(cipher, UnauthenticatedMode.InsecureEcb, key.Material, default, none);
        }
    }
}
