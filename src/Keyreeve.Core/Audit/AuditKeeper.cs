using System.Text;

namespace Keyreeve.Core.Audit;

/// <summary>
/// What goes on beside the writing: the next segment's space is set aside, and what has been written is signed for. One
/// thread; it may wait for the disk without holding anybody up.
/// </summary>
internal sealed class AuditKeeper : IDisposable
{
    private readonly AuditChainOptions _options;
    private readonly AuditDirectory _directory;
    private readonly AuditQueue _queue;
    private readonly AuditReserve _reserve;
    private readonly AuditWriter _writer;
    private readonly AuditSigner _signer;
    private readonly ManualResetEventSlim _stopping = new();
    private bool _lacksSpace;
    private bool _cannotSign;
    private long _signedSize = -1;
    private long _historySize = -1;
    private int _signedSegment;
    private int _historySegment;
    private long _historyWritten;
    private string _latestNote = "";

    // The signer is this one's to dispose of.
    public AuditKeeper(
        AuditChainOptions options, AuditDirectory directory, AuditQueue queue, AuditReserve reserve, AuditWriter writer, AuditSigner signer)
    {
        _options = options;
        _directory = directory;
        _queue = queue;
        _reserve = reserve;
        _writer = writer;
        _signer = signer;
    }

    /// <summary>Before the thread begins: space is set aside, and what was found is signed for.</summary>
    public void Start()
    {
        _directory.Replace(AuditVerifierKey.FileName, Encoding.ASCII.GetBytes(_signer.Verifier + "\n"));
        EnsureReserve();
        Sign(isLast: false);
    }

    /// <summary>The body of the thread.</summary>
    public void Run()
    {
        while (!_stopping.Wait(_options.CheckpointInterval))
        {
            EnsureReserve();
            TellUnrecorded();
            Sign(isLast: false);
        }
    }

    public void Stop() => _stopping.Set();

    /// <summary>After the last record: signs for all of them.</summary>
    public void Finish()
    {
        Sign(isLast: true);
        if (_queue.TakeUnrecorded() is { } untold) _options.Alarm("Audit trail: " + Describe(untold) + ", and it cannot say so itself.");
        try
        {
            _reserve.Release(_directory);
        }
        catch (IOException failure)
        {
            _options.Alarm("The audit trail's reserve could not be given back: " + failure.Message);
        }

        // On a full disk there is room for it only now.
        if (_cannotSign) Sign(isLast: true);
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _signer.Dispose();
    }

    // Without space in reserve nothing is available, while there is room yet to write that down.
    private void EnsureReserve()
    {
        try
        {
            _reserve.Ensure(_directory);
            if (!_lacksSpace) return;
            _lacksSpace = false;
            _queue.Clear(AuditQueue.Trouble.NoSpaceInReserve);
            Note("space is set aside for the audit trail again", AuditResult.Success);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (_lacksSpace) return;
            _lacksSpace = true;
            _queue.Raise(AuditQueue.Trouble.NoSpaceInReserve);
            Note($"no space can be set aside for the audit trail ({failure.Message}): nothing is released or changed until it can", AuditResult.Failed);
        }
    }

    // What was answered without a record, because it may be, is told as soon as there is a trail again.
    private void TellUnrecorded()
    {
        if (_queue.IsAvailable && _queue.TakeUnrecorded() is { } untold) Note(Describe(untold), AuditResult.Failed);
    }

    private static string Describe(UnrecordedAnswers untold) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{untold.Count} answers were given without a record between {untold.First.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'} and {untold.Last.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}, of classes that do not fail closed");

    // A checkpoint that cannot be written does not stop the trail: the records are durable, only not yet signed for.
    private void Sign(bool isLast)
    {
        try
        {
            if (_writer.TakeDurableSince(_signedSize) is { } point) Sign(point);
            if (_signedSize != _historySize && (isLast || IsHistoryDue())) KeepForGood();
            _cannotSign = false;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (!_cannotSign) _options.Alarm("The audit trail's checkpoint cannot be written: " + failure.Message);
            _cannotSign = true;
        }
    }

    private void Sign(AuditResumePoint point)
    {
        var note = _signer.Sign(new AuditCheckpoint(_signer.Verifier.Name, point.State.Size, point.State.Tree.ComputeRoot()));
        _directory.Replace(AuditCheckpoint.FileName, Encoding.UTF8.GetBytes(note));
        _directory.Replace(AuditResumePoint.FileName, Encoding.UTF8.GetBytes(point.ToText(note)));
        _signedSize = point.State.Size;
        _signedSegment = point.Segment;
        _latestNote = note;
    }

    private bool IsHistoryDue() =>
        _historySize < 0 || _signedSegment != _historySegment || _options.Time.GetElapsedTime(_historyWritten) >= _options.HistoryInterval;

    private void KeepForGood()
    {
        _directory.AppendTo(AuditCheckpoint.HistoryFileName, Encoding.UTF8.GetBytes(_latestNote));
        _historySize = _signedSize;
        _historySegment = _signedSegment;
        _historyWritten = _options.Time.GetTimestamp();
    }

    private void Note(string detail, AuditResult result)
    {
        (result == AuditResult.Success ? _options.Relief ?? _options.Alarm : _options.Alarm)("Audit trail: " + detail + ".");
        try
        {
            _queue.Append(AuditJson.EncodeToScratch(AuditNotice.New(_options, detail, result)));
        }
        catch (KeyreeveException)
        {
            _options.Alarm("That could not be recorded in the trail itself.");
        }
    }
}
