using System.Security.Cryptography;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Operations;

/// <summary>What is kept of requests that carry an idempotency key.</summary>
internal sealed class Repetition<TRequest, TResponse>
    where TRequest : class
{
    /// <summary>How long a repetition is recognised.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    private const int LongestKey = 255;

    private readonly IRepeatable<TRequest, TResponse> _operation;
    private readonly TRequest _request;
    private readonly string _key;
    private readonly byte[] _hash;

    private Repetition(IRepeatable<TRequest, TResponse> operation, TRequest request, string key, byte[] hash)
    {
        _operation = operation;
        _request = request;
        _key = key;
        _hash = hash;
    }

    /// <summary>Prepares for a request; null if it carries no key or makes nothing.</summary>
    public static Repetition<TRequest, TResponse>? Of(Operation<TRequest, TResponse> operation, OperationScope scope, TRequest request)
    {
        if (scope.Call.IdempotencyKey is not { } key || operation is not IRepeatable<TRequest, TResponse> repeatable) return null;
        if (key.Length is 0 or > LongestKey)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"An idempotency key has 1 to {LongestKey} characters.");
        using var lease = scope.Engine.RequestHashKey.Reveal();
        using var digest = new RequestDigest(lease.Span, operation.Name);
        repeatable.Describe(request, digest);
        return new Repetition<TRequest, TResponse>(repeatable, request, key, digest.Finish());
    }

    /// <summary>The kept answer, if the request was sent before.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IdempotencyConflict"/>: the key was used for another request.</exception>
    public async ValueTask<StoredAnswer?> FindAsync(OperationScope scope, CancellationToken cancellationToken)
    {
        var answer = await scope.Engine.Objects.FindAnswerAsync(scope.Tenant, scope.Call.Principal.Name, _key, cancellationToken);
        if (answer is null || answer.ExpiresAt <= scope.Now) return null;
        return CryptographicOperations.FixedTimeEquals(answer.RequestHash.Span, _hash)
            ? answer
            : throw new KeyreeveException(KeyreeveError.IdempotencyConflict, "This idempotency key was used for another request.");
    }

    /// <summary>Makes the response of the first request again.</summary>
    public ValueTask<TResponse> RecallAsync(OperationScope scope, StoredAnswer answer, CancellationToken cancellationToken) =>
        _operation.RecallAsync(scope, _request, answer.Body, cancellationToken);

    /// <summary>Stages the response to be kept.</summary>
    public void Remember(OperationScope scope, TResponse response) => scope.Remember(new StoredAnswer(
        scope.Tenant, scope.Call.Principal.Name, _key, _hash, _operation.Remember(response), scope.Now + Lifetime));
}
