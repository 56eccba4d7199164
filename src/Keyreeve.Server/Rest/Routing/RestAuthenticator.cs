using System.Threading.RateLimiting;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations;
using Keyreeve.Server.Identity;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Rest.Routing;

/// <summary>
/// Who asks: the principal whose key the connection proved. Looked up for every request, so that what was taken from a
/// principal since the connection was opened holds at once.
/// </summary>
/// <param name="clients">Judges certificates.</param>
/// <param name="pipeline">Where refusals are recorded.</param>
/// <param name="logger">For the operator.</param>
internal sealed class RestAuthenticator(ClientCertificateValidator clients, OperationPipeline pipeline, ILogger logger) : IDisposable
{
    // Whoever can reach the port can be refused here; he must not be able to fill the audit trail's disk by it.
    private readonly TokenBucketRateLimiter _records = new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = 100,
        TokensPerPeriod = 10,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    });

    /// <summary>Judges certificates.</summary>
    public ClientCertificateValidator Clients { get; } = clients;

    /// <summary>Finds the caller, perhaps a disabled one, whom policy refuses.</summary>
    /// <param name="context">The request.</param>
    /// <param name="anonymous">The call as far as it is known.</param>
    /// <param name="cancellationToken">Ends the wait for the record of a refusal.</param>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AuthenticationFailed"/>; its record is durable by then.</exception>
    public async ValueTask<Principal> AuthenticateAsync(HttpContext context, Call anonymous, CancellationToken cancellationToken)
    {
        if (context.Features.Get<ClientIdentity>() is not { } identity)
            throw await RefuseAsync(anonymous, "This route takes a client certificate; 'keyreeve enroll' gets one.", cancellationToken);

        var principal = identity.FindPrincipal();
        return string.Equals(principal.Name, PrincipalName.Anonymous, StringComparison.Ordinal)
            ? throw await RefuseAsync(
                anonymous with { Principal = principal },
                "The client certificate belongs to no principal, has expired or was revoked. Enrol, or ask a security officer.", cancellationToken)
            : principal;
    }

    public void Dispose() => _records.Dispose();

    private async ValueTask<KeyreeveException> RefuseAsync(Call call, string message, CancellationToken cancellationToken)
    {
        var refusal = new KeyreeveException(KeyreeveError.AuthenticationFailed, message);
        using var record = _records.AttemptAcquire();
        if (record.IsAcquired) await pipeline.RefuseAsync(OperationName.Authenticate, call, refusal, cancellationToken);
        else logger.LogWarning("{CorrelationId} from {Address} was refused, unrecorded since there are too many: {Reason}", call.CorrelationId, call.SourceAddress, message);
        return refusal;
    }
}
