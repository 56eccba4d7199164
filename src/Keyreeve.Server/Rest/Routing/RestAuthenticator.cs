using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations;
using Keyreeve.Server.Identity;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace Keyreeve.Server.Rest.Routing;

/// <summary>
/// Who asks: the principal whose bearer token the request has or, without one, whose key the connection proved. Looked up
/// for every request, so that what was taken from a principal since the connection was opened holds at once.
/// </summary>
/// <param name="identity">Judges certificates and tokens.</param>
/// <param name="unknown">Records who was refused.</param>
/// <param name="logger">Told why a token was refused; the caller is not.</param>
internal sealed class RestAuthenticator(ServerIdentity identity, UnknownCallers unknown, ILogger logger)
{
    private const string Scheme = "Bearer ";

    /// <summary>Judges certificates.</summary>
    public ClientCertificateValidator Clients => identity.Clients;

    /// <summary>
    /// Finds the caller, perhaps a disabled one, who is refused as <see cref="Principal.Unknown"/> is; null if neither
    /// token nor certificate was shown.
    /// </summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: the Authorization header is none of ours.</exception>
    public ValueTask<Principal?> FindPrincipalAsync(HttpContext context)
    {
        var shown = context.Request.Headers.Authorization;
        return shown.Count == 0
            ? ValueTask.FromResult(context.Features.Get<ClientIdentity>()?.FindPrincipal())
            : FindByTokenAsync(shown, context);
    }

    /// <summary>Records a refusal, as far as there are not too many.</summary>
    /// <returns>The refusal; its record is durable by then.</returns>
    public async ValueTask<KeyreeveException> RefuseAsync(Call call, bool hasCredential, CancellationToken cancellationToken)
    {
        var refusal = hasCredential ? KeyreeveException.NotAuthenticated()
            : new KeyreeveException(
                KeyreeveError.AuthenticationFailed,
                "This route takes a client certificate, which 'keyreeve enroll' gets, or a token, of this server's own or of a trusted issuer, as 'Authorization: Bearer'.");
        await unknown.RefuseAsync(OperationName.Authenticate, call, refusal, cancellationToken);
        return refusal;
    }

    // Never the certificate's principal when a token was shown: who shows one wants to be judged by it.
    private async ValueTask<Principal?> FindByTokenAsync(StringValues shown, HttpContext context)
    {
        var text = shown.ToString();
        if (shown.Count != 1 || !text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            throw new KeyreeveException(KeyreeveError.InvalidField, "Authorization is 'Bearer' and a token, once, or is left out.");
        var token = text[Scheme.Length..].Trim();
        var (principal, fault) = ApiTokens.IsOurs(token)
            ? identity.ApiTokens.Identify(token, context.Connection.RemoteIpAddress is { } address ? NetworkOrigin.Of(address) : "")
            : await identity.Tokens.IdentifyAsync(token);
        if (fault is not null) logger.LogInformation("{CorrelationId}: a token was refused: {Reason}", context.TraceIdentifier, fault);
        return principal;
    }
}
