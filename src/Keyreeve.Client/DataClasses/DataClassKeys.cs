namespace Keyreeve.Client;

/// <summary>The keys of data classes.</summary>
public static class DataClassKeys
{
    /// <summary>
    /// Makes the keys that the classes name and that are not there yet, each in its group, and a new version of those whose cryptoperiod is over.
    /// To be called at the start of a program, or by whoever administers keys: it needs the right to create and rotate them.
    /// </summary>
    /// <param name="rules">The classes.</param>
    /// <param name="client">The connection.</param>
    /// <param name="time">The clock; null: the machine's.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task EnsureKeysAsync(
        this DataClassRules rules, KeyreeveClient client, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(client);
        var now = (time ?? TimeProvider.System).GetUtcNow();
        foreach (var classes in rules.All.Where(static rule => rule.Level != ProtectionLevel.Volume).GroupBy(static rule => rule.Key, StringComparer.Ordinal))
        {
            await EnsureAsync(client, classes.Key, classes.Select(static rule => rule.KeyGroup).FirstOrDefault(static group => group is not null), cancellationToken).ConfigureAwait(false);
            // Of classes that share a key, the shortest counts.
            if (classes.Min(static rule => rule.Cryptoperiod) is { } period)
                await RotateIfDueAsync(client, classes.Key, now - period, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task EnsureAsync(KeyreeveClient client, string key, string? group, CancellationToken cancellationToken)
    {
        try
        {
            await client.Keys.GetAsync(key, cancellationToken).ConfigureAwait(false);
        }
        catch (KeyreeveClientException e) when (e.Is(ClientError.ItemNotFound))
        {
            await CreateAsync(client, key, group, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task CreateAsync(KeyreeveClient client, string key, string? group, CancellationToken cancellationToken)
    {
        try
        {
            await client.Keys.CreateAsync(new NewKey { Name = key, Group = group }, cancellationToken).ConfigureAwait(false);
        }
        catch (KeyreeveClientException e) when (e.Is("NonUniqueName"))
        {
            // Somebody else made it a moment ago: that is the one.
        }
    }

    private static async Task RotateIfDueAsync(KeyreeveClient client, string key, DateTimeOffset oldest, CancellationToken cancellationToken)
    {
        var versions = await client.Keys.GetVersionsAsync(key, cancellationToken).ConfigureAwait(false);
        if (versions.FirstOrDefault(static version => version.IsCurrent) is { } current && current.CreatedAt <= oldest)
            await client.Keys.RotateAsync(key, cancellationToken).ConfigureAwait(false);
    }
}
