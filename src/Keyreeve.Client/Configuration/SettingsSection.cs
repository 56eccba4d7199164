using System.Globalization;

namespace Keyreeve.Client.Configuration;

/// <summary>The settings of one section; every fault is collected, and a value that cannot be used counts as absent.</summary>
internal sealed class SettingsSection(string name, string missingSource, List<string> faults)
{
    private static readonly (string Unit, long Milliseconds)[] TimeUnits = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

    private static readonly (string Unit, long Bytes)[] SizeUnits = [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40), ("B", 1)];

    private readonly Dictionary<string, SettingsEntry> _entries = new(StringComparer.Ordinal);

    public string Name { get; } = name;

    public void Add(SettingsEntry entry, IReadOnlyCollection<string> known)
    {
        if (!known.Contains(entry.Key, StringComparer.Ordinal))
            faults.Add($"{entry.Source}: Section [{Name}] has no '{entry.Key}'; it has {string.Join(", ", known)}.");
        else if (!_entries.TryAdd(entry.Key, entry))
            faults.Add($"{entry.Source}: '{entry.Key}' is set at {_entries[entry.Key].Source} already.");
    }

    public bool Has(string key) => _entries.ContainsKey(key);

    public string? Text(string key) => _entries.TryGetValue(key, out var entry) ? entry.Value : null;

    public string SourceOf(string key) => _entries.TryGetValue(key, out var entry) ? entry.Source : missingSource;

    /// <summary>Reads a value by something that throws <see cref="FormatException"/> saying what is allowed.</summary>
    public T? Read<T>(string key, Func<string, T> read)
    {
        if (!_entries.TryGetValue(key, out var entry))
            return default;
        try
        {
            return read(entry.Value);
        }
        catch (FormatException fault)
        {
            // A password is not shown.
            faults.Add($"{entry.Source}: '{key}' {fault.Message}{(key is "password" ? "" : $"; it is '{entry.Value}'")}.");
            return default;
        }
    }

    public void Require(string key)
    {
        if (!Has(key))
            faults.Add($"{missingSource}: '{key}' is missing in section [{Name}].");
    }

    public void Refuse(string key, string why)
    {
        if (Has(key))
            faults.Add($"{SourceOf(key)}: {why}");
    }

    public TimeSpan? Time(string key, TimeSpan least, TimeSpan most) => Read<TimeSpan?>(key, text =>
        WithUnit(text, TimeUnits) is { } value && value >= (long)least.TotalMilliseconds && value <= (long)most.TotalMilliseconds
            ? TimeSpan.FromMilliseconds(value)
            : throw new FormatException($"is a time from {Describe(least)} to {Describe(most)}, such as '500ms', '30s', '10m' or '1h'"));

    public int? Number(string key, int least, int most) => Read<int?>(key, text =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new FormatException($"is a whole number from {least} to {most}"));

    public long? Size(string key) => Read<long?>(key, static text =>
        WithUnit(text, SizeUnits) is { } value and > 0 ? value : throw new FormatException("is a size such as '64KiB', '1MiB' or '2GiB'"));

    public T? OneOf<T>(string key, params (string Word, T Value)[] words)
        where T : struct => Read<T?>(key, text =>
    {
        foreach (var (word, value) in words)
        {
            if (string.Equals(word, text, StringComparison.Ordinal))
                return value;
        }

        throw new FormatException($"is one of {string.Join(", ", words.Select(static pair => $"'{pair.Word}'"))}");
    });

    private static long? WithUnit(string text, ReadOnlySpan<(string Unit, long Factor)> units)
    {
        foreach (var (unit, factor) in units)
        {
            // "10ms" ends with "s" too; what stands before the unit decides.
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && long.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
                && value <= long.MaxValue / factor)
                return value * factor;
        }

        return null;
    }

    private static string Describe(TimeSpan time) => time switch
    {
        { TotalDays: >= 1 } => $"{(int)time.TotalDays}d",
        { TotalHours: >= 1 } => $"{(int)time.TotalHours}h",
        { TotalMinutes: >= 1 } => $"{(int)time.TotalMinutes}m",
        { TotalSeconds: >= 1 } => $"{(int)time.TotalSeconds}s",
        _ => $"{(int)time.TotalMilliseconds}ms",
    };
}
