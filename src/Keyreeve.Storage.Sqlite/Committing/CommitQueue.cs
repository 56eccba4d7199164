using System.Diagnostics;
using Keyreeve.Core.Objects;

namespace Keyreeve.Storage.Sqlite.Committing;

/// <summary>
/// What waits for the writer. Whatever came in while the last transaction was flushed forms the next one.
/// </summary>
internal sealed class CommitQueue
{
    // Of how many commits one transaction is made at most, so that the first of them need not wait for too many others.
    private const int MaxBatch = 1024;

    private static readonly TimeSpan AcknowledgementDelay = TimeSpan.FromMilliseconds(800);

    private readonly object _gate = new();
    private readonly Queue<PreparedCommit> _commits = new();
    private readonly List<UniqueIdentifier> _acknowledged = [];
    private long _oldestAcknowledgement;
    private bool _isClosed;

    public void Add(PreparedCommit commit)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(SqliteObjectStore));
            _commits.Enqueue(commit);
            if (_commits.Count == 1) Monitor.Pulse(_gate);
        }
    }

    /// <summary>Notes an audit record to forget with the next transaction, or after a moment without one.</summary>
    public void Acknowledge(UniqueIdentifier recordId)
    {
        lock (_gate)
        {
            if (_isClosed) return; // it will be listed once more, and recognised
            _acknowledged.Add(recordId);
            if (_acknowledged.Count > 1) return;
            _oldestAcknowledgement = Stopwatch.GetTimestamp();
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Lets the writer finish what is queued, and end.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>
    /// Waits for work and takes it. Both lists may stay empty: then it is a quiet moment for housekeeping.
    /// </summary>
    /// <param name="commits">Receives the commits.</param>
    /// <param name="acknowledged">Receives the audit records to forget.</param>
    /// <param name="idle">How long to wait if there is nothing.</param>
    /// <returns>False when the queue is closed and empty.</returns>
    public bool Take(List<PreparedCommit> commits, List<UniqueIdentifier> acknowledged, TimeSpan idle)
    {
        lock (_gate)
        {
            while (_commits.Count == 0 && !_isClosed)
            {
                var patience = _acknowledged.Count == 0
                    ? idle
                    : AcknowledgementDelay - Stopwatch.GetElapsedTime(_oldestAcknowledgement);
                if (patience <= TimeSpan.Zero || (!Monitor.Wait(_gate, patience) && _acknowledged.Count == 0)) break;
            }

            while (commits.Count < MaxBatch && _commits.TryDequeue(out var commit)) commits.Add(commit);
            acknowledged.AddRange(_acknowledged);
            _acknowledged.Clear();
            return !_isClosed || commits.Count + acknowledged.Count > 0;
        }
    }
}
