using System.Security.Cryptography;
using System.Text;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Operations.Keys;

/// <summary>
/// Requests that may be sent again: what the first one made is found by the caller's name for the request and committed
/// together with it, so that not even a crash between commit and answer makes it happen twice.
/// </summary>
internal static class Idempotency
{
    /// <summary>How long an answer is kept.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    /// <summary>What an earlier, equal request made; null if there is none, or the caller did not name the request.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IdempotencyConflict"/>: the name was used for another request.</exception>
    public static async ValueTask<UniqueIdentifier?> FindAsync(OperationScope scope, string request, CancellationToken cancellationToken)
    {
        if (scope.Call.IdempotencyKey is not { } key) return null;
        var answer = await scope.Engine.Objects.FindAnswerAsync(scope.Tenant, scope.Call.Principal.Name, key, cancellationToken);
        if (answer is null || answer.ExpiresAt <= scope.Now) return null;
        return answer.RequestHash.Span.SequenceEqual(Hash(request))
            ? UniqueIdentifier.FromBytes(answer.Body.Span)
            : throw new KeyreeveException(KeyreeveError.IdempotencyConflict, "This Idempotency-Key was used for another request.");
    }

    /// <summary>Keeps what this request makes, if the caller named the request.</summary>
    /// <param name="scope">The request.</param>
    /// <param name="request">Everything that makes the request what it is, as text.</param>
    /// <param name="made">The identity of what it makes.</param>
    public static void Remember(OperationScope scope, string request, UniqueIdentifier made)
    {
        if (scope.Call.IdempotencyKey is not { } key) return;
        scope.Remember(new StoredAnswer(
            scope.Tenant, scope.Call.Principal.Name, key, Hash(request), made.ToByteArray(), scope.Now + Lifetime));
    }

    private static byte[] Hash(string request) => SHA256.HashData(Encoding.UTF8.GetBytes(request));
}
