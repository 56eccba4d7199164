using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Audit;

/// <summary>
/// The audit trail on disk: segments of one JSON object a line in the data directory's <c>audit</c>, each line naming the
/// SHA-256 of the one before (<c>docs/formats/audit.md</c>). Records of many callers share a flush. Thread safe.
/// </summary>
/// <remarks>
/// A failed write, a missing reserve of space, or a file that was deleted, replaced, cut or laid open behind the server's
/// back makes the trail unavailable: whoever waits is refused at once, or after <see cref="AuditChainOptions.WaitLimit"/>
/// where the disk does not answer at all. The trail mends itself by a new segment, with a record of what happened.
/// </remarks>
public sealed class AuditChain : IAuditLog
{
    private readonly AuditChainOptions _options;
    private readonly AuditDirectory _directory;
    private readonly AuditQueue _queue;
    private readonly AuditReserve _reserve;
    private readonly AuditWriter _writer;
    private readonly AuditKeeper _keeper;
    private readonly Task _writing;
    private readonly Task _keeping;
    private readonly ITimer _watch;
    private readonly IObjectStore _store;
    private readonly AuditSigner _signer;
    private readonly AuditSpool? _spool;
    private readonly UncleanEnd? _lastEnd;
    private int _isDisposed;

    private AuditChain(AuditChainOptions options, AuditDirectory directory, AuditStart start, LeftRecords left, IObjectStore store, AuditSigner signer)
    {
        _options = options;
        _directory = directory;
        _store = store;
        _signer = signer;
        Verifier = signer.Verifier;
        _queue = new AuditQueue(options);
        _reserve = new AuditReserve(options.SegmentSizeInBytes);
        _writer = new AuditWriter(options, directory, _queue, _reserve, store);
        _keeper = new AuditKeeper(options, directory, _queue, _reserve, _writer, signer);
        Feed = new AuditFeed(directory.Path, () => _writer.DurableSize);
        _writer.Start(start, left.Records);
        _spool = left.Spool;
        _lastEnd = left.LastEnd;
        if (_spool is not null) _queue.Use(_spool.Begin());
        _writer.IsKept = _spool is not null;
        AuditRunMark.Set(directory, _writer.IsKept);
        _keeper.Start();

        _writing = StartThreadAsync(_writer.Run);
        _keeping = StartThreadAsync(_keeper.Run);
        var period = TimeSpan.FromMilliseconds(Math.Min(250, options.WaitLimit.TotalMilliseconds / 4));
        _watch = options.Time.CreateTimer(static queue => ((AuditQueue)queue!).CheckAge(), _queue, period, period);
    }

    /// <inheritdoc/>
    public AuditOrigin? Origin => _options.Origin;

    /// <inheritdoc/>
    public bool IsAvailable => _queue.IsAvailable;

    /// <summary>The number of records that are on disk.</summary>
    public long Size => _writer.DurableSize;

    /// <summary>Whether all that was appended is on disk.</summary>
    public bool IsSettled => _queue.IsEmpty;

    /// <summary>That the last run did not close the trail as it should, and what that means for its records, in words; null: it did.</summary>
    public string? UncleanEnd => _lastEnd is null ? null : $"the last run did not end as it should: {_lastEnd.Consequence}";

    /// <summary>Its durable records, for whoever passes them on.</summary>
    public AuditFeed Feed { get; }

    /// <summary>The public key that checks the trail's checkpoints; also in its directory, as <see cref="AuditVerifierKey.FileName"/>.</summary>
    public AuditVerifierKey Verifier { get; }

    /// <summary>
    /// Opens the trail, or begins one: finds its end, sets aside what a crash left incomplete, and appends the records
    /// that the store committed but the chain does not have.
    /// </summary>
    /// <param name="options">How it is kept.</param>
    /// <param name="signingSeed">The 32 bytes of the Ed25519 key that signs checkpoints; copied. The same for the life of the trail.</param>
    /// <param name="store">Where records are committed with their changes.</param>
    /// <param name="cancellationToken">Ends reading from the store.</param>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AuditUnavailable"/>: it cannot be kept there; the message says why.</exception>
    public static async ValueTask<AuditChain> OpenAsync(
        AuditChainOptions options, SecretBytes signingSeed, IObjectStore store, CancellationToken cancellationToken)
    {
        AuditChainOptions.Validate(options);
        ArgumentNullException.ThrowIfNull(signingSeed);
        ArgumentNullException.ThrowIfNull(store);
        var pending = await store.ListPendingAuditAsync(cancellationToken);
        var directory = AuditDirectory.Open(options.DataDirectory);
        var signer = new AuditSigner(signingSeed);
        AuditSpool? spool = null;
        try
        {
            var start = AuditRecovery.Recover(directory, signer.Verifier);
            if (AuditBeginning.Read(directory.Path) is { } begin) AuditBeginning.DeleteBefore(directory, begin.Size);
            spool = AuditSpool.TryOpen(options.SpoolDirectory, directory.Path, out var fault);
            if (fault is not null) options.Alarm($"Audit trail: every answer waits for the disk, since memory that outlives the process cannot be had: {fault}.");
            var left = LeftRecords.Of(directory.Path, spool, pending) with { LastEnd = AuditRunMark.Find(directory, spool, options.GatherLimit) };
            if (left.LastEnd is { MayLackRecords: true } end) start = start with { Notices = [.. start.Notices, $"after record {start.State.Size} the last run did not end as it should: {end.Consequence}"] };
            var chain = new AuditChain(options, directory, start, left, store, signer);
            chain.TakeUp(pending, left.Recorded);
            return chain;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            spool?.Dispose();
            signer.Dispose();
            directory.Dispose();
            throw new KeyreeveException(KeyreeveError.AuditUnavailable, "The audit trail cannot be opened: " + failure.Message, failure);
        }
    }

    /// <summary>Signs a statement of the server's by the key that signs checkpoints, so that whoever has <see cref="Verifier"/> can check it.</summary>
    /// <param name="statement">A JSON object.</param>
    /// <returns>The Ed25519 signature, 64 bytes.</returns>
    public byte[] SignStatement(ReadOnlySpan<byte> statement) => _signer.SignStatement(statement);

    /// <summary>Prepares to remove the oldest segments, which somebody has archived. Reads all that was archived: on large trails minutes.</summary>
    /// <param name="archived">Where a verification of the archive ended.</param>
    /// <param name="before">Only what is older.</param>
    /// <param name="passed">How many records those who pass them on have passed.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="KeyreeveException">There is nothing to remove, or the archive is of another trail.</exception>
    public AuditRemoval PrepareRemoval(AuditPosition archived, DateTimeOffset before, long passed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(archived);
        return AuditRemoval.Prepare(_directory, Feed, archived, before, passed, cancellationToken);
    }

    /// <inheritdoc/>
    public AuditTicket Append(AuditEvent auditEvent)
    {
        ArgumentNullException.ThrowIfNull(auditEvent);
        auditEvent.Origin ??= Origin;
        return _queue.Append(AuditJson.EncodeToScratch(auditEvent));
    }

    /// <inheritdoc/>
    public AuditTicket Append(PendingAudit pending)
    {
        ArgumentNullException.ThrowIfNull(pending);
        if (pending.Record.Length > AuditLine.MaxSizeInBytes - AuditLine.FrameSizeInBytes)
            throw new ArgumentException("A record is not as large as that.", nameof(pending));
        return _queue.Append(pending.Record.Span, pending.Id);
    }

    /// <inheritdoc/>
    public void CountUnrecorded() => _queue.CountUnrecorded();

    /// <inheritdoc/>
    /// <remarks>Takes at most <see cref="AuditChainOptions.WaitLimit"/> and a quarter; therefore the token is looked at only once.</remarks>
    public ValueTask WhenDurableAsync(AuditTicket ticket, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled(cancellationToken) : _queue.WhenDurableAsync(ticket.Sequence);

    /// <summary>Writes what is queued, signs for it, and closes the trail.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        _queue.Raise(AuditQueue.Trouble.Stopped);
        _writer.Stop();
        _keeper.Stop();
        await _watch.DisposeAsync();
        var ended = Task.WhenAll(_writing, _keeping);
        if (await Task.WhenAny(ended, Task.Delay(_options.WaitLimit, _options.Time)) != ended)
        {
            _options.Alarm("The audit trail could not be closed in time: the disk does not answer.");
            return;
        }

        _keeper.Finish();
        // What could not be written stays for the next start.
        if (_queue.IsEmpty) TellClosed();
        _spool?.Dispose();
        _writer.Dispose();
        _keeper.Dispose();
        _reserve.Dispose();
        _directory.Dispose();
    }

    private void TellClosed()
    {
        try
        {
            AuditRunMark.Remove(_directory);
            _spool?.Delete();
        }
        catch (IOException failure)
        {
            _options.Alarm("That the audit trail was closed as it should be could not be noted, so the next start will say that it was not: " + failure.Message);
        }
    }

    private void TakeUp(IReadOnlyList<PendingAudit> pending, HashSet<UniqueIdentifier> recorded)
    {
        foreach (var record in pending)
        {
            if (recorded.Contains(record.Id)) _store.AcknowledgeAudit(record.Id);
            else Append(record);
        }
    }

    private static Task StartThreadAsync(Action body) =>
        Task.Factory.StartNew(body, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
