using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Xml;
using Keyreeve.Client.Rest;

namespace Keyreeve.Client;

/// <summary>The keys on the server. A key is given by its name or its identifier.</summary>
/// <remarks>Thread safe. Every method may throw <see cref="KeyreeveClientException"/>.</remarks>
public sealed class NamedKeys
{
    private readonly RestTransport _transport;

    internal NamedKeys(RestTransport transport) => _transport = transport;

    /// <summary>Makes a key, active at once. Sent again after a lost connection it is still made once.</summary>
    public async Task<NamedKey> CreateAsync(NewKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        var body = JsonSerializer.SerializeToUtf8Bytes(key, ClientJson.Default.NewKey);
        return await PostAsync("/v1/keys", body, key.IdempotencyKey ?? NewIdempotencyKey(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>One page of the keys that the caller may see.</summary>
    /// <param name="filter">Which keys; null for all.</param>
    /// <param name="limit">At most so many, 1 to 1000.</param>
    /// <param name="cursor"><see cref="NamedKeyPage.Next"/> of the page before; null for the first.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<NamedKeyPage> ListPageAsync(
        KeyFilter? filter = null, int limit = 100, string? cursor = null, CancellationToken cancellationToken = default)
    {
        var path = new StringBuilder();
        path.Append(CultureInfo.InvariantCulture, $"/v1/keys?limit={limit}");
        Append("group", filter?.Group);
        Append("prefix", filter?.Prefix);
        Append("state", filter?.State);
        Append("cursor", cursor);
        return _transport.GetAsync(path.ToString(), ClientJson.Default.NamedKeyPage, cancellationToken);

        void Append(string name, string? value)
        {
            if (value is not null)
                path.Append('&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
    }

    /// <summary>All keys that the caller may see, fetched page by page.</summary>
    public async IAsyncEnumerable<NamedKey> ListAsync(
        KeyFilter? filter = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string? cursor = null;
        do
        {
            var page = await ListPageAsync(filter, limit: 500, cursor, cancellationToken).ConfigureAwait(false);
            foreach (var key in page.Keys)
                yield return key;
            cursor = page.Next;
        }
        while (cursor is not null);
    }

    /// <summary>One key.</summary>
    public Task<NamedKey> GetAsync(string key, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(PathOf(key), ClientJson.Default.NamedKey, cancellationToken);

    /// <summary>The versions of a key.</summary>
    public async Task<IReadOnlyList<NamedKeyVersion>> GetVersionsAsync(string key, CancellationToken cancellationToken = default) =>
        (await _transport.GetAsync($"{PathOf(key)}/versions", ClientJson.Default.NamedKeyVersions, cancellationToken).ConfigureAwait(false)).Versions;

    /// <summary>Makes a new version, which encrypts from now on; the older ones still decrypt.</summary>
    public Task<NamedKey> RotateAsync(string key, CancellationToken cancellationToken = default) =>
        PostAsync($"{PathOf(key)}/rotate", default, NewIdempotencyKey(), cancellationToken);

    /// <summary>Lets a disabled key be used again.</summary>
    public Task<NamedKey> EnableAsync(string key, CancellationToken cancellationToken = default) =>
        PostAsync($"{PathOf(key)}/enable", default, idempotencyKey: null, cancellationToken);

    /// <summary>Forbids every use of a key until it is enabled again.</summary>
    public Task<NamedKey> DisableAsync(string key, CancellationToken cancellationToken = default) =>
        PostAsync($"{PathOf(key)}/disable", default, idempotencyKey: null, cancellationToken);

    /// <summary>Destroys a key after a while, in which it cannot be used and the destruction can be called off.</summary>
    /// <param name="key">Name or identifier.</param>
    /// <param name="after">One hour to 30 days; null takes the server's default, seven days.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<NamedKey> ScheduleDestructionAsync(string key, TimeSpan? after = null, CancellationToken cancellationToken = default)
    {
        var message = new DestructionBody { After = after is { } time ? XmlConvert.ToString(time) : null };
        var body = JsonSerializer.SerializeToUtf8Bytes(message, ClientJson.Default.DestructionBody);
        return PostAsync($"{PathOf(key)}/destruction", body, idempotencyKey: null, cancellationToken);
    }

    /// <summary>Calls a scheduled destruction off.</summary>
    public async Task<NamedKey> CancelDestructionAsync(string key, CancellationToken cancellationToken = default)
    {
        var request = new RestRequest(HttpMethod.Delete, $"{PathOf(key)}/destruction");
        using var answer = await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return answer.Read(ClientJson.Default.NamedKey);
    }

    /// <summary>Destroys the material of all versions of a key, at once and for good: what is under it cannot be read any more.</summary>
    /// <param name="name">The key's name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task DestroyAsync(string name, CancellationToken cancellationToken = default)
    {
        var request = new RestRequest(HttpMethod.Delete, $"{PathOf(name)}?confirm={Uri.EscapeDataString(name)}");
        using var answer = await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    internal static string PathOf(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        // What the server could never have named is not sent: "." and ".." would change the path.
        foreach (var c in key)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
                throw InvalidName(key);
        }

        return char.IsAsciiLetterOrDigit(key[0]) && key.Length <= 128 ? $"/v1/keys/{key}" : throw InvalidName(key);
    }

    private static KeyreeveClientException InvalidName(string key) =>
        new("InvalidField", $"'{key}' cannot be the name of a key: 1 to 128 characters of A-Z, a-z, 0-9, '.', '_' and '-', beginning with a letter or digit.");

    private static string NewIdempotencyKey() => Guid.NewGuid().ToString("D");

    private async Task<NamedKey> PostAsync(string path, ReadOnlyMemory<byte> body, string? idempotencyKey, CancellationToken cancellationToken)
    {
        var request = new RestRequest(HttpMethod.Post, path) { Body = body, IdempotencyKey = idempotencyKey };
        using var answer = await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return answer.Read(ClientJson.Default.NamedKey);
    }
}
