using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>AES-CTR. NIST SP 800-38A; RFC 3686 for a shorter IV, which the counter follows.</summary>
internal sealed class AesCtrCipher : Cipher
{
    private const int ShortestIvInBytes = 8;
    private const int LongestCounterInBytes = AesCtrMode.CounterBlockSizeInBytes - ShortestIvInBytes;

    /// <inheritdoc/>
    public override bool BreaksWhenIvRepeats => true;

    /// <inheritdoc/>
    public override bool NeedsKeyOfItsOwn => true;

    /// <inheritdoc/>
    public override int IvSizeInBytes(in CipherChoice choice)
    {
        if (choice.IvSizeInBytes != 0) return choice.IvSizeInBytes;
        // A longer counter has no IV before it: the client gives the whole first block.
        return choice.CounterSizeInBytes is > 0 and <= LongestCounterInBytes
            ? AesCtrMode.CounterBlockSizeInBytes - choice.CounterSizeInBytes
            : AesCtrMode.CounterBlockSizeInBytes;
    }

    /// <inheritdoc/>
    public override bool TakesIv(in CipherChoice choice, int sizeInBytes) =>
        sizeInBytes is >= ShortestIvInBytes and <= AesCtrMode.CounterBlockSizeInBytes;

    /// <inheritdoc/>
    public override EncryptedData Encrypt(in UsableKey key, in CipherInput input)
    {
        Span<byte> block = stackalloc byte[AesCtrMode.CounterBlockSizeInBytes];
        WriteFirstBlock(input.Choice, input.Iv, input.Data.Length, block);
        return new EncryptedData(AesCtrMode.Transform(key.Material, block, input.Data));
    }

    /// <inheritdoc/>
    public override byte[]? TryDecrypt(in UsableKey key, in CipherInput input) => Encrypt(key, input).Data;

    /// <inheritdoc/>
    public override CipherStream StartEncryption(in UsableKey key, StreamOpening opening)
    {
        Span<byte> block = stackalloc byte[AesCtrMode.CounterBlockSizeInBytes];
        WriteFirstBlock(opening.Choice, opening.Iv, 0, block);
        return new CounterStream(AesCtrMode.Start(key.Material, block), opening);
    }

    /// <inheritdoc/>
    public override CipherStream StartDecryption(in UsableKey key, StreamOpening opening) => StartEncryption(key, opening);

    // IV ‖ counter, big-endian, filling the block
    private static void WriteFirstBlock(in CipherChoice choice, ReadOnlySpan<byte> iv, long lengthInBytes, Span<byte> block)
    {
        RequireRoom(choice, iv.Length, lengthInBytes);
        block.Clear();
        iv.CopyTo(block);
        var counter = unchecked((uint)(choice.InitialCounter ?? 0));
        for (var i = block.Length - 1; i >= iv.Length && counter != 0; i--, counter >>= 8) block[i] = (byte)(counter & 0xFF);
    }

    // A counter that ran over would count on in the IV, and meet the blocks of another message.
    private static void RequireRoom(in CipherChoice choice, int ivSizeInBytes, long lengthInBytes)
    {
        var counterSizeInBytes = AesCtrMode.CounterBlockSizeInBytes - ivSizeInBytes;
        if (counterSizeInBytes is 0 or >= LongestCounterInBytes) return;
        var last = (long)unchecked((uint)(choice.InitialCounter ?? 0)) + Math.Max((lengthInBytes + 15) / 16, 1) - 1;
        if (last >> (8 * counterSizeInBytes) != 0)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"The counter of {8 * counterSizeInBytes} bits is too short for the message.");
    }

    private sealed class CounterStream(StreamingCipher cipher, StreamOpening opening) : CipherStream
    {
        private readonly PiecewiseCipherStream _inner = new(cipher);
        private long _lengthInBytes;

        public override byte[] Update(ReadOnlySpan<byte> data)
        {
            Count(data);
            return _inner.Update(data);
        }

        public override EncryptedData? TryFinish(in UsableKey key, ReadOnlySpan<byte> data)
        {
            Count(data);
            return _inner.TryFinish(key, data);
        }

        public override void Dispose() => _inner.Dispose();

        private void Count(ReadOnlySpan<byte> data)
        {
            _lengthInBytes += data.Length;
            RequireRoom(opening.Choice, opening.Iv.Length, _lengthInBytes);
        }
    }
}
