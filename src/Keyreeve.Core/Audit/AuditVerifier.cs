using Keyreeve.Crypto;

namespace Keyreeve.Core.Audit;

/// <summary>What a verification is to look at.</summary>
public sealed record AuditVerifierOptions
{
    /// <summary>The trail's directory; may be a copy.</summary>
    public required string Directory { get; init; }

    /// <summary>The public key; null: the one that lies in the directory, which proves less (<see cref="AuditVerification.IsKeyFromTrail"/>).</summary>
    public AuditVerifierKey? Key { get; init; }

    /// <summary>Checkpoints kept elsewhere, as signed notes: with them a trail put back to an older copy is found out too.</summary>
    public IReadOnlyList<string> OutsideCheckpoints { get; init; } = [];

    /// <summary>Where to begin: the end of an earlier verification; null: the trail's first record.</summary>
    public AuditPosition? From { get; init; }
}

/// <summary>
/// Verifies a trail without the server and without a secret: every line, every link, every checkpoint. Reads in bounded
/// memory; may run while the server writes.
/// </summary>
public sealed class AuditVerifier
{
    private readonly AuditVerifierOptions _options;
    private readonly AuditVerifierKey _key;
    private readonly ChainState _state;
    private readonly AuditCheckpointFiles _checkpoints;
    private readonly AuditPosition? _from;
    private string? _untold;

    // The last record before the point from which to verify, if any is there; 0: it is another one than the point names.
    private long? _before;
    private long _signedRecords;
    private int _checked;

    private AuditVerifier(AuditVerifierOptions options, AuditVerifierKey key, AuditCheckpointFiles checkpoints)
    {
        _options = options;
        _key = key;
        _from = options.From;
        if (_from is null && AuditBeginning.Read(options.Directory) is { } begin && IsGone(options.Directory))
        {
            _from = begin;
            _untold = AuditBeginning.Describe(begin.Size);
        }

        _state = (_from ?? AuditPosition.Start).ToState();
        _checkpoints = checkpoints;
        while (checkpoints.Next?.Size < _state.Size) checkpoints.MoveOn();
    }

    /// <summary>Verifies.</summary>
    /// <exception cref="IOException">The trail cannot be read.</exception>
    /// <exception cref="InvalidDataException">There is no public key, or it is not one.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static AuditVerification Verify(AuditVerifierOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var key = options.Key ?? ReadKey(options.Directory);
        using var checkpoints = new AuditCheckpointFiles(options, key);
        return new AuditVerifier(options, key, checkpoints).Run(cancellationToken);
    }

    private AuditVerification Run(CancellationToken cancellationToken)
    {
        using var reader = new AuditTrailReader(_options.Directory, FirstSegment());
        if (CheckDueCheckpoints() is { } early) return Result(early);
        while (reader.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!reader.IsLineComplete && reader.IsLastSegment) return Finish(reader, reader.Line.Length);
            if (CheckLine(reader) is { } wrong) return Result(wrong, reader);
        }

        return Finish(reader, 0);
    }

    private AuditFinding? CheckLine(AuditTrailReader reader)
    {
        if (!reader.IsLineComplete || !AuditLine.TryParse(reader.Line, out var line))
            return Finding(AuditFault.MalformedRecord, reader, $"the line that should be record {_state.Size + 1} is not a canonical record");
        // Before the point from which to verify.
        if (line.Sequence <= _from?.Size && _state.Size == _from.Size)
        {
            reader.LastSequence = line.Sequence;
            _before = line.Sequence == _from.Size && !IsLastOf(_from, reader.Line) ? 0 : line.Sequence;
            return null;
        }

        if (line.Sequence > _state.Size + 1)
            return Finding(AuditFault.MissingRecords, reader, $"records {_state.Size + 1} to {line.Sequence - 1} are missing");
        if (line.Sequence < _state.Size + 1)
            return Finding(AuditFault.MisplacedRecord, reader, $"record {line.Sequence} stands where record {_state.Size + 1} should");
        if (!_state.IsNext(line))
            return Finding(AuditFault.ChangedRecord, reader, $"record {_state.Size + 1} names another record {_state.Size} than the one that is there: one of the two was changed");

        if (_untold is not null && AuditBeginning.IsToldBy(reader.Line, _untold)) _untold = null;
        _state.Append(reader.PrefixedLine);
        reader.LastSequence = _state.Size;
        return CheckDueCheckpoints();
    }

    private AuditFinding? CheckDueCheckpoints()
    {
        for (; _checkpoints.Next is { } checkpoint && checkpoint.Size == _state.Size; _checkpoints.MoveOn())
        {
            if (!_state.Tree.ComputeRoot().AsSpan().SequenceEqual(checkpoint.Root.Span))
            {
                return new AuditFinding(
                    AuditFault.RewrittenTrail, _signedRecords + 1, AuditCheckpoint.FileName, 0,
                    $"records {_signedRecords + 1} to {checkpoint.Size} fit together but are not those that were signed for");
            }

            _signedRecords = checkpoint.Size;
            _checked++;
        }

        return _checkpoints.Fault;
    }

    private AuditVerification Finish(AuditTrailReader reader, long unfinishedBytes)
    {
        var finding = EndsBeforeThePoint(reader) ?? (_checkpoints.Next is not null ? Truncated(reader) : null);
        if (finding is null && _checked == 0 && _state.Size > 0)
            finding = new AuditFinding(AuditFault.NoCheckpoint, 1, AuditCheckpoint.FileName, 0, "there are records but no checkpoint that signs for any of them");
        if (finding is null && _untold is not null)
        {
            finding = new AuditFinding(
                AuditFault.MissingRecords, 1, AuditBeginning.FileName, 0, $"records 1 to {_from!.Size} are missing, and no record says that they were removed by right");
        }

        return Result(finding, reader) with { UnfinishedBytes = unfinishedBytes };
    }

    // What came before the point may be gone, all of it; what is there and ends earlier, or otherwise, is an older copy or was cut off.
    private AuditFinding? EndsBeforeThePoint(AuditTrailReader reader)
    {
        if (_before is not { } last || _state.Size != _from!.Size || last == _from.Size) return null;
        return last == 0
            ? Finding(AuditFault.RewrittenTrail, reader, $"record {_from.Size} is another than the one that the position names")
            : Finding(AuditFault.TruncatedTrail, reader, $"the position stands after record {_from.Size}, but only {last} are there: the others were cut off");
    }

    private static bool IsLastOf(AuditPosition position, ReadOnlySpan<byte> line)
    {
        Span<byte> hash = stackalloc byte[MerkleRange.HashSizeInBytes];
        StreamingDigest.Compute(DigestAlgorithm.Sha256, line, hash);
        return hash.SequenceEqual(position.LastHash.Span);
    }

    private AuditFinding Truncated(AuditTrailReader reader)
    {
        var signed = _state.Size;
        for (; _checkpoints.Next is { } checkpoint; _checkpoints.MoveOn()) signed = Math.Max(signed, checkpoint.Size);
        return Finding(
            AuditFault.TruncatedTrail, reader, $"{signed} records were signed for, but only {_state.Size} are there: the others were cut off");
    }

    private AuditFinding Finding(AuditFault fault, AuditTrailReader reader, string explanation) =>
        new(fault, _state.Size + 1, reader.Segment == 0 ? "" : AuditDirectory.SegmentName(reader.Segment), reader.Offset, explanation);

    private AuditVerification Result(AuditFinding? finding, AuditTrailReader? reader = null) => new()
    {
        Finding = finding,
        Records = _state.Size,
        RemovedRecords = _from?.Size ?? 0,
        SignedRecords = _signedRecords,
        Checkpoints = _checked,
        SupersededLines = reader?.SupersededLines ?? 0,
        IsKeyFromTrail = _options.Key is null,
        Key = _key,
        End = AuditPosition.From(_state),
    };

    // The last segment that does not begin after the point from which to verify.
    private int FirstSegment()
    {
        if (_from is null) return 0;
        var first = 0;
        foreach (var segment in AuditDirectory.ListSegments(_options.Directory))
        {
            if (AuditBeginning.FirstSequenceOf(_options.Directory, segment) is not { } sequence) continue;
            if (sequence > _state.Size + 1) break;
            first = segment;
        }

        return first;
    }

    // Beside their archive the first records are there, and verified with the others.
    private static bool IsGone(string directory) => AuditDirectory.ListSegments(directory)
        .Select(segment => AuditBeginning.FirstSequenceOf(directory, segment)).FirstOrDefault(static first => first is not null) is > 1;

    /// <summary>The public key that lies beside a trail.</summary>
    internal static AuditVerifierKey ReadKey(string directory)
    {
        var path = Path.Combine(directory, AuditVerifierKey.FileName);
        if (!File.Exists(path)) throw new FileNotFoundException($"'{directory}' is no audit trail, or a copy without its public key: there is no {AuditVerifierKey.FileName} in it.");
        return AuditVerifierKey.TryParse(File.ReadAllText(path), out var key)
            ? key
            : throw new InvalidDataException($"{path} does not hold a verifier key.");
    }
}
