namespace Keyreeve.Crypto;

/// <summary>Writes small envelopes; a file or stream takes <see cref="ChunkedEncryptingStream"/>.</summary>
public static class EnvelopeWriter
{
    /// <summary>How much longer a direct envelope is than its plaintext.</summary>
    public const int DirectOverheadInBytes = EnvelopeHeader.DirectLengthInBytes + CommittingAead.OverheadInBytes;

    /// <summary>How much longer an envelope with a wrapped key is than its plaintext and that key.</summary>
    public const int WrappedKeyOverheadInBytes = EnvelopeHeader.FixedLengthInBytes + CommittingAead.OverheadInBytes;

    /// <summary>Encrypts under a key version that is named by its id.</summary>
    /// <param name="key">That version.</param>
    /// <param name="objectId">Unique Identifier of the managed object that is that version.</param>
    /// <param name="context">What the value belongs to; <see cref="EncryptionContext.Empty"/> is said in so many words.</param>
    /// <param name="plaintext">The value, possibly empty.</param>
    /// <param name="destination">Takes exactly <see cref="DirectOverheadInBytes"/> more bytes than the plaintext has.</param>
    /// <exception cref="ArgumentException">The destination has the wrong size or overlaps the plaintext.</exception>
    public static void WriteDirect(
        CommittingAead key, Guid objectId, EncryptionContext context, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(context);
        if (destination.Length != plaintext.Length + DirectOverheadInBytes)
            throw new ArgumentException($"The destination takes {DirectOverheadInBytes} bytes more than the plaintext.", nameof(destination));

        EnvelopeHeader.WriteDirect(key.Suite, objectId, destination);
        var header = destination[..EnvelopeHeader.DirectLengthInBytes];
        key.Seal(header, context.CanonicalBytes, plaintext, destination[EnvelopeHeader.DirectLengthInBytes..]);
    }

    /// <summary>Encrypts under a key version that is named by its id, into a new array.</summary>
    /// <inheritdoc cref="WriteDirect(CommittingAead, Guid, EncryptionContext, ReadOnlySpan{byte}, Span{byte})"/>
    public static byte[] WriteDirect(CommittingAead key, Guid objectId, EncryptionContext context, ReadOnlySpan<byte> plaintext)
    {
        var envelope = new byte[plaintext.Length + DirectOverheadInBytes];
        WriteDirect(key, objectId, context, plaintext, envelope);
        return envelope;
    }

    /// <summary>Encrypts under a data key, which travels along wrapped.</summary>
    /// <param name="dataKey">The data key.</param>
    /// <param name="wrappedKey">The same data key, wrapped.</param>
    /// <param name="context">What the value belongs to; <see cref="EncryptionContext.Empty"/> is said in so many words.</param>
    /// <param name="plaintext">The value, possibly empty.</param>
    /// <param name="destination">
    /// Takes exactly <see cref="WrappedKeyOverheadInBytes"/> and the wrapped key's length more bytes than the plaintext has.
    /// </param>
    /// <exception cref="ArgumentException">The destination has the wrong size or overlaps the plaintext.</exception>
    public static void WriteWrapped(
        CommittingAead dataKey, WrappedDataKey wrappedKey, EncryptionContext context, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(dataKey);
        ArgumentNullException.ThrowIfNull(wrappedKey);
        ArgumentNullException.ThrowIfNull(context);
        var overhead = WrappedKeyOverheadInBytes + wrappedKey.Wrapped.Length;
        if (destination.Length != plaintext.Length + overhead)
            throw new ArgumentException($"The destination takes {overhead} bytes more than the plaintext.", nameof(destination));

        EnvelopeHeader.WriteWithKey(EnvelopeMode.WrappedKey, dataKey.Suite, wrappedKey, destination);
        var headerLength = EnvelopeHeader.FixedLengthInBytes + wrappedKey.Wrapped.Length;
        _ = EnvelopeHeader.TryParseFixed(destination, out var header);
        dataKey.Seal(destination[..header.BoundLengthInBytes], context.CanonicalBytes, plaintext, destination[headerLength..]);
    }

    /// <summary>Encrypts under a data key, which travels along wrapped, into a new array.</summary>
    /// <inheritdoc cref="WriteWrapped(CommittingAead, WrappedDataKey, EncryptionContext, ReadOnlySpan{byte}, Span{byte})"/>
    public static byte[] WriteWrapped(
        CommittingAead dataKey, WrappedDataKey wrappedKey, EncryptionContext context, ReadOnlySpan<byte> plaintext)
    {
        ArgumentNullException.ThrowIfNull(wrappedKey);
        var envelope = new byte[plaintext.Length + WrappedKeyOverheadInBytes + wrappedKey.Wrapped.Length];
        WriteWrapped(dataKey, wrappedKey, context, plaintext, envelope);
        return envelope;
    }

    /// <summary>
    /// Puts the same data key, wrapped anew, in the place of the old one. The body is copied as it is; whether the new one is
    /// the same data key shows when the envelope is opened.
    /// </summary>
    /// <param name="envelope">A small envelope, in whole, or the start of a file's up to the end of its header.</param>
    /// <param name="wrappedKey">The data key, wrapped anew.</param>
    /// <exception cref="ArgumentException">The bytes are no envelope, or one whose body is bound to the wrapped key.</exception>
    public static byte[] ReplaceWrappedKey(ReadOnlySpan<byte> envelope, WrappedDataKey wrappedKey)
    {
        ArgumentNullException.ThrowIfNull(wrappedKey);
        if (!EnvelopeHeader.TryParse(envelope, out var header) || !header.CanReWrap)
            throw new ArgumentException("The data key of this envelope cannot be wrapped anew; decrypt it and encrypt it again.", nameof(envelope));
        var body = envelope[header.LengthInBytes..];
        var replaced = new byte[EnvelopeHeader.FixedLengthInBytes + wrappedKey.Wrapped.Length + body.Length];
        EnvelopeHeader.WriteWithKey(header.Mode, header.Suite, wrappedKey, replaced);
        body.CopyTo(replaced.AsSpan(replaced.Length - body.Length));
        return replaced;
    }
}
