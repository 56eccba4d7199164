using Keyreeve.Client.Rest;

namespace Keyreeve.Client;

/// <summary>
/// What takes others to agree. Whoever tries has asked: the refusal, <see cref="ClientError.ApprovalRequired"/>, names the request in
/// <see cref="KeyreeveClientException.Reference"/>. Once it is approved the same call of the same principal is carried out, once.
/// </summary>
/// <remarks>Thread safe. Every method may throw <see cref="KeyreeveClientException"/>.</remarks>
public sealed class Approvals
{
    private const string Path = "/v1/approvals";

    private readonly RestTransport _transport;

    internal Approvals(RestTransport transport) => _transport = transport;

    /// <summary>The caller's own requests, and those that the caller may decide on, the oldest first.</summary>
    /// <param name="includeEnded">Whether those that have ended are wanted too, as long as they are kept.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IReadOnlyList<ClientApproval>> ListAsync(bool includeEnded = false, CancellationToken cancellationToken = default) =>
        (await _transport.GetAsync(includeEnded ? Path + "?all=true" : Path, ClientJson.Default.ClientApprovals, cancellationToken).ConfigureAwait(false)).Requests;

    /// <summary>One request.</summary>
    public Task<ClientApproval> GetAsync(string id, CancellationToken cancellationToken = default) => SendAsync(HttpMethod.Get, PathOf(id), cancellationToken);

    /// <summary>Agrees to what another wants to do.</summary>
    public Task<ClientApproval> ApproveAsync(string id, CancellationToken cancellationToken = default) => SendAsync(HttpMethod.Post, PathOf(id) + "/approve", cancellationToken);

    /// <summary>Refuses what another wants to do, for good.</summary>
    public Task<ClientApproval> RejectAsync(string id, CancellationToken cancellationToken = default) => SendAsync(HttpMethod.Post, PathOf(id) + "/reject", cancellationToken);

    /// <summary>Takes back one's own request.</summary>
    public Task<ClientApproval> WithdrawAsync(string id, CancellationToken cancellationToken = default) => SendAsync(HttpMethod.Delete, PathOf(id), cancellationToken);

    private static string PathOf(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        return $"{Path}/{Uri.EscapeDataString(id)}";
    }

    private async Task<ClientApproval> SendAsync(HttpMethod method, string path, CancellationToken cancellationToken)
    {
        using var answer = await _transport.SendAsync(new RestRequest(method, path), cancellationToken).ConfigureAwait(false);
        return answer.Read(ClientJson.Default.ClientApproval);
    }
}
