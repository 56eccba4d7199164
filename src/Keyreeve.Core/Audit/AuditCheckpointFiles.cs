namespace Keyreeve.Core.Audit;

/// <summary>
/// The checkpoints of a trail, in the order of their sizes: those in its directory and those that were handed in. Earlier
/// ones are read, and their signatures checked, only as the trail is read.
/// </summary>
internal sealed class AuditCheckpointFiles : IDisposable
{
    private readonly AuditVerifierKey _key;
    private readonly PriorityQueue<AuditCheckpoint, long> _loose = new();
    private readonly IEnumerator<string>? _history;
    private AuditCheckpoint? _earlier;
    private long _lastEarlierSize;

    public AuditCheckpointFiles(AuditVerifierOptions options, AuditVerifierKey key)
    {
        _key = key;
        var latest = Path.Combine(options.Directory, AuditCheckpoint.FileName);
        if (File.Exists(latest)) AddLoose(File.ReadAllText(latest), AuditCheckpoint.FileName);
        foreach (var file in options.OutsideCheckpoints) AddOutside(file);

        var history = Path.Combine(options.Directory, AuditCheckpoint.HistoryFileName);
        if (!File.Exists(history)) return;
        _history = AuditCheckpoint.Split(ReadCompleteLines(history)).GetEnumerator();
        ReadEarlier();
    }

    /// <summary>The first that is not sound, if one has been met.</summary>
    public AuditFinding? Fault { get; private set; }

    /// <summary>The next checkpoint; null after the last, or after one that is not sound.</summary>
    public AuditCheckpoint? Next
    {
        get
        {
            if (Fault is not null) return null;
            return _loose.TryPeek(out var loose, out var size) && !(_earlier?.Size <= size) ? loose : _earlier;
        }
    }

    public void MoveOn()
    {
        if (ReferenceEquals(Next, _earlier)) ReadEarlier();
        else _loose.Dequeue();
    }

    public void Dispose() => _history?.Dispose();

    // A file from outside may hold one note, or all that were exported, one after another.
    private void AddOutside(string text)
    {
        const string Place = "(a checkpoint from outside)";
        var notes = AuditCheckpoint.Split(text.TrimEnd('\n').Split('\n')).ToList();
        foreach (var note in notes) AddLoose(note, Place);
        if (notes.Count == 0) Fault ??= Invalid(Place, 0);
    }

    private void AddLoose(string note, string place)
    {
        if (AuditCheckpoint.Open(note, _key) is { } checkpoint) _loose.Enqueue(checkpoint, checkpoint.Size);
        else Fault ??= Invalid(place, 0);
    }

    private void ReadEarlier()
    {
        _earlier = null;
        if (!_history!.MoveNext()) return;
        if (AuditCheckpoint.Open(_history.Current, _key) is { } checkpoint && checkpoint.Size >= _lastEarlierSize)
        {
            _earlier = checkpoint;
            _lastEarlierSize = checkpoint.Size;
        }
        else
        {
            Fault ??= Invalid(AuditCheckpoint.HistoryFileName, _lastEarlierSize);
        }
    }

    // While the server writes, the last line may be there in part.
    private static IEnumerable<string> ReadCompleteLines(string path)
    {
        using var reader = new StreamReader(path);
        var text = new System.Text.StringBuilder();
        for (var next = reader.Read(); next >= 0; next = reader.Read())
        {
            if (next != '\n')
            {
                text.Append((char)next);
                continue;
            }

            yield return text.ToString();
            text.Clear();
        }
    }

    private static AuditFinding Invalid(string place, long sequence) => new(
        AuditFault.InvalidCheckpoint, sequence, place, 0,
        "a checkpoint is malformed, of another trail, out of order, or not signed by the trail's key");
}
