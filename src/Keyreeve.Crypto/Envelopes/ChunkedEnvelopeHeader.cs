namespace Keyreeve.Crypto;

/// <summary>The start of a file or stream envelope, read before its key can be had.</summary>
public sealed class ChunkedEnvelopeHeader
{
    private readonly byte[] _bytes;
    private readonly int _boundLength;

    private ChunkedEnvelopeHeader(byte[] bytes, EnvelopeHeader fields)
    {
        _bytes = bytes;
        _boundLength = fields.BoundLengthInBytes;
        CanReWrap = fields.CanReWrap;
        WrappedKey = new WrappedDataKey(fields.UniqueIdentifier, fields.KeyVersion, fields.WrappedKeyIn(bytes));
    }

    /// <summary>Whether the data key can be wrapped anew without touching the body.</summary>
    public bool CanReWrap { get; }

    /// <summary>The data key as it travels, with the name of the key that unwraps it. Not authentic until it was unwrapped.</summary>
    public WrappedDataKey WrappedKey { get; }

    /// <summary>Length of the header in the stream.</summary>
    public int LengthInBytes => _bytes.Length;

    /// <summary>Reads the header and leaves the stream behind it. Null when the stream does not begin with one known here.</summary>
    public static async ValueTask<ChunkedEnvelopeHeader?> ReadAsync(Stream source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        var start = new byte[EnvelopeHeader.FixedLengthInBytes];
        if (await source.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false) < start.Length
            || !TryParseStart(start, out var fields))
        {
            return null;
        }

        var bytes = new byte[fields.LengthInBytes];
        start.CopyTo(bytes, 0);
        var wrapped = bytes.AsMemory(start.Length);
        var read = await source.ReadAtLeastAsync(wrapped, wrapped.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return read < wrapped.Length ? null : new ChunkedEnvelopeHeader(bytes, fields);
    }

    /// <summary>Reads the header and leaves the stream behind it. Null when the stream does not begin with one known here.</summary>
    public static ChunkedEnvelopeHeader? Read(Stream source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var start = new byte[EnvelopeHeader.FixedLengthInBytes];
        if (source.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !TryParseStart(start, out var fields))
            return null;
        var bytes = new byte[fields.LengthInBytes];
        start.CopyTo(bytes, 0);
        var wrapped = bytes.AsSpan(start.Length);
        return source.ReadAtLeast(wrapped, wrapped.Length, throwOnEndOfStream: false) < wrapped.Length
            ? null
            : new ChunkedEnvelopeHeader(bytes, fields);
    }

    /// <summary>Makes the header of a new envelope.</summary>
    internal static ChunkedEnvelopeHeader For(WrappedDataKey wrappedKey)
    {
        var bytes = new byte[EnvelopeHeader.FixedLengthInBytes + wrappedKey.Wrapped.Length];
        EnvelopeHeader.WriteWithKey(EnvelopeMode.Chunked, EnvelopeSuite.Aes256Gcm, wrappedKey, bytes);
        _ = EnvelopeHeader.TryParseFixed(bytes, out var fields);
        return new ChunkedEnvelopeHeader(bytes, fields);
    }

    /// <summary>What the chunks are bound to: what of the header stays || canonical context.</summary>
    internal byte[] BindTo(EncryptionContext context) => [.. _bytes.AsSpan(0, _boundLength), .. context.CanonicalBytes];

    internal ReadOnlySpan<byte> Bytes => _bytes;

    private static bool TryParseStart(ReadOnlySpan<byte> start, out EnvelopeHeader fields) =>
        EnvelopeHeader.TryParseFixed(start, out fields) && fields.Mode == EnvelopeMode.Chunked;
}
