using System.Diagnostics.Metrics;

namespace Keyreeve.Client.Connecting;

/// <summary>What the client counts; the names are documented in docs/sdk.md and read by any listener of .NET's meters.</summary>
internal static class ClientMetrics
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Keyreeve.Client";

    private static readonly Meter Meter = new(MeterName);

    public static readonly Counter<long> Failovers = Meter.CreateCounter<long>(
        "keyreeve.client.failovers", "{server}", "How often a server that served until then was given up, by reason: not-served, hung, closed.");

    public static readonly Counter<long> CacheHits = Meter.CreateCounter<long>(
        "keyreeve.client.data_keys.hits", "{use}", "Uses of a data key that was in the cache.");

    public static readonly Counter<long> CacheFetches = Meter.CreateCounter<long>(
        "keyreeve.client.data_keys.fetches", "{fetch}", "Data keys fetched from the key provider.");

    public static readonly Counter<long> CacheEvictions = Meter.CreateCounter<long>(
        "keyreeve.client.data_keys.evictions", "{key}", "Data keys that were wiped, by reason: age, uses, room, refused, forgotten.");

    public static readonly Counter<long> GraceUses = Meter.CreateCounter<long>(
        "keyreeve.client.data_keys.grace_uses", "{use}", "Uses of a data key past its lifetime because no server could be reached.");

    public static readonly UpDownCounter<long> CachedKeys = Meter.CreateUpDownCounter<long>(
        "keyreeve.client.data_keys.cached", "{key}", "Data keys in the cache.");
}
