using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>The key wrap modes of AES over data that the client gives: RFC 3394, and RFC 5649 with padding.</summary>
internal sealed class AesKeyWrapCipher(bool withPadding) : Cipher
{
    /// <summary>What wraps keys must not give their clear bytes to whoever may decrypt.</summary>
    public override bool NeedsKeyOfItsOwn => true;

    /// <inheritdoc/>
    public override EncryptedData Encrypt(in UsableKey key, in CipherInput input)
    {
        var longest = withPadding ? AesKeyWrapWithPadding.MaxKeySizeInBytes : AesKeyWrap.MaxKeySizeInBytes;
        var suits = withPadding ? input.Data.Length >= 1 : input.Data.Length % 8 == 0 && input.Data.Length >= AesKeyWrap.MinKeySizeInBytes;
        if (!suits || input.Data.Length > longest)
            throw new KeyreeveException(KeyreeveError.InvalidField, withPadding ? $"AES Key Wrap Padding takes 1 to {longest} bytes." : $"NIST Key Wrap takes a multiple of 8 bytes, 16 to {longest}.");
        using var data = SecretBytes.CopyFrom(input.Data);
        return new EncryptedData(withPadding ? AesKeyWrapWithPadding.Wrap(key.Material, data) : AesKeyWrap.Wrap(key.Material, data));
    }

    /// <inheritdoc/>
    public override byte[]? TryDecrypt(in UsableKey key, in CipherInput input)
    {
        var opened = withPadding
            ? AesKeyWrapWithPadding.TryUnwrap(key.Material, input.Data, out var data)
            : AesKeyWrap.TryUnwrap(key.Material, input.Data, out data);
        using (data) return opened ? RsaKeys.CopyOf(data!) : null;
    }
}

/// <summary>
/// A one-time pad, as KMIP clients use it: each message against the pad's beginning. In interop groups alone, since a pad that
/// is used twice is none: two messages give each other away.
/// </summary>
internal sealed class OneTimePadCipher : Cipher
{
    /// <inheritdoc/>
    public override bool IsWeak => true;

    /// <inheritdoc/>
    public override EncryptedData Encrypt(in UsableKey key, in CipherInput input) => input.Data.Length <= key.Material.LengthInBytes
        ? new EncryptedData(Combine(key, input.Data))
        : throw new KeyreeveException(KeyreeveError.InvalidField, $"The pad has {key.Material.LengthInBytes} bytes, and the message is longer.");

    /// <inheritdoc/>
    public override byte[]? TryDecrypt(in UsableKey key, in CipherInput input) =>
        input.Data.Length <= key.Material.LengthInBytes ? Combine(key, input.Data) : null;

    private static byte[] Combine(in UsableKey key, ReadOnlySpan<byte> data)
    {
        using var pad = key.Material.Reveal();
        var result = new byte[data.Length];
        for (var i = 0; i < result.Length; i++) result[i] = (byte)(data[i] ^ pad.Span[i]);
        return result;
    }
}
