using System.Diagnostics.CodeAnalysis;

namespace Keyreeve.Crypto;

/// <summary>Opens small envelopes; a file or stream takes <see cref="ChunkedDecryptingStream"/>.</summary>
/// <remarks>
/// First <see cref="EnvelopeHeader.TryParse"/> tells which key is needed; then the key is fetched or unwrapped; then the
/// envelope is opened, which authenticates the header as well.
/// </remarks>
public static class EnvelopeReader
{
    /// <summary>The plaintext's length, should the envelope prove good. False when it is no small envelope.</summary>
    public static bool TryGetPlaintextLength(ReadOnlySpan<byte> envelope, out int lengthInBytes)
    {
        lengthInBytes = 0;
        if (!EnvelopeHeader.TryParse(envelope, out var header) || header.Mode == EnvelopeMode.Chunked)
            return false;
        var length = envelope.Length - header.LengthInBytes - CommittingAead.OverheadInBytes;
        if (length < 0)
            return false;
        lengthInBytes = length;
        return true;
    }

    /// <summary>
    /// Opens a small envelope. False whatever is wrong: the key, the context, the suite, the header, any bit of the body.
    /// </summary>
    /// <param name="envelope">The envelope, in whole.</param>
    /// <param name="key">The key version the header names, or the data key that was wrapped, with the header's suite.</param>
    /// <param name="context">The context given when it was written.</param>
    /// <param name="plaintext">At least as long as <see cref="TryGetPlaintextLength"/> says; zeroed on failure.</param>
    /// <param name="written">How many bytes of the plaintext were written; zero on failure.</param>
    /// <exception cref="ArgumentException">The plaintext's span is too short or overlaps the envelope.</exception>
    public static bool TryOpen(
        ReadOnlySpan<byte> envelope, CommittingAead key, EncryptionContext context, Span<byte> plaintext, out int written)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(context);
        written = 0;
        if (!TrySplit(envelope, key, out var header, out var body))
            return false;
        return key.TryOpen(header, context.CanonicalBytes, body, plaintext, out written);
    }

    /// <summary>Opens a small envelope that holds a key, straight into locked memory.</summary>
    /// <inheritdoc cref="TryOpen(ReadOnlySpan{byte}, CommittingAead, EncryptionContext, Span{byte}, out int)"/>
    public static bool TryOpenSecret(
        ReadOnlySpan<byte> envelope, CommittingAead key, EncryptionContext context, [NotNullWhen(true)] out SecretBytes? plaintext)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(context);
        plaintext = null;
        return TrySplit(envelope, key, out var header, out var body)
            && key.TryOpenSecret(header, context.CanonicalBytes, body, out plaintext);
    }

    /// <summary>
    /// Opens the envelope of a file or stream that lies in memory in whole, straight into locked memory. False whatever is wrong.
    /// </summary>
    /// <param name="envelope">The envelope, in whole.</param>
    /// <param name="dataKey">The unwrapped data key.</param>
    /// <param name="context">The context given when it was written.</param>
    /// <param name="plaintext">The contents.</param>
    public static bool TryOpenChunkedSecret(
        ReadOnlySpan<byte> envelope, SecretBytes dataKey, EncryptionContext context, [NotNullWhen(true)] out SecretBytes? plaintext)
    {
        ArgumentNullException.ThrowIfNull(dataKey);
        ArgumentNullException.ThrowIfNull(context);
        plaintext = null;
        if (dataKey.LengthInBytes != CommittingAead.KeySizeInBytes
            || !EnvelopeHeader.TryParse(envelope, out var header) || header.Mode != EnvelopeMode.Chunked
            || !ChunkedEncryption.TryGetPlaintextLength(envelope.Length - header.LengthInBytes, out var length))
            return false;
        return SecretBytes.TryCreate(
            checked((int)length),
            new ChunkedMessage(dataKey, [.. envelope[..header.BoundLengthInBytes], .. context.CanonicalBytes], envelope[header.LengthInBytes..]),
            static (bytes, m) => ChunkedEncryption.TryDecrypt(AeadAlgorithm.Aes256Gcm, m.Key, m.Context, m.Body, bytes, out _),
            out plaintext);
    }

    private static bool TrySplit(
        ReadOnlySpan<byte> envelope, CommittingAead key, out ReadOnlySpan<byte> header, out ReadOnlySpan<byte> body)
    {
        header = default;
        body = default;
        if (!EnvelopeHeader.TryParse(envelope, out var parsed) || parsed.Mode == EnvelopeMode.Chunked || parsed.Suite != key.Suite)
            return false;
        header = envelope[..parsed.BoundLengthInBytes];
        body = envelope[parsed.LengthInBytes..];
        return true;
    }

    private readonly ref struct ChunkedMessage(SecretBytes key, byte[] context, ReadOnlySpan<byte> body)
    {
        public SecretBytes Key { get; } = key;

        public byte[] Context { get; } = context;

        public ReadOnlySpan<byte> Body { get; } = body;
    }
}
