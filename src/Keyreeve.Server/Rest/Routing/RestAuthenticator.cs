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

    /// <summary>
    /// Finds the caller, perhaps a disabled one, whom policy refuses, or <see cref="Principal.Unknown"/>; null if no
    /// certificate was shown.
    /// </summary>
    public static Principal? FindPrincipal(HttpContext context) => context.Features.Get<ClientIdentity>()?.FindPrincipal();

    /// <summary>Whether nobody is known by the key that was shown.</summary>
    public static bool IsUnknown(Principal principal) => string.Equals(principal.Name, PrincipalName.Anonymous, StringComparison.Ordinal);

    /// <summary>Records a refusal, as far as there are not too many.</summary>
    /// <returns>The refusal; its record is durable by then.</returns>
    public async ValueTask<KeyreeveException> RefuseAsync(Call call, bool hasCertificate, CancellationToken cancellationToken)
    {
        var refusal = new KeyreeveException(
            KeyreeveError.AuthenticationFailed,
            hasCertificate
                ? "The client certificate belongs to no principal, has expired or was revoked. Enrol, or ask a security officer."
                : "This route takes a client certificate; 'keyreeve enroll' gets one.");
        using var record = _records.AttemptAcquire();
        if (record.IsAcquired) await pipeline.RefuseAsync(OperationName.Authenticate, call, refusal, cancellationToken);
        else logger.LogWarning("{CorrelationId} from {Address} was refused, unrecorded since there are too many: {Reason}", call.CorrelationId, call.SourceAddress, refusal.Message);
        return refusal;
    }

    public void Dispose() => _records.Dispose();
}
