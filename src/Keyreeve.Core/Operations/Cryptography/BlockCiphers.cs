using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>AES-CBC. NIST SP 800-38A.</summary>
internal sealed class AesCbcCipher : Cipher
{
    /// <inheritdoc/>
    public override int IvSizeInBytes(in CipherChoice choice) => AesCbcMode.IvSizeInBytes;

    /// <inheritdoc/>
    public override EncryptedData Encrypt(in UsableKey key, in CipherInput input)
    {
        if (input.Choice.IsFilledHere)
            return new EncryptedData(AesCbcMode.Encrypt(key.Material, input.Iv, BlockFilling.Fill(input, AesCbcMode.IvSizeInBytes), BlockPadding.None));
        var padding = input.Choice.BlockPadding;
        if (padding == BlockPadding.None && input.Data.Length % AesCbcMode.IvSizeInBytes != 0) throw NotWholeBlocks();
        return new EncryptedData(AesCbcMode.Encrypt(key.Material, input.Iv, input.Data, padding));
    }

    /// <inheritdoc/>
    public override byte[]? TryDecrypt(in UsableKey key, in CipherInput input)
    {
        if (!AesCbcMode.TryDecrypt(key.Material, input.Iv, input.Data, input.Choice.BlockPadding, out var plaintext)) return null;
        return input.Choice.IsFilledHere ? BlockFilling.TryStrip(input, plaintext, AesCbcMode.IvSizeInBytes) : plaintext;
    }

    /// <inheritdoc/>
    public override CipherStream StartEncryption(in UsableKey key, StreamOpening opening) => opening.Choice.IsFilledHere
        ? base.StartEncryption(key, opening)
        : new PiecewiseCipherStream(AesCbcMode.StartEncryption(key.Material, opening.Iv, opening.Choice.BlockPadding));

    /// <inheritdoc/>
    public override CipherStream StartDecryption(in UsableKey key, StreamOpening opening) => opening.Choice.IsFilledHere
        ? base.StartDecryption(key, opening)
        : new PiecewiseCipherStream(AesCbcMode.StartDecryption(key.Material, opening.Iv, opening.Choice.BlockPadding));
}

/// <summary>AES-XTS; the IV is the number of the data unit. NIST SP 800-38E.</summary>
internal sealed class AesXtsCipher : Cipher
{
    /// <inheritdoc/>
    public override int IvSizeInBytes(in CipherChoice choice) => AesXtsMode.TweakSizeInBytes;

    /// <inheritdoc/>
    public override EncryptedData Encrypt(in UsableKey key, in CipherInput input)
    {
        Check(key);
        return IsDataUnit(input.Data)
            ? new EncryptedData(AesXtsMode.Encrypt(key.Material, input.Iv, input.Data))
            : throw new KeyreeveException(KeyreeveError.InvalidField, "XTS takes data units of 16 bytes to 16 MiB.");
    }

    /// <inheritdoc/>
    public override byte[]? TryDecrypt(in UsableKey key, in CipherInput input)
    {
        Check(key);
        return IsDataUnit(input.Data) ? AesXtsMode.Decrypt(key.Material, input.Iv, input.Data) : null;
    }

    // A key of two halves: 256 bits make XTS-AES-128, 512 bits XTS-AES-256.
    private static void Check(in UsableKey key)
    {
        if (key.Material.LengthInBytes is not (32 or 64)) throw CipherChoice.NotSupported("XTS takes a key of 256 or 512 bits");
    }

    private static bool IsDataUnit(ReadOnlySpan<byte> data) =>
        data.Length is >= AesXtsMode.MinDataUnitSizeInBytes and <= AesXtsMode.MaxDataUnitSizeInBytes;
}

/// <summary>AES-ECB: equal blocks stay visibly equal.</summary>
internal sealed class AesEcbCipher : Cipher
{
    private const int BlockSizeInBytes = 16;

    /// <inheritdoc/>
    public override bool IsWeak => true;

    /// <inheritdoc/>
    public override EncryptedData Encrypt(in UsableKey key, in CipherInput input)
    {
        if (input.Choice.IsFilledHere)
            return new EncryptedData(InsecureAesEcb.Encrypt(key.Material, BlockFilling.Fill(input, BlockSizeInBytes), BlockPadding.None));
        var padding = input.Choice.BlockPadding;
        if (padding == BlockPadding.None && input.Data.Length % BlockSizeInBytes != 0) throw NotWholeBlocks();
        return new EncryptedData(InsecureAesEcb.Encrypt(key.Material, input.Data, padding));
    }

    /// <inheritdoc/>
    public override byte[]? TryDecrypt(in UsableKey key, in CipherInput input)
    {
        if (!InsecureAesEcb.TryDecrypt(key.Material, input.Data, input.Choice.BlockPadding, out var plaintext)) return null;
        return input.Choice.IsFilledHere ? BlockFilling.TryStrip(input, plaintext, BlockSizeInBytes) : plaintext;
    }

    /// <inheritdoc/>
    public override CipherStream StartEncryption(in UsableKey key, StreamOpening opening) => opening.Choice.IsFilledHere
        ? base.StartEncryption(key, opening)
        : new PiecewiseCipherStream(InsecureAesEcb.StartEncryption(key.Material, opening.Choice.BlockPadding));

    /// <inheritdoc/>
    public override CipherStream StartDecryption(in UsableKey key, StreamOpening opening) => opening.Choice.IsFilledHere
        ? base.StartDecryption(key, opening)
        : new PiecewiseCipherStream(InsecureAesEcb.StartDecryption(key.Material, opening.Choice.BlockPadding));
}

/// <summary>AES-CFB and AES-OFB.</summary>
internal sealed class AesFeedbackCipher(FeedbackMode mode) : Cipher
{
    /// <inheritdoc/>
    public override bool BreaksWhenIvRepeats => true;

    /// <inheritdoc/>
    public override bool IsWeak => true;

    /// <inheritdoc/>
    public override int IvSizeInBytes(in CipherChoice choice) => InsecureAesFeedbackMode.IvSizeInBytes;

    /// <inheritdoc/>
    public override EncryptedData Encrypt(in UsableKey key, in CipherInput input) =>
        new(InsecureAesFeedbackMode.Encrypt(mode, key.Material, input.Iv, input.Data));

    /// <inheritdoc/>
    public override byte[]? TryDecrypt(in UsableKey key, in CipherInput input) =>
        InsecureAesFeedbackMode.Decrypt(mode, key.Material, input.Iv, input.Data);

    /// <inheritdoc/>
    public override CipherStream StartEncryption(in UsableKey key, StreamOpening opening) =>
        new PiecewiseCipherStream(InsecureAesFeedbackMode.StartEncryption(mode, key.Material, opening.Iv));

    /// <inheritdoc/>
    public override CipherStream StartDecryption(in UsableKey key, StreamOpening opening) =>
        new PiecewiseCipherStream(InsecureAesFeedbackMode.StartDecryption(mode, key.Material, opening.Iv));
}

/// <summary>DES and Triple DES, in interop groups alone: strict ones have no such keys.</summary>
internal sealed class TripleDesCipher(TripleDesMode mode) : Cipher
{
    private bool IsBlockMode => mode is TripleDesMode.Ecb or TripleDesMode.Cbc;

    /// <inheritdoc/>
    public override bool IsWeak => true;

    /// <inheritdoc/>
    public override int IvSizeInBytes(in CipherChoice choice) => mode == TripleDesMode.Ecb ? 0 : InsecureTripleDes.BlockSizeInBytes;

    /// <inheritdoc/>
    public override EncryptedData Encrypt(in UsableKey key, in CipherInput input)
    {
        if (IsFilledHere(input.Choice))
            return new EncryptedData(InsecureTripleDes.Encrypt(mode, KeyOf(key), input.Iv, BlockFilling.Fill(input, InsecureTripleDes.BlockSizeInBytes), BlockPadding.None));
        var padding = PaddingOf(input.Choice);
        if (IsBlockMode && padding == BlockPadding.None && input.Data.Length % InsecureTripleDes.BlockSizeInBytes != 0) throw NotWholeBlocks();
        return new EncryptedData(InsecureTripleDes.Encrypt(mode, KeyOf(key), input.Iv, input.Data, padding));
    }

    /// <inheritdoc/>
    public override byte[]? TryDecrypt(in UsableKey key, in CipherInput input)
    {
        if (!InsecureTripleDes.TryDecrypt(mode, KeyOf(key), input.Iv, input.Data, PaddingOf(input.Choice), out var plaintext)) return null;
        return IsFilledHere(input.Choice) ? BlockFilling.TryStrip(input, plaintext, InsecureTripleDes.BlockSizeInBytes) : plaintext;
    }

    /// <inheritdoc/>
    public override CipherStream StartEncryption(in UsableKey key, StreamOpening opening) => IsFilledHere(opening.Choice)
        ? base.StartEncryption(key, opening)
        : new PiecewiseCipherStream(InsecureTripleDes.StartEncryption(mode, KeyOf(key), opening.Iv, PaddingOf(opening.Choice)));

    /// <inheritdoc/>
    public override CipherStream StartDecryption(in UsableKey key, StreamOpening opening) => IsFilledHere(opening.Choice)
        ? base.StartDecryption(key, opening)
        : new PiecewiseCipherStream(InsecureTripleDes.StartDecryption(mode, KeyOf(key), opening.Iv, PaddingOf(opening.Choice)));

    /// <summary>The key; one of DES stands for both keys of Triple DES.</summary>
    // spec: SP 800-67 Rev. 2 §3.1 "if Key 1 = Key 2 …, TDEA is backward compatible with (single) DEA"
    internal static SecretBytes KeyOf(in UsableKey key) => key.Object.CryptographicAlgorithm == CryptographicAlgorithm.DES
        ? key.Ready(InsecureTripleDes.BlockSizeInBytes, static (material, _) => SecretBytes.Create(2 * material.LengthInBytes, material, static (both, single) =>
        {
            using var lease = single.Reveal();
            lease.Span.CopyTo(both);
            lease.Span.CopyTo(both[lease.Span.Length..]);
        }))
        : key.Material;

    private bool IsFilledHere(in CipherChoice choice) => IsBlockMode && choice.IsFilledHere;

    private BlockPadding PaddingOf(in CipherChoice choice) => IsBlockMode ? choice.BlockPadding : BlockPadding.None;
}

/// <summary>ChaCha20 without a tag; the nonce has 8 bytes as in its first form, or 12 as in RFC 8439.</summary>
internal sealed class ChaCha20Cipher : Cipher
{
    /// <inheritdoc/>
    public override bool BreaksWhenIvRepeats => true;

    /// <inheritdoc/>
    public override bool IsWeak => true;

    /// <inheritdoc/>
    public override int IvSizeInBytes(in CipherChoice choice) => choice.IvSizeInBytes == 0 ? InsecureChaCha20.NonceSizeInBytes : choice.IvSizeInBytes;

    /// <inheritdoc/>
    public override bool TakesIv(in CipherChoice choice, int sizeInBytes) =>
        sizeInBytes is InsecureChaCha20.OriginalNonceSizeInBytes or InsecureChaCha20.NonceSizeInBytes;

    /// <inheritdoc/>
    public override EncryptedData Encrypt(in UsableKey key, in CipherInput input) => new(Transform(key, input));

    /// <inheritdoc/>
    public override byte[]? TryDecrypt(in UsableKey key, in CipherInput input) => Transform(key, input);

    /// <inheritdoc/>
    public override CipherStream StartEncryption(in UsableKey key, StreamOpening opening) =>
        new PiecewiseCipherStream(InsecureChaCha20.Start(key.Material, opening.Iv, CounterOf(opening.Choice)));

    /// <inheritdoc/>
    public override CipherStream StartDecryption(in UsableKey key, StreamOpening opening) => StartEncryption(key, opening);

    private static byte[] Transform(in UsableKey key, in CipherInput input) =>
        InsecureChaCha20.Transform(key.Material, input.Iv, CounterOf(input.Choice), input.Data);

    private static uint CounterOf(in CipherChoice choice) => unchecked((uint)(choice.InitialCounter ?? 0));
}
