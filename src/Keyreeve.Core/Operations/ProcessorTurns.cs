using Keyreeve.Core.Access;

namespace Keyreeve.Core.Operations;

/// <summary>
/// Divides the processor between principals. Who has nothing under way goes on at once; of the work of others only so much is under way
/// that no thread is without, and the rest waits here, one of each principal in turn. Without that it would wait in the one queue of the
/// thread pool, where every step of a quiet client's request stands behind all that a flood has sent before it. Thread safe; allocates
/// nothing while nobody waits.
/// </summary>
/// <param name="atATime">How many go on at a time: as many as there are processors.</param>
/// <param name="time">The clock that says how long a turn has lasted.</param>
public sealed class ProcessorTurns(int atATime, TimeProvider time)
{
    // Who comes meanwhile waits for so long at most: what has lasted longer begins anew between two requests.
    private static readonly TimeSpan LongTurn = TimeSpan.FromMicroseconds(150);

    private const int MostKept = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(int Tenant, string Name), Line> _lines = [];
    private readonly Queue<Line> _waiting = [];
    private int _running;

    /// <summary>Work that may begin at once, and waits for I/O beside its turn.</summary>
    /// <param name="principal">For whom.</param>
    /// <param name="state">What it works on.</param>
    /// <param name="begin">Begins the work; what it does until it first waits is what takes the turn.</param>
    public async ValueTask<TResult> RunAsync<TState, TResult>(Principal principal, TState state, Func<TState, ValueTask<TResult>> begin)
    {
        ArgumentNullException.ThrowIfNull(begin);
        var turn = new ProcessorTurn(this);
        await turn.BeginAsync(principal);
        ValueTask<TResult> work;
        try
        {
            work = begin(state);
        }
        finally
        {
            turn.End();
        }

        return await work;
    }

    internal long Now => time.GetTimestamp();

    internal bool IsLong(long begun) => time.GetElapsedTime(begun) > LongTurn;

    // True if it goes on at once; else the turn is scheduled when it comes.
    internal bool TryBegin(ProcessorTurn turn, (int Tenant, string Name) principal)
    {
        lock (_lock)
        {
            if (!_lines.TryGetValue(principal, out var line)) _lines[principal] = line = new Line(principal);
            turn.Line = line;
            if (line.Running == 0 || (_running < atATime && line.Waiting.Count == 0))
            {
                line.Running++;
                _running++;
                return true;
            }

            line.Waiting.Enqueue(turn);
            if (!line.IsListed) _waiting.Enqueue(line);
            line.IsListed = true;
            return false;
        }
    }

    internal void End(Line line)
    {
        ProcessorTurn? next;
        lock (_lock)
        {
            line.Running--;
            _running--;
            next = TakeNext(line);
            // Kept for the next time, unless so many have come that it costs memory.
            if (line is { Running: 0, IsListed: false } && _lines.Count > MostKept) _lines.Remove(line.Principal);
        }

        // Behind everything that has come to the threads until now, not before it as the pool would have what a thread leaves to itself.
        if (next is not null) ThreadPool.UnsafeQueueUserWorkItem(next, preferLocal: false);
    }

    // Who waits has something under way, so that whoever has nothing never does: its own next takes the place of its last.
    private ProcessorTurn? TakeNext(Line ended)
    {
        var line = ended is { Running: 0, Waiting.Count: > 0 } ? ended : _running < atATime ? NextLine() : null;
        if (line is null) return null;
        line.Running++;
        _running++;
        return line.Waiting.Dequeue();
    }

    // The one whose turn it is goes to the end; who has gone on by itself meanwhile is passed over.
    private Line? NextLine()
    {
        while (_waiting.TryDequeue(out var line))
        {
            line.IsListed = line.Waiting.Count > 1;
            if (line.IsListed) _waiting.Enqueue(line);
            if (line.Waiting.Count > 0) return line;
        }

        return null;
    }

    internal sealed class Line((int Tenant, string Name) principal)
    {
        public (int Tenant, string Name) Principal => principal;

        public int Running { get; set; }

        public Queue<ProcessorTurn> Waiting { get; } = [];

        // Whether it is among those that wait.
        public bool IsListed { get; set; }
    }
}
