namespace Keyreeve.Core.Audit.Indexing;

/// <summary>
/// Keeps the index of a running server's trail: follows the trail at its own pace, some tenths of a second behind, on a thread of
/// its own, and holds nobody up. Any failure ends in an index that is made anew, never in one that lies.
/// </summary>
public sealed class AuditIndexer : IAsyncDisposable
{
    private const int BatchSize = 2000;
    private const int BatchBytes = 4 * 1024 * 1024;
    private const long MarkEvery = 200_000;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan FailurePause = TimeSpan.FromSeconds(10);

    // A disk that cannot be read is not read through after each search.
    private static readonly TimeSpan MadeAnewEvery = TimeSpan.FromMinutes(10);

    private readonly AuditFeed _feed;
    private readonly AuditIndex _index;
    private readonly AuditSearch _search;
    private readonly Action<string> _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly AuditPage _page = new();
    private readonly Task _following;
    private AuditPlace _place;
    private long _marked;
    private volatile bool _hasFailed;
    private bool _isSpoilt;
    private string? _told;
    private long _madeAnew = -(long)MadeAnewEvery.TotalMilliseconds;

    private AuditIndexer(AuditFeed feed, AuditIndex index, string trail, Action<string> log)
    {
        _feed = feed;
        _index = index;
        _search = new AuditSearch(index, trail, feed);
        _log = log;
        _marked = index.Count;
        _following = Task.Factory.StartNew(() => Follow(_stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>How many records are in the index.</summary>
    public long Count => _index.Count;

    /// <summary>Opens the index in a data directory and begins to follow.</summary>
    /// <exception cref="IOException">The folder cannot be used.</exception>
    public static AuditIndexer Start(AuditFeed feed, string dataDirectory, Action<string> log)
    {
        ArgumentNullException.ThrowIfNull(feed);
        ArgumentNullException.ThrowIfNull(log);
        var index = AuditIndex.OpenToKeep(Path.Combine(dataDirectory, AuditIndex.DirectoryName));
        return new AuditIndexer(feed, index, Path.Combine(dataDirectory, AuditDirectory.Name), log);
    }

    /// <summary>Finds the newest records that match.</summary>
    /// <param name="filter">What is wanted.</param>
    /// <param name="limit">How many at most, from 1.</param>
    /// <param name="before">Only records with a smaller serial number; 0 for all.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The records, the newest first.</returns>
    /// <exception cref="IOException">The trail cannot be read.</exception>
    public IReadOnlyList<AuditRecord> Find(AuditFilter filter, int limit, long before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return WithTheTrail(() => _search.Find(filter, limit, before, cancellationToken));
    }

    /// <summary>Finds the oldest records that match, of those that come after one, as far as one short look goes.</summary>
    /// <param name="filter">What is wanted.</param>
    /// <param name="limit">How many at most, from 1.</param>
    /// <param name="after">Only records with a larger serial number.</param>
    /// <param name="last">Only records up to this one.</param>
    /// <returns>The records, the oldest first, and up to which record was looked: the next look goes on there.</returns>
    /// <exception cref="IOException">The trail cannot be read.</exception>
    public (IReadOnlyList<AuditRecord> Records, long Place) FindAfter(AuditFilter filter, int limit, long after, long last)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return WithTheTrail(() => _search.FindAfter(filter, limit, after, last));
    }

    /// <summary>Ends it; what is in the index stays.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following;
        Close();
        _stop.Dispose();
    }

    // A full disk takes no mark. What is closed after the index, the trail above all, is closed all the same.
    private void Close()
    {
        try
        {
            if (!_isSpoilt) _index.Mark();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _log($"How far the audit index goes cannot be kept ({failure.Message}): the next start goes on from what was kept before.");
        }

        try
        {
            _index.Dispose();
        }
        catch (IOException)
        {
            // What was not written lies behind the last mark.
        }
    }

    // A segment that was deleted or cut while the server ran stands in the next one again, and the index knows its records at their former places.
    private T WithTheTrail<T>(Func<T> search)
    {
        try
        {
            return search();
        }
        catch (IOException)
        {
            _hasFailed = true;
            throw;
        }
    }

    private bool IsToBeMadeAnew()
    {
        if (!_hasFailed || Environment.TickCount64 - _madeAnew < MadeAnewEvery.TotalMilliseconds) return false;
        _hasFailed = false;
        _madeAnew = Environment.TickCount64;
        return true;
    }

    private void Follow(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (_isSpoilt) Clear();
                if (IsToBeMadeAnew()) throw new IOException("a record is not where it was");
                if (_place.Sequence != _index.Count || _index.Count < _feed.BeginsAfter) GoOnFromIndex();
                if (!TryAdd()) stop.WaitHandle.WaitOne(Poll);
                _told = null;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                _isSpoilt = true;
                // Once, however long a disk stays full.
                if (!string.Equals(_told, failure.Message, StringComparison.Ordinal)) _log($"The audit index cannot be kept: {failure.Message}. It is made anew from the trail.");
                _told = failure.Message;
                TryClear();
                stop.WaitHandle.WaitOne(FailurePause);
            }
        }
    }

    // Until it has been emptied it is not gone on with: a disk that is full does not even take that.
    private void Clear()
    {
        _index.Clear();
        _marked = 0;
        _isSpoilt = false;
    }

    private void TryClear()
    {
        try
        {
            Clear();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Tried again before anything is added.
        }
    }

    // Where the last record of the index ends. If the trail has another there, or is shorter, the index is of another trail.
    private void GoOnFromIndex()
    {
        if (_index.Count < _feed.BeginsAfter) _index.AddRemoved(_feed.BeginsAfter - _index.Count);
        _place = new AuditPlace(0, 0, _index.Count);
        if (_index.Count == _feed.BeginsAfter) return;
        var (segment, offset) = _index.PlaceOf(_index.Count);
        var place = new AuditPlace(segment, offset, _index.Count - 1);
        if (_index.Count > _feed.Size || _feed.Read(ref place, 1, 1).Count != 1 || place.Segment != segment)
            throw new IOException("it does not fit the trail");
        _place = place;
    }

    // False if there is hardly more to come by now: then it waits, since many records at a time cost much less than one at a time.
    private bool TryAdd()
    {
        var next = _place;
        _feed.Follow(ref next, _page, BatchSize, BatchBytes);
        if (_page.Count > 0) Add();
        _place = next;
        _index.CompleteSieve(_stop.Token);
        if (_index.Count - _marked >= MarkEvery)
        {
            _index.Mark();
            _marked = _index.Count;
        }

        return _feed.Size - next.Sequence >= BatchSize / 2;
    }

    private void Add()
    {
        // What was taken out of the trail is not found, and what came after it is.
        var expected = _index.Count + 1;
        var first = _page.PlaceOf(0).Sequence;
        if (first > expected)
        {
            _log($"Records {expected} to {first - 1} are missing from the audit trail, and are not found by searches; see: keyreeve audit verify.");
            _index.AddRemoved(first - expected);
        }

        _index.Add(_page);
    }
}
