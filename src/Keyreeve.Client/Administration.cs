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
}
