using System.Text.Json;
using System.Xml;
using Keyreeve.Client.Rest;

namespace Keyreeve.Client;

/// <summary>Who may call. The caller needs the role SecurityOfficer.</summary>
/// <remarks>Thread safe. Every method may throw <see cref="KeyreeveClientException"/>.</remarks>
public sealed class Administration
{
    private readonly RestTransport _transport;

    internal Administration(RestTransport transport) => _transport = transport;

    /// <summary>All principals.</summary>
    public async Task<IReadOnlyList<ClientPrincipal>> ListPrincipalsAsync(CancellationToken cancellationToken = default) =>
        (await _transport.GetAsync("/v1/principals", ClientJson.Default.ClientPrincipals, cancellationToken).ConfigureAwait(false)).Principals;

    /// <summary>Shuts a principal out, open connections included.</summary>
    public async Task<ClientPrincipal> DisablePrincipalAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var request = new RestRequest(HttpMethod.Post, $"/v1/principals/{Uri.EscapeDataString(name)}/disable");
        using var answer = await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return answer.Read(ClientJson.Default.ClientPrincipal);
    }

    /// <summary>Adds a principal that comes with a credential that others vouch for.</summary>
    public async Task<ClientPrincipal> AddPrincipalAsync(NewPrincipal principal, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(principal);
        return await PostAsync("/v1/principals", JsonSerializer.SerializeToUtf8Bytes(principal, ClientJson.Default.NewPrincipal), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Has a principal recognised by one thing more, with all the rights it has.</summary>
    public async Task<ClientPrincipal> AddCredentialAsync(string name, NewCredential credential, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(credential);
        return await PostAsync(
            $"/v1/principals/{Uri.EscapeDataString(name)}/credentials",
            JsonSerializer.SerializeToUtf8Bytes(credential, ClientJson.Default.NewCredential), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes a credential from a principal: nobody is let in by it from now on, open connections included.</summary>
    public async Task<ClientPrincipal> RemoveCredentialAsync(string name, string id, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(id);
        var request = new RestRequest(HttpMethod.Delete, $"/v1/principals/{Uri.EscapeDataString(name)}/credentials/{Uri.EscapeDataString(id)}");
        using var answer = await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return answer.Read(ClientJson.Default.ClientPrincipal);
    }

    /// <summary>Makes a one-time code with which a new principal enrols.</summary>
    public async Task<EnrolmentCode> CreateEnrolmentCodeAsync(NewEnrolmentCode code, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(code);
        var message = new NewEnrolmentCodeBody
        {
            Name = code.Name,
            Group = code.Group,
            Allow = code.Allow,
            ValidFor = code.ValidFor is { } time ? XmlConvert.ToString(time) : null,
        };
        var request = new RestRequest(HttpMethod.Post, "/v1/enrolment-codes")
        {
            Body = JsonSerializer.SerializeToUtf8Bytes(message, ClientJson.Default.NewEnrolmentCodeBody),
        };
        using var answer = await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return answer.Read(ClientJson.Default.EnrolmentCode);
    }

    /// <summary>Shuts somebody out everywhere, sees to the keys they touched, and reports what may be exposed since when.</summary>
    public async Task<SignedOffboarding> OffboardAsync(NewOffboarding offboarding, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(offboarding);
        var body = new OffboardingBody
        {
            Principal = offboarding.Principal, Group = offboarding.Group, Tenant = offboarding.Tenant, Issuer = offboarding.Issuer,
            DryRun = offboarding.DryRun, Keys = offboarding.Keys.ToString().ToLowerInvariant(),
        };
        var request = new RestRequest(HttpMethod.Post, "/v1/offboardings") { Body = JsonSerializer.SerializeToUtf8Bytes(body, ClientJson.Default.OffboardingBody) };
        using var answer = await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return answer.Read(ClientJson.Default.SignedOffboarding);
    }

    private async Task<ClientPrincipal> PostAsync(string path, byte[] body, CancellationToken cancellationToken)
    {
        using var answer = await _transport.SendAsync(new RestRequest(HttpMethod.Post, path) { Body = body }, cancellationToken).ConfigureAwait(false);
        return answer.Read(ClientJson.Default.ClientPrincipal);
    }
}
