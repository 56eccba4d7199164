using System.Collections.Concurrent;

namespace Keyreeve.Server.Rest.Routing;

/// <summary>Deadlines of requests, used again and again: nearly every request ends before its own.</summary>
internal sealed class DeadlinePool
{
    private const int MostKept = 1024;

    private readonly ConcurrentQueue<CancellationTokenSource> _kept = new();

    public CancellationTokenSource Rent(TimeSpan limit)
    {
        if (!_kept.TryDequeue(out var deadline)) deadline = new CancellationTokenSource();
        deadline.CancelAfter(limit);
        return deadline;
    }

    public void Return(CancellationTokenSource deadline)
    {
        if (deadline.TryReset() && _kept.Count < MostKept) _kept.Enqueue(deadline);
        else deadline.Dispose();
    }
}
