using System.Globalization;

namespace Keyreeve.Cli.Terminal;

/// <summary>Sizes, times and speeds as people read them.</summary>
internal static class Size
{
    private static readonly string[] Units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];

    public static string Of(long bytes)
    {
        double value = bytes;
        var unit = 0;
        while (value >= 1024 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        var digits = unit == 0 || value >= 100 ? "0" : value >= 10 ? "0.#" : "0.##";
        return value.ToString(digits, CultureInfo.InvariantCulture) + " " + Units[unit];
    }

    public static string Speed(long bytes, TimeSpan time) =>
        time <= TimeSpan.Zero ? "-" : (bytes / 1e6 / time.TotalSeconds).ToString("0", CultureInfo.InvariantCulture) + " MB/s";

    public static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string? Time(DateTimeOffset? time) => time is { } given ? Time(given) : null;
}
