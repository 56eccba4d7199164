namespace Keyreeve.Server.Alerts.Watching;

/// <summary>From when on something counts as unusual.</summary>
internal sealed record HabitSettings
{
    /// <summary>How many spreads above the median an hour has to be.</summary>
    public double Factor { get; init; } = 6;

    /// <summary>Fewer openings than that in an hour are never unusual, for a principal or a key.</summary>
    public int LeastCount { get; init; } = 50;

    /// <summary>The same for a tenant.</summary>
    public int LeastCountOfTenant { get; init; } = 200;

    /// <summary>How long something is watched before its habits are known.</summary>
    public TimeSpan Learning { get; init; } = TimeSpan.FromDays(14);

    /// <summary>How many principals, and how many keys, are known at most.</summary>
    public int MostSubjects { get; init; } = 4096;

    /// <summary>How many pairs of principal and key are known at most.</summary>
    public int MostPairs { get; init; } = 200_000;
}
