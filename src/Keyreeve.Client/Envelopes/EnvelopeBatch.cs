using Keyreeve.Crypto;

namespace Keyreeve.Client;

/// <summary>A value, or its envelope, with what it belongs to. A class, not a record: a generated <c>ToString</c> would speak of it.</summary>
/// <param name="content">The value, or the envelope.</param>
/// <param name="context">What the value belongs to.</param>
public sealed class BoundValue(ReadOnlyMemory<byte> content, EncryptionContext context)
{
    /// <summary>The value, or the envelope.</summary>
    public ReadOnlyMemory<byte> Content { get; } = content;

    /// <summary>What the value belongs to.</summary>
    public EncryptionContext Context { get; } = context ?? throw new ArgumentNullException(nameof(context));

    /// <summary>The length, never the value.</summary>
    public override string ToString() => $"BoundValue({Content.Length} bytes, {Context})";
}

/// <summary>Encrypts and decrypts many values with as few questions to the key provider as can be.</summary>
public static class EnvelopeBatch
{
    /// <summary>Encrypts values under one data key: at most one round trip, however many there are.</summary>
    /// <param name="encryptor">Does the work.</param>
    /// <param name="key">Name or identifier of the key.</param>
    /// <param name="values">The values, each with its own context.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The envelopes, in the order of the values.</returns>
    public static async Task<IReadOnlyList<byte[]>> EncryptManyAsync(
        this EnvelopeEncryptor encryptor, string key, IReadOnlyList<BoundValue> values, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encryptor);
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count == 0)
            return [];
        var dataKey = await encryptor.HoldForEncryptionAsync(key, values.Count, values.Sum(static value => (long)value.Content.Length), cancellationToken).ConfigureAwait(false);
        try
        {
            var envelopes = new byte[values.Count][];
            for (var i = 0; i < envelopes.Length; i++)
                envelopes[i] = EnvelopeWriter.WriteWrapped(dataKey.Aead, dataKey.Wrapped, values[i].Context, values[i].Content.Span);
            return envelopes;
        }
        finally
        {
            dataKey.Release();
        }
    }

    /// <summary>
    /// Decrypts values: one question for all data keys that are not in the cache. All or nothing: where one does not decrypt, none is
    /// given out.
    /// </summary>
    /// <param name="encryptor">Does the work.</param>
    /// <param name="envelopes">The envelopes of small values, each with its own context.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The values, in the order of the envelopes.</returns>
    public static async Task<IReadOnlyList<byte[]>> DecryptManyAsync(
        this EnvelopeEncryptor encryptor, IReadOnlyList<BoundValue> envelopes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encryptor);
        ArgumentNullException.ThrowIfNull(envelopes);
        using var held = await encryptor.HoldManyAsync(envelopes, cancellationToken).ConfigureAwait(false);
        var values = new byte[envelopes.Count][];
        for (var i = 0; i < values.Length; i++)
        {
            var envelope = envelopes[i].Content;
            values[i] = held.Find(envelope.Span) is var (dataKey, suite)
                ? EnvelopeEncryptor.Open(envelope.Span, dataKey.WithSuite(suite), envelopes[i].Context)
                : await encryptor.DecryptAsync(envelope, envelopes[i].Context, cancellationToken).ConfigureAwait(false);
        }

        return values;
    }
}
