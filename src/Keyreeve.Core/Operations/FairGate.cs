namespace Keyreeve.Core.Operations;

/// <summary>
/// Lets so many operations run at a time, and when there are more, lets principals take turns: whoever asks for much waits for itself,
/// and not others for it. A principal alone has nearly all places. Thread safe; allocates nothing while there is room.
/// </summary>
/// <param name="places">How many run at a time.</param>
/// <param name="mostOfOne">How many of them one principal has: the rest is there for whoever comes next.</param>
internal sealed class FairGate(int places, int mostOfOne)
{
    private const int MostKept = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(int Tenant, string Name), Line> _lines = [];
    private readonly LinkedList<Line> _turns = [];
    private int _free = places;

    /// <summary>Waits for a place.</summary>
    /// <returns>The place; disposed of when the operation has ended.</returns>
    public ValueTask<Place> EnterAsync((int Tenant, string Name) principal, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_lock)
        {
            if (!_lines.TryGetValue(principal, out var line)) _lines[principal] = line = new Line(principal);
            // Nobody passes those who wait already.
            if (_free > 0 && line.Running < mostOfOne && line.Waiting.Count == 0)
            {
                _free--;
                line.Running++;
                return new ValueTask<Place>(new Place(this, line));
            }

            waiter = new Waiter();
            line.Waiting.AddLast(waiter);
            if (line.Turn is null) line.Turn = _turns.AddLast(line);
            // A place may be free that its own line may not take.
            LetIn();
            return WaitAsync(line, waiter, cancellationToken);
        }
    }

    private async ValueTask<Place> WaitAsync(Line line, Waiter waiter, CancellationToken cancellationToken)
    {
        using var given = cancellationToken.UnsafeRegister(
            static (state, token) => ((Waiter)state!).TrySetCanceled(token), waiter);
        try
        {
            await waiter.Task;
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                line.Waiting.Remove(waiter);
                Forget(line);
            }

            throw;
        }

        return new Place(this, line);
    }

    private void Leave(Line line)
    {
        lock (_lock)
        {
            _free++;
            line.Running--;
            LetIn();
            Forget(line);
        }
    }

    // One of each line in turn, as far as there are places.
    private void LetIn()
    {
        var asked = _turns.Count;
        while (_free > 0 && asked-- > 0 && _turns.First is { } turn)
        {
            var line = turn.Value;
            _turns.Remove(turn);
            line.Turn = null;
            while (line.Running < mostOfOne && line.Waiting.First is { } first)
            {
                line.Waiting.RemoveFirst();
                if (!first.Value.TrySetResult()) continue;
                _free--;
                line.Running++;
                asked = _turns.Count + 1;
                break;
            }

            if (line.Waiting.Count > 0) line.Turn = _turns.AddLast(line);
        }
    }

    private void Forget(Line line)
    {
        // Kept for the next time, unless so many have come that it costs memory.
        if (_lines.Count <= MostKept || line is not { Running: 0, Waiting.Count: 0 }) return;
        if (line.Turn is { } turn) _turns.Remove(turn);
        _lines.Remove(line.Principal);
    }

    /// <summary>A place; given back once.</summary>
    internal readonly struct Place : IDisposable
    {
        private readonly FairGate? _gate;
        private readonly Line? _line;

        internal Place(FairGate gate, Line line) => (_gate, _line) = (gate, line);

        public void Dispose() => _gate?.Leave(_line!);
    }

    internal sealed class Waiter() : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    internal sealed class Line((int Tenant, string Name) principal)
    {
        public (int Tenant, string Name) Principal => principal;

        public int Running { get; set; }

        public LinkedList<Waiter> Waiting { get; } = [];

        public LinkedListNode<Line>? Turn { get; set; }
    }
}
