using System.Globalization;
using System.Text.RegularExpressions;
using Keyreeve.Core;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>
/// Durations as ISO 8601 writes them, as far as they are a fixed time: weeks, or days, hours, minutes and seconds. Months
/// and years, which are not, are refused.
/// </summary>
internal static partial class Iso8601Duration
{
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>.</exception>
    public static TimeSpan Parse(string text, string field)
    {
        var match = Pattern().Match(text);
        if (!match.Success || text[^1] is 'P' or 'T') throw new KeyreeveException(KeyreeveError.InvalidField, $"'{field}' is a duration such as 'P7D', 'PT12H' or 'PT90M'.");
        return TimeSpan.FromSeconds(
            (Part(match, "weeks") * 604_800) + (Part(match, "days") * 86_400) + (Part(match, "hours") * 3_600)
            + (Part(match, "minutes") * 60) + Part(match, "seconds"));
    }

    private static long Part(Match match, string name) =>
        match.Groups[name] is { Success: true } part ? long.Parse(part.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(
        @"\AP(?:(?<weeks>\d{1,6})W|(?:(?<days>\d{1,6})D)?(?:T(?:(?<hours>\d{1,6})H)?(?:(?<minutes>\d{1,6})M)?(?:(?<seconds>\d{1,6})S)?)?)\z",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();
}
