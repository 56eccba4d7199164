namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>How many messages may be under way in parts, for how long, and how much of them is kept.</summary>
internal static class StreamLimits
{
    /// <summary>Of one principal.</summary>
    public const int MostPerPrincipal = 32;

    /// <summary>Of all.</summary>
    public const int MostInAll = 1024;

    /// <summary>Of a message that cannot be worked off as it comes: 16 MiB, the longest data unit of XTS.</summary>
    public const int MostHeldPerMessageInBytes = 16 << 20;

    /// <summary>Of all messages together: 64 MiB.</summary>
    public const long MostHeldInBytes = 64L << 20;

    /// <summary>From one part to the next.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <summary>From the first part to the last.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromHours(1);

    /// <summary>How often what has expired is wiped, whether or not anybody asks.</summary>
    public static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);
}
