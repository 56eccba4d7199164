using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Keyreeve.Client.Rest;
using Keyreeve.Crypto;

namespace Keyreeve.Client;

/// <summary>A server's root of trust: its seal slots, and the shares that open one of them.</summary>
/// <remarks>Thread safe. Every method may throw <see cref="KeyreeveClientException"/>.</remarks>
public sealed class SealAdministration
{
    private const string SharesPath = "/v1/seal/shares";

    private readonly RestTransport _transport;

    internal SealAdministration(RestTransport transport) => _transport = transport;

    /// <summary>The slots, and when each was last seen to open.</summary>
    public Task<ClientSealStatus> GetStatusAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync("/v1/seal", ClientJson.Default.ClientSealStatus, cancellationToken);

    /// <summary>Seals the root key in one more slot.</summary>
    public async Task<AddedSealSlot> AddAsync(NewSealSlot slot, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(slot);
        var request = new RestRequest(HttpMethod.Post, "/v1/seal/slots") { Body = JsonSerializer.SerializeToUtf8Bytes(slot, ClientJson.Default.NewSealSlot) };
        using var answer = await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return new AddedSealSlot(answer.Read(ClientJson.Default.AddedSealSlotAnswer).Slot, ReadShares(answer.Span));
    }

    /// <summary>Removes a slot; the last is not removed.</summary>
    public Task<ClientSealSlot> RemoveAsync(string id, CancellationToken cancellationToken = default) =>
        SendAsync(new RestRequest(HttpMethod.Delete, PathOf(id)), cancellationToken);

    /// <summary>Proves that a slot would open.</summary>
    public Task<ClientSealSlot> DrillAsync(string id, CancellationToken cancellationToken = default) =>
        SendAsync(new RestRequest(HttpMethod.Post, PathOf(id) + "/drill"), cancellationToken);

    /// <summary>Makes a new root key, sealed in all slots.</summary>
    public async Task<ClientSealStatus> RotateRootKeyAsync(CancellationToken cancellationToken = default)
    {
        using var answer = await _transport.SendAsync(new RestRequest(HttpMethod.Post, "/v1/seal/rotate"), cancellationToken).ConfigureAwait(false);
        return answer.Read(ClientJson.Default.ClientSealStatus);
    }

    /// <summary>Permits that the store is put back to an older copy, once; the last permission given counts.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="validFor">How long it holds, an hour to thirty days; null: a day.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ClientRestorePermit> PermitRestoreAsync(string reason, TimeSpan? validFor = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(reason);
        var body = new RestorePermitBody(reason, validFor is { } time ? System.Xml.XmlConvert.ToString(time) : null);
        var request = new RestRequest(HttpMethod.Post, "/v1/restore-permits") { Body = JsonSerializer.SerializeToUtf8Bytes(body, ClientJson.Default.RestorePermitBody) };
        using var answer = await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return answer.Read(ClientJson.Default.ClientRestorePermit);
    }

    /// <summary>Makes a new key-encryption key of the tenant; what is older is brought under it in the background.</summary>
    /// <param name="tenant">Whose; null: the caller's.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ClientTenantKey> RotateTenantKeyAsync(int? tenant = null, CancellationToken cancellationToken = default)
    {
        var path = "/v1/seal/tenant-key/rotate" + (tenant is { } number ? string.Create(CultureInfo.InvariantCulture, $"?tenant={number}") : "");
        using var answer = await _transport.SendAsync(new RestRequest(HttpMethod.Post, path), cancellationToken).ConfigureAwait(false);
        return answer.Read(ClientJson.Default.ClientTenantKey);
    }

    /// <summary>How the bringing of objects under the tenant's new key goes on.</summary>
    public Task<ClientTenantKey> GetTenantKeyAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync("/v1/seal/tenant-key", ClientJson.Default.ClientTenantKey, cancellationToken);

    /// <summary>Enters a share, as its custodian: unseals a sealed server, and is a drill at one that is open.</summary>
    /// <param name="share">The share's text, in ASCII.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ShareEntered> EnterShareAsync(SecretBytes share, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(share);
        using var body = new SecretBuffer(256);
        RequestBody.Write(body, writer =>
        {
            using var lease = share.Reveal();
            writer.WriteString("share"u8, lease.Span);
        });
        using var answer = await _transport.SendAsync(new RestRequest(HttpMethod.Post, SharesPath) { Body = body.Written }, cancellationToken).ConfigureAwait(false);
        return answer.Read(ClientJson.Default.ShareEntered);
    }

    /// <summary>Has the shares forgotten that were entered so far; only who has entered one may.</summary>
    public async Task CancelSharesAsync(CancellationToken cancellationToken = default)
    {
        using var answer = await _transport.SendAsync(new RestRequest(HttpMethod.Delete, SharesPath), cancellationToken).ConfigureAwait(false);
    }

    private async Task<ClientSealSlot> SendAsync(RestRequest request, CancellationToken cancellationToken)
    {
        using var answer = await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return answer.Read(ClientJson.Default.ClientSealSlot);
    }

    private static string PathOf(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        return "/v1/seal/slots/" + Uri.EscapeDataString(id);
    }

    // From the received bytes straight to their place, never through a string.
    private static ImmutableArray<SecretBytes> ReadShares(ReadOnlySpan<byte> json)
    {
        var shares = ImmutableArray.CreateBuilder<SecretBytes>();
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1 || !reader.ValueTextEquals("shares"u8)) continue;
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartArray) break;
            while (reader.Read() && reader.TokenType == JsonTokenType.String) shares.Add(ReadText(reader));
            break;
        }

        return shares.ToImmutable();
    }

    // Base64 has a character that JSON may escape.
    private static SecretBytes ReadText(in Utf8JsonReader reader)
    {
        Span<byte> text = new byte[reader.ValueSpan.Length];
        try
        {
            return SecretBytes.CopyFrom(text[..reader.CopyString(text)]);
        }
        finally
        {
            text.Clear();
        }
    }
}
