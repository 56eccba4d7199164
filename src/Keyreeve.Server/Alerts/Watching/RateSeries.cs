namespace Keyreeve.Server.Alerts.Watching;

/// <summary>
/// How often something happened in each hour of the last six weeks, in two bytes an hour. What is usual in an hour of the week is
/// the median of that hour in the weeks before, and its spread the median absolute deviation: one wild week moves neither.
/// Not thread safe.
/// </summary>
internal sealed class RateSeries
{
    /// <summary>As many weeks as are kept.</summary>
    public const int Weeks = 6;

    // The oldest week is being written over while the current one goes on.
    private const int ComparedWeeks = Weeks - 1;
    private const int Slots = Weeks * Calendar.HoursOfWeek;

    // Of a normal distribution the standard deviation is so many times the median absolute deviation.
    private const double DeviationsPerMad = 1.4826;

    private readonly ushort[] _history;

    public RateSeries(int hour)
        : this(new ushort[Slots]) => FirstHour = CurrentHour = hour;

    private RateSeries(ushort[] history) => _history = history;

    /// <summary>The hour in which it was first seen.</summary>
    public int FirstHour { get; private set; }

    /// <summary>The hour that is being counted.</summary>
    public int CurrentHour { get; private set; }

    /// <summary>How often it happened in it so far.</summary>
    public long Count { get; private set; }

    /// <summary>The most in any hour that is over.</summary>
    public long Busiest { get; private set; }

    /// <summary>From which count on the hour is unusual; found once an hour.</summary>
    public double? Threshold { get; set; }

    public void Add(int hour)
    {
        MoveTo(hour);
        Count++;
    }

    /// <summary>What is usual in the current hour, an hour of daylight saving to either side allowed for.</summary>
    /// <returns>The hour's median, and the count above which it is unusual.</returns>
    public (double Median, double Threshold) Usual(double factor)
    {
        var threshold = 0.0;
        var median = 0.0;
        Span<double> samples = stackalloc double[ComparedWeeks];
        for (var shift = -1; shift <= 1; shift++)
        {
            var found = 0;
            for (var week = 1; week <= ComparedWeeks; week++)
            {
                var hour = CurrentHour + shift - (week * Calendar.HoursOfWeek);
                if (hour > FirstHour) samples[found++] = Unpack(_history[hour % Slots]);
            }

            if (found == 0) continue;
            var middle = MedianOf(samples[..found]);
            for (var i = 0; i < found; i++) samples[i] = Math.Abs(samples[i] - middle);
            // A few weeks may agree by chance: no spread is below that of arrivals by chance, nor below a fifth, and the fewer
            // weeks there are the wider it is taken.
            var spread = Math.Max(DeviationsPerMad * MedianOf(samples[..found]), Math.Max(Math.Sqrt(middle + 1), middle / 5));
            threshold = Math.Max(threshold, middle + (factor * spread * (1 + (1.0 / found))));
            if (shift == 0) median = middle;
        }

        return (median, threshold);
    }

    public void Write(BinaryWriter to)
    {
        to.Write(FirstHour);
        to.Write(CurrentHour);
        to.Write(Count);
        to.Write(Busiest);
        foreach (var slot in _history) to.Write(slot);
    }

    public static RateSeries Read(BinaryReader from)
    {
        var history = new ushort[Slots];
        var (first, current, count, busiest) = (from.ReadInt32(), from.ReadInt32(), from.ReadInt64(), from.ReadInt64());
        for (var i = 0; i < Slots; i++) history[i] = from.ReadUInt16();
        return new RateSeries(history) { FirstHour = first, CurrentHour = current, Count = count, Busiest = busiest };
    }

    // A record that comes late, or after the clock was set back, counts in the current hour.
    private void MoveTo(int hour)
    {
        if (hour <= CurrentHour) return;
        _history[CurrentHour % Slots] = Pack(Count);
        Busiest = Math.Max(Busiest, Count);
        var empty = Math.Min(hour - CurrentHour - 1, Slots);
        for (var i = 1; i <= empty; i++) _history[(hour - i) % Slots] = 0;
        CurrentHour = hour;
        Count = 0;
        Threshold = null;
    }

    private static double MedianOf(Span<double> values)
    {
        values.Sort();
        var half = values.Length / 2;
        return values.Length % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
    }

    // The upper half of a float: any count, to less than one in a hundred.
    private static ushort Pack(long count) => (ushort)(BitConverter.SingleToUInt32Bits(count) >> 16);

    private static double Unpack(ushort packed) => BitConverter.UInt32BitsToSingle((uint)packed << 16);
}
