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
        var padding = input.Choice.BlockPadding;
        if (padding == BlockPadding.None && input.Data.Length % AesCbcMode.IvSizeInBytes != 0) throw NotWholeBlocks();
        return new EncryptedData(AesCbcMode.Encrypt(key.Material, input.Iv, input.Data, padding));
    }

    /// <inheritdoc/>
    public override byte[]? TryDecrypt(in UsableKey key, in CipherInput input) =>
        AesCbcMode.TryDecrypt(key.Material, input.Iv, input.Data, input.Choice.BlockPadding, out var plaintext) ? plaintext : null;
}

/// <summary>AES-CTR. NIST SP 800-38A; RFC 3686 for a shorter IV, which the counter follows.</summary>
internal sealed class AesCtrCipher : Cipher
{
    private const int ShortestIvInBytes = 8;

    /// <inheritdoc/>
    public override bool BreaksWhenIvRepeats => true;

    /// <inheritdoc/>
    public override int IvSizeInBytes(in CipherChoice choice) => choice.IvSizeInBytes == 0 ? AesCtrMode.CounterBlockSizeInBytes : choice.IvSizeInBytes;

    /// <inheritdoc/>
    public override bool TakesIv(in CipherChoice choice, int sizeInBytes) =>
        sizeInBytes is >= ShortestIvInBytes and <= AesCtrMode.CounterBlockSizeInBytes;

    /// <inheritdoc/>
    public override EncryptedData Encrypt(in UsableKey key, in CipherInput input) => new(Transform(key, input));

    /// <inheritdoc/>
    public override byte[]? TryDecrypt(in UsableKey key, in CipherInput input) => Transform(key, input);

    // IV ‖ counter, big-endian, filling the block
    private static byte[] Transform(in UsableKey key, in CipherInput input)
    {
        Span<byte> block = stackalloc byte[AesCtrMode.CounterBlockSizeInBytes];
        block.Clear();
        input.Iv.CopyTo(block);
        var counter = unchecked((uint)(input.Choice.InitialCounter ?? 0));
        for (var i = block.Length - 1; i >= input.Iv.Length && counter != 0; i--, counter >>= 8) block[i] = (byte)(counter & 0xFF);
        return AesCtrMode.Transform(key.Material, block, input.Data);
    }
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
        var padding = input.Choice.BlockPadding;
        if (padding == BlockPadding.None && input.Data.Length % BlockSizeInBytes != 0) throw NotWholeBlocks();
        return new EncryptedData(InsecureAesEcb.Encrypt(key.Material, input.Data, padding));
    }

    /// <inheritdoc/>
    public override byte[]? TryDecrypt(in UsableKey key, in CipherInput input) =>
        InsecureAesEcb.TryDecrypt(key.Material, input.Data, input.Choice.BlockPadding, out var plaintext) ? plaintext : null;
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
}

/// <summary>Triple DES, in interop groups alone: strict ones have no such keys.</summary>
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
        var padding = PaddingOf(input.Choice);
        if (IsBlockMode && padding == BlockPadding.None && input.Data.Length % InsecureTripleDes.BlockSizeInBytes != 0) throw NotWholeBlocks();
        return new EncryptedData(InsecureTripleDes.Encrypt(mode, key.Material, input.Iv, input.Data, padding));
    }

    /// <inheritdoc/>
    public override byte[]? TryDecrypt(in UsableKey key, in CipherInput input) =>
        InsecureTripleDes.TryDecrypt(mode, key.Material, input.Iv, input.Data, PaddingOf(input.Choice), out var plaintext) ? plaintext : null;

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

    private static byte[] Transform(in UsableKey key, in CipherInput input) =>
        InsecureChaCha20.Transform(key.Material, input.Iv, unchecked((uint)(input.Choice.InitialCounter ?? 0)), input.Data);
}
