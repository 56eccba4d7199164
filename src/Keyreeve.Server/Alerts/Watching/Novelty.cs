namespace Keyreeve.Server.Alerts.Watching;

/// <summary>
/// Whether something new is news: not where new things come all the time. Keeps the days of the last four.
/// </summary>
internal struct Novelty
{
    /// <summary>So many in as many days make the next one ordinary.</summary>
    public const int Most = 4;

    /// <summary>The days that are looked back.</summary>
    public const int Days = 14;

    private int _next;
    private DayList _days;

    /// <summary>Takes note of something new.</summary>
    /// <returns>Whether it is news.</returns>
    public bool Note(int day)
    {
        var oldest = _days[_next];
        _days[_next] = day;
        _next = (_next + 1) % Most;
        return oldest == 0 || day - oldest >= Days;
    }

    public readonly void Write(BinaryWriter to)
    {
        to.Write(_next);
        for (var i = 0; i < Most; i++) to.Write(_days[i]);
    }

    public static Novelty Read(BinaryReader from)
    {
        var novelty = new Novelty { _next = from.ReadInt32() % Most };
        for (var i = 0; i < Most; i++) novelty._days[i] = from.ReadInt32();
        return novelty;
    }

    [System.Runtime.CompilerServices.InlineArray(Most)]
    private struct DayList
    {
        private int _first;
    }
}
