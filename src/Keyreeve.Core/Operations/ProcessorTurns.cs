namespace Keyreeve.Core.Operations;

/// <summary>
/// Divides the processor between principals. What each has to do waits in a line of its own, and the lines are served in turn, one piece
/// of work of each; a piece lasts until it first waits for something. In the one queue of the thread pool every step of a quiet client's
/// request would stand behind all that a flood has sent before it. Thread safe; a turn allocates nothing.
/// </summary>
/// <param name="atATime">How many pieces are under way at a time: as many as there are processors.</param>
/// <param name="time">The clock that says how long a turn has lasted.</param>
public sealed class ProcessorTurns(int atATime, TimeProvider time)
{
    // Who comes meanwhile waits for so long at most: what has lasted longer begins anew between two requests.
    private static readonly TimeSpan LongTurn = TimeSpan.FromMicroseconds(100);

    // A turn that lasts longer waits for something without saying so, or computes what takes long: the others do not wait for its end.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(10);

    // So long after its last turn somebody else is still about.
    private static readonly TimeSpan Memory = TimeSpan.FromMilliseconds(100);

    // Without having stood in line: a request has two pieces or three.
    private const int MostInARow = 2;

    private const int MostKept = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(int Tenant, string Name), Line> _lines = [];
    private readonly Queue<Line> _waiting = [];
    private readonly List<Worker> _workers = [];
    private Line? _last;
    private int _inARow;
    private long _changed;
    private long _letGo;
    private bool _isWatched;

    internal long Now => time.GetTimestamp();

    // Whether there is more than one whose turns these are.
    private bool IsShared => time.GetElapsedTime(Volatile.Read(ref _changed)) < Memory;

    internal bool IsLong(long begun) => time.GetElapsedTime(begun) > LongTurn;

    // Nobody stands in line who is alone, nor who has nothing waiting and since whose last turns somebody else had one.
    internal bool IsTurnOf((int Tenant, string Name) who)
    {
        lock (_lock)
        {
            var line = LineOf(who);
            if (IsShared && (line.Turns.Count > 0 || (line == _last && _inARow >= MostInARow))) return false;
            Served(line);
            return true;
        }
    }

    internal void Add(ProcessorTurn turn)
    {
        Worker? worker = null;
        lock (_lock)
        {
            var line = LineOf(turn.Who);
            line.Turns.Enqueue(turn);
            if (line.Turns.Count == 1) _waiting.Enqueue(line);
            if (_workers.Count < atATime) worker = NewWorker();
            else if (!_isWatched) _ = WatchAsync();
        }

        worker?.Schedule();
    }

    // The next one of the line whose turn it is, which goes to the end if it has more; null if there is nothing left to do.
    private ProcessorTurn? Take(Worker worker)
    {
        lock (_lock)
        {
            if (worker.IsGivenUp) return null;
            if (!_waiting.TryDequeue(out var line))
            {
                _workers.Remove(worker);
                return null;
            }

            worker.Begun = Now;
            Served(line);
            var turn = line.Turns.Dequeue();
            if (line.Turns.Count > 0) _waiting.Enqueue(line);
            // Kept for the next time, unless so many have come that it costs memory.
            else if (_lines.Count > MostKept) _lines.Remove(line.Who);
            return turn;
        }
    }

    private void Served(Line line)
    {
        if (line == _last)
        {
            _inARow++;
            return;
        }

        if (_last is not null) _changed = Now;
        _last = line;
        _inARow = 1;
    }

    private Line LineOf((int Tenant, string Name) who)
    {
        if (!_lines.TryGetValue(who, out var line)) _lines[who] = line = new Line(who);
        return line;
    }

    private Worker NewWorker()
    {
        var worker = new Worker(this) { Begun = Now };
        _workers.Add(worker);
        return worker;
    }

    // As long as somebody waits.
    private async Task WatchAsync()
    {
        _isWatched = true;
        do await Task.Delay(Patience, time);
        while (GoOnWithoutTheStuck());
    }

    private bool GoOnWithoutTheStuck()
    {
        var added = new List<Worker>();
        lock (_lock)
        {
            _isWatched = _waiting.Count > 0;
            if (!_isWatched) return false;
            foreach (var worker in _workers) worker.IsGivenUp = time.GetElapsedTime(worker.Begun) > Patience;
            for (var left = _workers.RemoveAll(static w => w.IsGivenUp); left > 0; left--) added.Add(NewWorker());
        }

        foreach (var worker in added) worker.Schedule();
        return true;
    }

    // A flood keeps a thread busy for the whole of its slice, which is milliseconds; meanwhile the threads that hear what has come in,
    // and write the audit trail, may have no processor. Alone, one gains more by letting them gather.
    private void LetOtherThreadsGo()
    {
        if (!IsShared || !IsLong(Volatile.Read(ref _letGo))) return;
        Volatile.Write(ref _letGo, Now);
        Thread.Yield();
    }

    private sealed class Line((int Tenant, string Name) who)
    {
        public (int Tenant, string Name) Who => who;

        public Queue<ProcessorTurn> Turns { get; } = [];
    }

    /// <summary>Gives one turn after the other, until nobody waits or its turn lasts too long.</summary>
    private sealed class Worker(ProcessorTurns turns) : IThreadPoolWorkItem
    {
        public long Begun { get; set; }

        public bool IsGivenUp { get; set; }

        public void Execute()
        {
            if (turns.Take(this) is not { } turn) return;
            turn.Come();
            turns.LetOtherThreadsGo();
            Schedule();
        }

        // Behind everything that has come to the threads until now, not before it as the pool would have what a thread leaves to itself.
        public void Schedule() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }
}
