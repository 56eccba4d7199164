using Keyreeve.Server.Alerts.Watching;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Alerts;

/// <summary>All rules over the trail's records, in order. Knows no clock but the records' own. Not thread safe.</summary>
internal sealed class AlertWatch
{
    // Raised when what is written has another form; what an older one wrote is then learned anew from the trail.
    private const int FormatVersion = 1;

    private readonly HabitWatch _habits;
    private readonly CountWatch _counts;
    private readonly RecordWatch _records = new();

    public AlertWatch(AlertOptions options)
        : this(options, new HabitWatch(options.Habits))
    {
    }

    private AlertWatch(AlertOptions options, HabitWatch habits)
    {
        _habits = habits;
        _counts = new CountWatch(options.CountRules);
    }

    /// <summary>The latest time of a record.</summary>
    public DateTimeOffset Latest => _records.Latest;

    /// <summary>How many principals are known, and how many of them still too short to have habits.</summary>
    public (int Known, int Learning) Progress(DateTimeOffset now) => _habits.Progress(now);

    /// <summary>How much is kept in memory, in entries, and how much had to make room.</summary>
    public (int Subjects, int Counts, long Evicted) Size => (_habits.Subjects, _counts.Count, _habits.Evicted);

    /// <summary>Takes note of whether an object is compromised, as the store has it.</summary>
    public void SetCompromised(string objectId, bool isCompromised) => _records.SetCompromised(objectId, isCompromised);

    public void Take(AuditSight sight, Action<AlertFinding> found)
    {
        // What the alerts cause is not looked at again.
        if (sight.Operation is "Alert") return;
        _records.Take(sight, found);
        _habits.Take(sight, found);
        _counts.Take(sight, found);
    }

    public void Write(BinaryWriter to)
    {
        to.Write(FormatVersion);
        to.Write(_records.Latest.UtcTicks);
        _habits.Write(to);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It has another form.</exception>
    public static AlertWatch Read(BinaryReader from, AlertOptions options)
    {
        if (from.ReadInt32() != FormatVersion) throw new InvalidDataException("it has another version");
        var latest = new DateTimeOffset(from.ReadInt64(), TimeSpan.Zero);
        var watch = new AlertWatch(options, HabitWatch.Read(from, options.Habits));
        watch._records.Latest = latest;
        return watch;
    }
}
