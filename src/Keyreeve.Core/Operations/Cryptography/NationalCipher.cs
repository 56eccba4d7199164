using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>Camellia, ARIA and SM4 in one of the modes without authentication.</summary>
internal sealed class NationalCipher(UnauthenticatedMode mode) : Cipher
{
    private const int Block = NationalBlockCipherMode.BlockSizeInBytes;

    private bool IsBlockMode => mode is UnauthenticatedMode.Cbc or UnauthenticatedMode.InsecureEcb;

    /// <inheritdoc/>
    public override bool BreaksWhenIvRepeats => mode is UnauthenticatedMode.Ctr or UnauthenticatedMode.InsecureCfb or UnauthenticatedMode.InsecureOfb;

    /// <inheritdoc/>
    public override bool IsWeak => mode is UnauthenticatedMode.InsecureEcb or UnauthenticatedMode.InsecureCfb or UnauthenticatedMode.InsecureOfb;

    /// <inheritdoc/>
    public override bool NeedsKeyOfItsOwn => mode == UnauthenticatedMode.Ctr;

    /// <inheritdoc/>
    public override int IvSizeInBytes(in CipherChoice choice) => mode == UnauthenticatedMode.InsecureEcb ? 0 : Block;

    /// <inheritdoc/>
    public override EncryptedData Encrypt(in UsableKey key, in CipherInput input)
    {
        var data = IsFilledHere(input.Choice) ? BlockFilling.Fill(input, Block) : input.Data;
        var cipher = NationalBlockCipherMode.StartEncryption(CipherOf(input.Choice), mode, key.Material, input.Iv, PaddingOf(input.Choice));
        return NationalBlockCipherMode.TryRun(cipher, data, out var output) ? new EncryptedData(output) : throw NotWholeBlocks();
    }

    /// <inheritdoc/>
    public override byte[]? TryDecrypt(in UsableKey key, in CipherInput input)
    {
        var cipher = NationalBlockCipherMode.StartDecryption(CipherOf(input.Choice), mode, key.Material, input.Iv, PaddingOf(input.Choice));
        if (!NationalBlockCipherMode.TryRun(cipher, input.Data, out var output)) return null;
        return IsFilledHere(input.Choice) ? BlockFilling.TryStrip(input, output, Block) : output;
    }

    /// <inheritdoc/>
    public override CipherStream StartEncryption(in UsableKey key, StreamOpening opening) => IsFilledHere(opening.Choice)
        ? base.StartEncryption(key, opening)
        : new PiecewiseCipherStream(NationalBlockCipherMode.StartEncryption(CipherOf(opening.Choice), mode, key.Material, opening.Iv, PaddingOf(opening.Choice)));

    /// <inheritdoc/>
    public override CipherStream StartDecryption(in UsableKey key, StreamOpening opening) => IsFilledHere(opening.Choice)
        ? base.StartDecryption(key, opening)
        : new PiecewiseCipherStream(NationalBlockCipherMode.StartDecryption(CipherOf(opening.Choice), mode, key.Material, opening.Iv, PaddingOf(opening.Choice)));

    /// <summary>The block cipher by the standard's name.</summary>
    internal static NationalBlockCipher CipherOf(in CipherChoice choice) => choice.Algorithm switch
    {
        CryptographicAlgorithm.Camellia => NationalBlockCipher.Camellia,
        CryptographicAlgorithm.ARIA => NationalBlockCipher.Aria,
        _ => NationalBlockCipher.Sm4,
    };

    private bool IsFilledHere(in CipherChoice choice) => IsBlockMode && choice.IsFilledHere;

    private BlockPadding PaddingOf(in CipherChoice choice) => IsBlockMode ? choice.BlockPadding : BlockPadding.None;
}
