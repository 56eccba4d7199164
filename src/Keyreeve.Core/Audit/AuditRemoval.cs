using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Audit;

/// <summary>
/// The removal of a trail's oldest segments, whose archive somebody has shown to have. Made when it is recorded: whoever verifies
/// what is left finds the record in it, and begins where it says.
/// </summary>
public sealed class AuditRemoval : IRecordedChange
{
    private readonly AuditDirectory _directory;
    private readonly AuditFeed _feed;

    private AuditRemoval(AuditDirectory directory, AuditFeed feed, AuditPosition position)
    {
        _directory = directory;
        _feed = feed;
        Position = position;
    }

    /// <summary>What is removed ends here.</summary>
    public AuditPosition Position { get; }

    /// <summary>What the record says of it.</summary>
    public string Description => AuditBeginning.Describe(Position.Size);

    /// <inheritdoc/>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AuditUnavailable"/>.</exception>
    public ValueTask MakeAsync()
    {
        try
        {
            AuditBeginning.Write(_directory, Position);
            _feed.BeginsAfter = Position.Size;
            AuditBeginning.DeleteBefore(_directory, Position.Size);
            return ValueTask.CompletedTask;
        }
        catch (IOException failure)
        {
            throw new KeyreeveException(KeyreeveError.AuditUnavailable, "The oldest segments cannot be removed: " + failure.Message, failure);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Finds what may be removed: whole segments, never the one that is being written.</summary>
    /// <param name="directory">The trail's directory.</param>
    /// <param name="feed">Who follows the trail.</param>
    /// <param name="archived">Where the archive ends.</param>
    /// <param name="before">Only what is older.</param>
    /// <param name="most">No more records than so many: what has been passed on.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: the archive is of another trail, or there is nothing to remove.</exception>
    internal static AuditRemoval Prepare(
        AuditDirectory directory, AuditFeed feed, AuditPosition archived, DateTimeOffset before, long most, CancellationToken cancellationToken)
    {
        var begin = AuditBeginning.Read(directory.Path) ?? AuditPosition.Start;
        if (archived.Size <= begin.Size) throw NothingToRemove();
        var walk = new Walk(begin, before, most);
        using var reader = new AuditTrailReader(directory.Path);
        while (walk.State.Size < archived.Size && reader.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            walk.Take(reader);
        }

        if (!string.Equals(AuditPosition.From(walk.State).ToString(), archived.ToString(), StringComparison.Ordinal))
            throw new KeyreeveException(KeyreeveError.InvalidField, "That position is not one of this trail: what was archived is another trail, or was changed.");
        if (reader.Read()) walk.EnterSegment(reader.Segment);
        return new AuditRemoval(directory, feed, walk.Found ?? throw NothingToRemove());
    }

    private static KeyreeveException NothingToRemove() => new(
        KeyreeveError.InvalidField,
        "There is no whole segment that is archived, older than that, and passed on to every sink; the one that is being written always stays.");

    // Follows the chain from where it begins, and notes at each new segment whether all before it may go.
    private sealed class Walk(AuditPosition begin, DateTimeOffset before, long most)
    {
        private readonly byte[] _last = new byte[AuditLine.MaxSizeInBytes];
        private int _lastLength;
        private int _segment;
        private bool _isYoung;

        public ChainState State { get; } = begin.ToState();

        public AuditPosition? Found { get; private set; }

        public void Take(AuditTrailReader reader)
        {
            if (!reader.IsLineComplete || !AuditLine.TryParse(reader.Line, out var line)) throw Damaged(reader);
            reader.LastSequence = line.Sequence;
            // What a crash left of an earlier removal.
            if (line.Sequence <= begin.Size && State.Size == begin.Size) return;
            if (!State.IsNext(line)) throw Damaged(reader);
            EnterSegment(reader.Segment);
            State.Append(reader.PrefixedLine);
            reader.Line.CopyTo(_last);
            _lastLength = reader.Line.Length;
        }

        public void EnterSegment(int segment)
        {
            if (segment == _segment) return;
            if (_segment != 0 && !_isYoung)
            {
                _isYoung = State.Size > most || AuditRecord.Parse(_last.AsSpan(0, _lastLength).ToArray()).Time >= before;
                if (!_isYoung) Found = AuditPosition.From(State);
            }

            _segment = segment;
        }

        private static KeyreeveException Damaged(AuditTrailReader reader) => new(
            KeyreeveError.AuditUnavailable,
            $"Segment {AuditDirectory.SegmentName(reader.Segment)} is damaged at byte {reader.Offset}; nothing is removed. See: keyreeve audit verify");
    }
}
