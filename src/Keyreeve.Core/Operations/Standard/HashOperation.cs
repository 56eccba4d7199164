using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Asks for the digest of data.</summary>
public sealed record HashRequest
{
    /// <summary>The hash function.</summary>
    public required HashingAlgorithm HashingAlgorithm { get; init; }

    /// <summary>The data; may be a slice of the caller's buffer, which stays unchanged until the operation has ended.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Which part of the message it is; the whole, if nothing is said.</summary>
    public StreamPart Part { get; init; }
}

/// <summary>The digest.</summary>
public sealed record HashResponse
{
    /// <summary>The digest; null before the last part.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>What the next part has to state; null with the last.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }
}

/// <summary>Hashes data; no key is needed.</summary>
public sealed class HashOperation : Operation<HashRequest, HashResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Hash;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Use;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, HashRequest request, CancellationToken cancellationToken) => default;

    /// <inheritdoc/>
    protected internal override ValueTask<HashResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, HashRequest request, CancellationToken cancellationToken)
    {
        var algorithm = request.HashingAlgorithm == HashingAlgorithm.NotSet && !request.Part.IsWhole && request.Part.CorrelationValue is not null
            ? DigestAlgorithm.None
            : AlgorithmOf(request.HashingAlgorithm, scope.Engine.Modes.Of(scope.Call.Principal.HomeGroup));
        scope.Audit.Bytes = request.Data.Length;
        if (request.Part.IsWhole) return new(new HashResponse { Data = StreamingDigest.Compute(algorithm, request.Data.Span) });

        var owner = StreamOwner.Of(scope, Name, null);
        using var turn = request.Part.IsFirstOfSeveral
            ? scope.Engine.Streams.Begin(owner, new HashStream(algorithm), request)
            : scope.Engine.Streams.Continue(owner, request.Part.CorrelationValue!.Value.Span, request);
        var stream = turn.State<HashStream>();
        DataUse.RequireSameChoice(algorithm == DigestAlgorithm.None || algorithm == stream.Digest.Algorithm);
        stream.Digest.Update(request.Data.Span);
        var response = request.Part.IsLast
            ? new HashResponse { Data = stream.Digest.Final() }
            : new HashResponse { CorrelationValue = turn.CorrelationValue };
        return new(turn.Complete(scope, request, response, request.Part.IsLast));
    }

    private static DigestAlgorithm AlgorithmOf(HashingAlgorithm hash, GroupMode mode) => hash == HashingAlgorithm.NotSet
        ? throw new KeyreeveException(KeyreeveError.MissingField, "The Hashing Algorithm is missing.")
        : Digests.Of(hash, mode);

    private sealed class HashStream(DigestAlgorithm algorithm) : DataStream
    {
        public StreamingDigest Digest { get; } = new(algorithm);

        public override void Dispose() => Digest.Dispose();
    }
}
