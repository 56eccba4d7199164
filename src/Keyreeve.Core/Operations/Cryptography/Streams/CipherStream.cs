using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>A message on its way through a cipher, in parts.</summary>
internal abstract class CipherStream : DataStream
{
    /// <summary>Takes a part that is not the last, and gives what is ready.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.RequestTooLarge"/>.</exception>
    public abstract byte[] Update(ReadOnlySpan<byte> data);

    /// <summary>Takes the last part and gives the rest; null if the message is not what it should be.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.RequestTooLarge"/>.</exception>
    public abstract EncryptedData? TryFinish(in UsableKey key, ReadOnlySpan<byte> data);
}

/// <summary>A cipher that gives what is ready with each part: it keeps less than a block.</summary>
internal sealed class PiecewiseCipherStream(StreamingCipher cipher) : CipherStream
{
    public override byte[] Update(ReadOnlySpan<byte> data)
    {
        var output = new byte[cipher.MaxOutputSizeInBytes(data.Length)];
        var written = cipher.Update(data, output);
        return Cut(output, written);
    }

    public override EncryptedData? TryFinish(in UsableKey key, ReadOnlySpan<byte> data)
    {
        var output = new byte[cipher.MaxOutputSizeInBytes(data.Length) + cipher.BlockSizeInBytes];
        var written = cipher.Update(data, output.AsSpan(0, cipher.MaxOutputSizeInBytes(data.Length)));
        if (cipher.TryFinal(output.AsSpan(written), out var rest)) return new EncryptedData(Cut(output, written + rest));
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(output);
        return null;
    }

    public override void Dispose() => cipher.Dispose();

    private static byte[] Cut(byte[] output, int length)
    {
        if (length == output.Length) return output;
        var cut = output[..length];
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(output);
        return cut;
    }
}

/// <summary>An authenticated encryption that gives ciphertext with each part, and the tag with the last.</summary>
internal sealed class SealingCipherStream(StreamingAead cipher, int tagSizeInBytes) : CipherStream
{
    public override byte[] Update(ReadOnlySpan<byte> data)
    {
        try
        {
            return cipher.Update(data);
        }
        catch (ArgumentException)
        {
            throw new KeyreeveException(KeyreeveError.RequestTooLarge, "The message is longer than the cipher permits.");
        }
    }

    public override EncryptedData? TryFinish(in UsableKey key, ReadOnlySpan<byte> data)
    {
        var last = Update(data);
        var tag = cipher.Final();
        return new EncryptedData(last, tagSizeInBytes == tag.Length ? tag : tag[..tagSizeInBytes]);
    }

    public override void Dispose() => cipher.Dispose();
}

/// <summary>
/// A cipher that works on whole messages: it gives nothing before the last part. So does every authenticated decryption,
/// whose plaintext nobody sees before its tag was found right.
/// </summary>
internal sealed class WholeMessageStream(Cipher cipher, StreamOpening opening, bool isEncryption) : CipherStream
{
    private readonly HeldMessage _message = new();

    /// <inheritdoc/>
    public override int HeldInBytes => _message.LengthInBytes;

    public override byte[] Update(ReadOnlySpan<byte> data)
    {
        _message.Add(data);
        return [];
    }

    public override EncryptedData? TryFinish(in UsableKey key, ReadOnlySpan<byte> data)
    {
        _message.Add(data);
        using var whole = _message.Take();
        using var lease = whole.Reveal();
        var input = opening.ToInput(lease.Span);
        if (isEncryption) return cipher.Encrypt(key, input);
        return cipher.TryDecrypt(key, input) is { } plaintext ? new EncryptedData(plaintext) : null;
    }

    public override void Dispose() => _message.Dispose();
}

/// <summary>How a message in parts begins: all that a cipher needs besides the message. Its bytes are its own.</summary>
internal sealed record StreamOpening
{
    /// <summary>How.</summary>
    public required CipherChoice Choice { get; init; }

    /// <summary>How strict the key's group is.</summary>
    public required GroupMode Mode { get; init; }

    /// <summary>IV, counter or nonce; empty if there is none.</summary>
    public required byte[] Iv { get; init; }

    /// <summary>What is authenticated along.</summary>
    public byte[] AdditionalData { get; init; } = [];

    /// <summary>The tag, for decryption; may come with a later part.</summary>
    public byte[] Tag { get; set; } = [];

    /// <summary>The whole message with it.</summary>
    public CipherInput ToInput(ReadOnlySpan<byte> data) =>
        new() { Choice = Choice, Mode = Mode, Data = data, Iv = Iv, AdditionalData = AdditionalData, Tag = Tag };
}

/// <summary>A message on its way through Encrypt or Decrypt.</summary>
internal sealed class DataCipherStream(CipherStream cipher, StreamOpening opening) : DataStream
{
    /// <summary>The cipher under way.</summary>
    public CipherStream Cipher { get; } = cipher;

    /// <summary>How it began.</summary>
    public StreamOpening Opening { get; } = opening;

    /// <inheritdoc/>
    public override int HeldInBytes => Cipher.HeldInBytes;

    /// <summary>Checks that a later part states nothing else than the first.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>.</exception>
    public void RequireSame(in CipherChoice? choice, ReadOnlyMemory<byte>? iv)
    {
        DataUse.RequireSameChoice(choice is not { } stated || stated.IsSame(Opening.Choice));
        if (iv is { } given && !given.Span.SequenceEqual(Opening.Iv))
            throw new KeyreeveException(KeyreeveError.InvalidField, "A later part states another IV/Counter/Nonce than the first.");
    }

    /// <inheritdoc/>
    public override void Dispose() => Cipher.Dispose();
}
