using System.Security.Cryptography;
using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations;

/// <summary>
/// An operation that makes something and may be sent again under the caller's idempotency key: the pipeline recognises
/// the repetition and answers with what the first one made. What is kept is committed together with what is made, so
/// that not even a crash between commit and answer makes it twice.
/// </summary>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TResponse">The response.</typeparam>
public interface IRepeatable<in TRequest, TResponse>
{
    /// <summary>Adds everything that makes the request what it is.</summary>
    void Describe(TRequest request, RequestDigest digest);

    /// <summary>What to keep of the response, from which it can be made again; no secret.</summary>
    byte[] Remember(TResponse response);

    /// <summary>Makes the response again.</summary>
    /// <param name="scope">The repeated request.</param>
    /// <param name="request">The repeated request's content.</param>
    /// <param name="remembered">What <see cref="Remember"/> gave.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    ValueTask<TResponse> RecallAsync(OperationScope scope, TRequest request, ReadOnlyMemory<byte> remembered, CancellationToken cancellationToken);
}

/// <summary>
/// Collects what makes a request what it is, and hashes it under a key of the server's own, so that the stored hash of a
/// weak secret gives nothing away.
/// </summary>
public sealed class RequestDigest : IDisposable
{
    private readonly IncrementalHash _hash;

    internal RequestDigest(ReadOnlySpan<byte> key, OperationName operation)
    {
        _hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        Add(operation.ToString());
    }

    /// <summary>Adds a text; null and empty differ.</summary>
    public void Add(string? text)
    {
        Add(text is null ? 0L : 1L);
        if (text is not null) Add(System.Text.Encoding.UTF8.GetBytes(text).AsSpan());
    }

    /// <summary>Adds a number.</summary>
    public void Add(long number)
    {
        Span<byte> bytes = stackalloc byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        _hash.AppendData(bytes);
    }

    /// <summary>Adds bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        Add((long)bytes.Length);
        _hash.AppendData(bytes);
    }

    /// <summary>Adds attributes.</summary>
    public void Add(AttributeSet attributes) => Add(AttributeSetCodec.Encode(attributes).AsSpan());

    /// <summary>Adds a secret; null and empty differ.</summary>
    public void Add(SecretBytes? secret)
    {
        Add(secret is null ? 0L : 1L);
        if (secret is null) return;
        using var lease = secret.Reveal();
        Add(lease.Span);
    }

    /// <summary>Adds what an object holds.</summary>
    public void Add(ObjectValue? value)
    {
        Add(value?.Bytes);
        var block = value?.KeyBlock;
        Add((long)(block?.KeyFormatType ?? KeyFormatType.NotSet));
        Add(block?.Material);
        foreach (var (component, part) in (block?.Transparent?.Components ?? new Dictionary<KeyComponent, SecretBytes>()).OrderBy(static c => c.Key))
        {
            Add((long)component);
            Add(part);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    internal byte[] Finish() => _hash.GetHashAndReset();
}
