using System.Threading.RateLimiting;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations;
using Keyreeve.Server.Rest.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Rest.Routing;

/// <summary>
/// Who asks: the principal whose key the connection proved. Looked up for every request, so that what was taken from a
/// principal since the connection was opened holds at once.
/// </summary>
/// <param name="findPrincipal">Finds who has a public key, as it stands now; null if nobody.</param>
/// <param name="pipeline">Where refusals are recorded.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">For the operator.</param>
internal sealed class RestAuthenticator(Func<string, Principal?> findPrincipal, OperationPipeline pipeline, TimeProvider time, ILogger logger)
    : IDisposable
{
    // Whoever can reach the port can be refused here; he must not be able to fill the audit trail's disk by it.
    private readonly TokenBucketRateLimiter _records = new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = 100,
        TokensPerPeriod = 10,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    });

    /// <summary>Finds the caller.</summary>
    /// <param name="context">The request.</param>
    /// <param name="anonymous">The call as far as it is known.</param>
    /// <param name="cancellationToken">Ends the wait for the record of a refusal.</param>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AuthenticationFailed"/>; its record is durable by then.</exception>
    public async ValueTask<Principal> AuthenticateAsync(HttpContext context, Call anonymous, CancellationToken cancellationToken)
    {
        var identity = context.Features.Get<ConnectionIdentity>();
        if (identity is null)
            throw await RefuseAsync(anonymous, "This route takes a client certificate; 'keyreeve enroll' gets one.", cancellationToken);

        var known = anonymous with { Principal = Principal.Unknown(identity.Fingerprint) };
        if (identity.NotAfter <= time.GetUtcNow())
            throw await RefuseAsync(known, "The client certificate has expired; 'keyreeve enroll' gets a new one.", cancellationToken);
        return findPrincipal(identity.Fingerprint)
            ?? throw await RefuseAsync(known, "The client certificate belongs to no enabled principal. Enrol it, or ask a security officer.", cancellationToken);
    }

    public void Dispose() => _records.Dispose();

    private async ValueTask<KeyreeveException> RefuseAsync(Call call, string message, CancellationToken cancellationToken)
    {
        var refusal = new KeyreeveException(KeyreeveError.AuthenticationFailed, message);
        using var record = _records.AttemptAcquire();
        if (record.IsAcquired) await pipeline.RefuseAsync(OperationName.Authenticate, call, refusal, cancellationToken);
        else logger.LogWarning("REST: {CorrelationId} from {Address} was refused, unrecorded since there are too many: {Reason}", call.CorrelationId, call.SourceAddress, message);
        return refusal;
    }
}
