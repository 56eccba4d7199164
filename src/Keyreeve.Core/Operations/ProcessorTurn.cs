using System.Threading.Tasks.Sources;
using Keyreeve.Core.Access;

namespace Keyreeve.Core.Operations;

/// <summary>
/// Whether something has its turn on the processor; one for each request or connection, and used by one thread at a time. What is waited
/// for is waited for without it.
/// </summary>
/// <param name="turns">Who else wants one.</param>
public sealed class ProcessorTurn(ProcessorTurns turns) : IValueTaskSource, IThreadPoolWorkItem
{
    private ManualResetValueTaskSourceCore<bool> _comes;
    private (int Tenant, string Name) _principal;
    private long _begun;

    /// <summary>Whether it has begun and not ended.</summary>
    public bool HasBegun { get; private set; }

    internal ProcessorTurns.Line? Line { get; set; }

    /// <summary>Waits for the turn.</summary>
    /// <param name="principal">For whom something is to be done.</param>
    public ValueTask BeginAsync(Principal principal)
    {
        ArgumentNullException.ThrowIfNull(principal);
        if (HasBegun) throw new InvalidOperationException("The turn has begun.");
        _principal = (principal.Tenant.Value, principal.Name);
        return BeginAsync();
    }

    /// <summary>Lets others have it; does nothing if it has ended.</summary>
    public void End()
    {
        if (!HasBegun) return;
        HasBegun = false;
        turns.End(Line!);
    }

    /// <summary>Between two pieces of work: lets others go first if the turn has lasted long.</summary>
    public ValueTask PauseAsync()
    {
        if (!turns.IsLong(_begun)) return ValueTask.CompletedTask;
        End();
        return BeginAsync();
    }

    /// <summary>Work that was begun: whatever it still waits for, it waits for while others have their turn, and goes on in its own.</summary>
    public ValueTask<T> BesideAsync<T>(ValueTask<T> work) => work.IsCompleted ? work : GiveWayAsync(work);

    void IThreadPoolWorkItem.Execute() => _comes.SetResult(true);

    void IValueTaskSource.GetResult(short token)
    {
        _comes.GetResult(token);
        _comes.Reset();
        Begun();
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _comes.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _comes.OnCompleted(continuation, state, token, flags);

    private ValueTask BeginAsync()
    {
        if (!turns.TryBegin(this, _principal)) return new ValueTask(this, _comes.Version);
        Begun();
        return ValueTask.CompletedTask;
    }

    private void Begun()
    {
        HasBegun = true;
        _begun = turns.Now;
    }

    private async ValueTask<T> GiveWayAsync<T>(ValueTask<T> work)
    {
        End();
        try
        {
            return await work;
        }
        finally
        {
            await BeginAsync();
        }
    }
}
