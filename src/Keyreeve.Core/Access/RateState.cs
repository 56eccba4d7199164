namespace Keyreeve.Core.Access;

/// <summary>
/// What one principal, key or tenant has used of its limits. It outlives a change of policy. Takes no lock and allocates nothing unless
/// it refuses. Thread safe.
/// </summary>
public sealed class RateState
{
    private static readonly TimeSpan RecordInterval = TimeSpan.FromSeconds(1);

    // The generic cell rate algorithm: the moment at which the bucket would be full again.
    private long _fullAtTicks;
    private long _recordedAtTicks;

    // The day's number, and how many on it: two numbers that change together are one.
    private const int CountBits = 40;
    private const long CountMask = (1L << CountBits) - 1;
    private long _dayAndCount;

    /// <summary>The day and its count in one number, to be kept.</summary>
    internal long DayAndCount => Volatile.Read(ref _dayAndCount);

    /// <summary>Takes one operation.</summary>
    /// <param name="rule">The limits.</param>
    /// <param name="now">The time.</param>
    /// <param name="wait">If it is refused, when to come again.</param>
    /// <param name="isDay">Whether it is the day's number that refuses it.</param>
    internal bool TryTake(LimitRule rule, DateTimeOffset now, out TimeSpan wait, out bool isDay)
    {
        wait = TimeSpan.Zero;
        // What comes too fast is none of the day's, and is not told to come again in a second when the day is used up.
        isDay = rule.PerDay is { } most && IsUsedUp(most, now, out wait);
        if (isDay) return false;
        if (rule.PerSecond is { } rate && !TryTake(rate, rule.Burst ?? rate, now.UtcTicks, out wait)) return false;
        isDay = rule.PerDay is { } room && !TryCount(room, now, out wait);
        return !isDay;
    }

    /// <summary>Whether a refusal now is to be recorded: one a second tells what goes on, and more fill the trail.</summary>
    internal bool MayRecord(DateTimeOffset now)
    {
        var last = Volatile.Read(ref _recordedAtTicks);
        return Math.Abs(now.UtcTicks - last) >= RecordInterval.Ticks && Interlocked.CompareExchange(ref _recordedAtTicks, now.UtcTicks, last) == last;
    }

    /// <summary>Takes over what was kept, unless more has been counted meanwhile.</summary>
    internal void Restore(long dayAndCount)
    {
        for (var now = Volatile.Read(ref _dayAndCount); now < dayAndCount; now = Volatile.Read(ref _dayAndCount))
            if (Interlocked.CompareExchange(ref _dayAndCount, dayAndCount, now) == now) return;
    }

    private bool TryTake(int rate, int burst, long now, out TimeSpan wait)
    {
        var interval = Math.Max(TimeSpan.TicksPerSecond / rate, 1);
        var room = interval * (burst - 1);
        while (true)
        {
            var full = Volatile.Read(ref _fullAtTicks);
            // Further ahead than it can be: the clock was set back.
            var from = full <= now || full - now > room + interval ? now : full;
            wait = TimeSpan.FromTicks(from - now - room);
            if (wait > TimeSpan.Zero) return false;
            if (Interlocked.CompareExchange(ref _fullAtTicks, from + interval, full) == full) return true;
        }
    }

    private bool IsUsedUp(long most, DateTimeOffset now, out TimeSpan wait)
    {
        var today = now.UtcTicks / TimeSpan.TicksPerDay;
        wait = TimeSpan.FromTicks(((today + 1) * TimeSpan.TicksPerDay) - now.UtcTicks);
        return CountOn(today, Volatile.Read(ref _dayAndCount)) >= most;
    }

    private bool TryCount(long most, DateTimeOffset now, out TimeSpan wait)
    {
        var today = now.UtcTicks / TimeSpan.TicksPerDay;
        while (!IsUsedUp(most, now, out wait))
        {
            var before = Volatile.Read(ref _dayAndCount);
            var count = CountOn(today, before);
            if (count >= most || Interlocked.CompareExchange(ref _dayAndCount, (today << CountBits) | (count + 1), before) != before) continue;
            wait = TimeSpan.Zero;
            return true;
        }

        return false;
    }

    private static long CountOn(long day, long dayAndCount) => dayAndCount >> CountBits == day ? dayAndCount & CountMask : 0;
}
