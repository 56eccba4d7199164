using Keyreeve.Server.Configuration;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Logs;

/// <summary>How much each component says: a snapshot of the configuration that can be exchanged while the server runs. Thread safe.</summary>
public sealed class LogLevels
{
    private const string OwnPrefix = "Keyreeve.";

    private LogOptions _options;

    /// <summary>Begins with the configuration.</summary>
    public LogLevels(LogOptions options) => _options = options;

    /// <summary>The configuration in force.</summary>
    public LogOptions Options
    {
        get => Volatile.Read(ref _options);
        set => Volatile.Write(ref _options, value);
    }

    /// <summary>The components that say more than an operator needs, in words; null if none does.</summary>
    public string? Loud
    {
        get
        {
            var options = Options;
            var loud = options.Components.Where(static c => c.Value > LogDetail.Basic).Select(static c => $"{c.Key} = {Word(c.Value)}").ToList();
            if (options.Detail > LogDetail.Basic) loud.Insert(0, $"level = {Word(options.Detail)}");
            return loud.Count == 0 ? null : string.Join(", ", loud);
        }
    }

    /// <summary>The component that a category belongs to: the word behind <c>Keyreeve.</c>, without <c>Server.</c>; <c>web</c> and
    /// <c>runtime</c> for what is not ours.</summary>
    public static string ComponentOf(string category)
    {
        if (!category.StartsWith(OwnPrefix, StringComparison.Ordinal)) return category.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) ? "web" : "runtime";
        var rest = category[OwnPrefix.Length..];
        if (rest.StartsWith("Server.", StringComparison.Ordinal)) rest = rest["Server.".Length..];
        var dot = rest.IndexOf('.', StringComparison.Ordinal);
        return (dot < 0 ? rest : rest[..dot]).ToLowerInvariant();
    }

    /// <summary>Whether a message is said.</summary>
    public bool IsSaid(string category, LogLevel level)
    {
        var options = Options;
        var component = ComponentOf(category);
        var detail = options.Components.GetValueOrDefault(component, options.Detail);
        // Of libraries an operator sees what he can act on: a client that hangs up is no news, and a busy port is told by us.
        if (component is "web" or "runtime" && detail == LogDetail.Basic) return level >= LogLevel.Error && !IsHosting(category);
        return detail switch
        {
            LogDetail.Basic => level >= LogLevel.Information,
            LogDetail.Verbose => level >= LogLevel.Debug,
            LogDetail.Debug => true,
            _ => false,
        };
    }

    private static bool IsHosting(string category) => category.StartsWith("Microsoft.Extensions.Hosting", StringComparison.Ordinal);

    private static string Word(LogDetail detail) => detail.ToString().ToLowerInvariant();
}
