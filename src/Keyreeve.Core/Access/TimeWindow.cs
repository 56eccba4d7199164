using System.Collections.Immutable;

namespace Keyreeve.Core.Access;

/// <summary>
/// Hours of days, in UTC. One whose end is not after its beginning goes on past midnight, and belongs to the day on which it began.
/// </summary>
/// <param name="Days">On which days it begins; none means all.</param>
/// <param name="From">When it begins.</param>
/// <param name="Until">When it ends; the end itself is outside. Midnight means the end of the day.</param>
public sealed record TimeWindow(ImmutableArray<DayOfWeek> Days, TimeOnly From, TimeOnly Until)
{
    /// <summary>Whether the moment lies in it.</summary>
    public bool Contains(DateTimeOffset moment)
    {
        var utc = moment.UtcDateTime;
        var time = TimeOnly.FromDateTime(utc);
        var today = utc.DayOfWeek;
        if (From < Until) return time >= From && time < Until && IsOn(today);
        var yesterday = (DayOfWeek)(((int)today + 6) % 7);
        return (time >= From && IsOn(today)) || (time < Until && IsOn(yesterday));
    }

    private bool IsOn(DayOfWeek day)
    {
        if (Days.IsDefaultOrEmpty) return true;
        foreach (var one in Days)
            if (one == day) return true;
        return false;
    }
}
