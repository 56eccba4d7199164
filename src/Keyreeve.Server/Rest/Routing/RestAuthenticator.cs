using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations;
using Keyreeve.Server.Identity;
using Microsoft.AspNetCore.Http;

namespace Keyreeve.Server.Rest.Routing;

/// <summary>
/// Who asks: the principal whose key the connection proved. Looked up for every request, so that what was taken from a
/// principal since the connection was opened holds at once.
/// </summary>
/// <param name="clients">Judges certificates.</param>
/// <param name="unknown">Records who was refused.</param>
internal sealed class RestAuthenticator(ClientCertificateValidator clients, UnknownCallers unknown)
{
    /// <summary>Judges certificates.</summary>
    public ClientCertificateValidator Clients { get; } = clients;

    /// <summary>
    /// Finds the caller, perhaps a disabled one, whom policy refuses, or <see cref="Principal.Unknown"/>; null if no
    /// certificate was shown.
    /// </summary>
    public static Principal? FindPrincipal(HttpContext context) => context.Features.Get<ClientIdentity>()?.FindPrincipal();

    /// <summary>Records a refusal, as far as there are not too many.</summary>
    /// <returns>The refusal; its record is durable by then.</returns>
    public async ValueTask<KeyreeveException> RefuseAsync(Call call, bool hasCertificate, CancellationToken cancellationToken)
    {
        var refusal = new KeyreeveException(
            KeyreeveError.AuthenticationFailed,
            hasCertificate
                ? "The client certificate belongs to no principal, has expired or was revoked. Enrol, or ask a security officer."
                : "This route takes a client certificate; 'keyreeve enroll' gets one.");
        await unknown.RefuseAsync(OperationName.Authenticate, call, refusal, cancellationToken);
        return refusal;
    }
}
