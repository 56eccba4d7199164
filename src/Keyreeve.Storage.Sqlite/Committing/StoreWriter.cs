using System.Diagnostics;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Storage.Sqlite.Interop;

namespace Keyreeve.Storage.Sqlite.Committing;

/// <summary>
/// The one thread that writes. It makes a transaction of everything that came in while it flushed the last one, so that
/// concurrent commits share a flush; each is told its own result, and only once the transaction is durable.
/// </summary>
internal sealed class StoreWriter : IDisposable
{
    private const int SweepSize = 500;

    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(60);

    private readonly CommitQueue _queue = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SqliteConnection _connection;
    private readonly WriteStatements _statements;
    private readonly CommitApplier _applier;
    private readonly TimeProvider _timeProvider;
    private readonly SemaphoreSlim _places;

    // The writer's own.
    private readonly List<UniqueIdentifier> _acknowledged = [];
    private long _lastSweep;
    private bool _hasMoreToSweep = true; // nobody knows how long the store was closed
    private long _transactions;

    /// <param name="connection">The writing connection; the writer disposes of it.</param>
    /// <param name="terms">The terms' numbers that readers share.</param>
    /// <param name="timeProvider">The clock answers expire by.</param>
    /// <param name="maxWaiting">How many commits may be queued; more wait before they are.</param>
    public StoreWriter(SqliteConnection connection, TermTable terms, TimeProvider timeProvider, int maxWaiting)
    {
        _connection = connection;
        _timeProvider = timeProvider;
        _places = new SemaphoreSlim(maxWaiting, maxWaiting);
        _statements = new WriteStatements(connection);
        _applier = new CommitApplier(_statements, terms, timeProvider)
        {
            NextAuditSequence = connection.ReadInt64("SELECT coalesce(max(sequence), 0) + 1 FROM pending_audit"),
        };
        _lastSweep = timeProvider.GetTimestamp();
        new Thread(Run) { IsBackground = true, Name = "Keyreeve store writer" }.Start();
    }

    /// <summary>How many transactions became durable since the store was opened.</summary>
    public long Transactions => Interlocked.Read(ref _transactions);

    /// <summary>Queues a commit and waits until it is durable. It can be cancelled until it is queued, and not after.</summary>
    public async ValueTask CommitAsync(PreparedCommit commit, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        try
        {
            _queue.Add(commit);
            await commit.Task;
        }
        finally
        {
            _places.Release();
        }
    }

    /// <inheritdoc cref="CommitQueue.Acknowledge"/>
    public void Acknowledge(UniqueIdentifier recordId) => _queue.Acknowledge(recordId);

    /// <summary>Finishes what is queued.</summary>
    public Task EndAsync()
    {
        _queue.Close();
        return _ended.Task;
    }

    public void Dispose()
    {
        _connection.Dispose();
        _places.Dispose();
    }

    private void Run()
    {
        var batch = new List<PreparedCommit>();
        while (_queue.Take(batch, _acknowledged, _hasMoreToSweep ? TimeSpan.Zero : SweepPeriod))
        {
            var sweep = _hasMoreToSweep || _timeProvider.GetElapsedTime(_lastSweep) >= SweepPeriod;
            if (sweep)
            {
                _lastSweep = _timeProvider.GetTimestamp();
                _hasMoreToSweep = false;
            }

            if (batch.Count + _acknowledged.Count > 0 || sweep) Commit(batch, sweep);
            batch.Clear();
        }

        _ended.SetResult();
    }

    private void Commit(List<PreparedCommit> batch, bool sweep)
    {
        var failure = TryCommit(batch, sweep);
        if (failure is null) return;
        if (batch.Count == 1) batch[0].SetException(failure);
        if (batch.Count <= 1) return;

        // One of them may be at fault, such as by its size on a nearly full disk: each on its own now.
        foreach (var commit in batch)
            if (TryCommit([commit], sweep: false) is { } own) commit.SetException(own);
    }

    /// <summary>One transaction; tells each commit its result if it comes to be.</summary>
    /// <returns>Why it did not.</returns>
    private Exception? TryCommit(List<PreparedCommit> batch, bool sweep)
    {
        var refusals = new KeyreeveException?[batch.Count];
        try
        {
            _statements.Begin.Execute();
            for (var i = 0; i < batch.Count; i++) refusals[i] = _applier.Apply(batch[i]);
            foreach (var id in _acknowledged) _statements.DeleteAudit.Bind(1, id).Execute();
            if (sweep) _hasMoreToSweep = Sweep();
            _statements.Commit.Execute();
        }
        catch (Exception e) // whatever it is, those who wait are told, and the writer goes on
        {
            _hasMoreToSweep = false; // the next time is soon enough
            Undo(batch);
            return e;
        }

        Interlocked.Increment(ref _transactions);
        _applier.Committed();
        _acknowledged.Clear();
        for (var i = 0; i < batch.Count; i++)
        {
            if (refusals[i] is { } refusal) batch[i].SetException(refusal);
            else batch[i].SetResult();
        }

        return null;
    }

    private void Undo(List<PreparedCommit> batch)
    {
        _applier.RolledBack(batch);
        if (_connection.IsIdle) return; // SQLite has undone it already
        try
        {
            _statements.Rollback.Execute();
        }
        catch (KeyreeveException e)
        {
            // The transaction ends all the same; what failed is tidying up, and the next one starts afresh.
            Debug.WriteLine(e);
        }
    }

    // Answers that have expired are not found any more; this gives their space back, some at a time.
    private bool Sweep()
    {
        _statements.DeleteExpiredAnswers.Bind(1, _timeProvider.GetUtcNow().UtcTicks).Bind(2, SweepSize).Execute();
        return _connection.Changes == SweepSize;
    }
}
