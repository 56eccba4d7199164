using System.Threading.Tasks.Sources;
using Keyreeve.Core.Access;

namespace Keyreeve.Core.Operations;

/// <summary>
/// Whose turn on the processor it is, for one request or connection, which waits for one thing at a time. A turn ends by itself where
/// the work first waits.
/// </summary>
/// <param name="turns">Who else wants one.</param>
/// <param name="principal">For whom something is to be done.</param>
public sealed class ProcessorTurn(ProcessorTurns turns, Principal principal) : IValueTaskSource
{
    // Those who are nobody known have no name to stand in line by, but each a key or an address.
    private const int NoTenant = -1;

    private ManualResetValueTaskSourceCore<bool> _comes;
    private long _begun;

    /// <summary>For whom something is to be done, from the next turn on.</summary>
    public Principal Principal { get; set; } = principal;

    internal (int Tenant, string Name) Who => Principal.IsUnknown ? (NoTenant, Principal.Fingerprint) : (Principal.Tenant.Value, Principal.Name);

    /// <summary>One for other work of the same principal, done at the same time.</summary>
    public ProcessorTurn Another() => new(turns, Principal);

    /// <summary>Waits for the turn.</summary>
    public ValueTask NextAsync()
    {
        if (!turns.IsTurnOf(Who)) return new ValueTask(this, _comes.Version);
        _begun = turns.Now;
        return ValueTask.CompletedTask;
    }

    /// <summary>Between two pieces of work: lets others go first if the turn has lasted long.</summary>
    public ValueTask PauseAsync() => turns.IsLong(_begun) ? NextAsync() : ValueTask.CompletedTask;

    /// <summary>Work that was begun: what follows has a turn of its own if it had to be waited for.</summary>
    public ValueTask<T> AfterAsync<T>(ValueTask<T> work) => work.IsCompleted ? work : AfterWaitAsync(work);

    internal void Come()
    {
        _begun = turns.Now;
        _comes.SetResult(true);
    }

    void IValueTaskSource.GetResult(short token)
    {
        _comes.GetResult(token);
        _comes.Reset();
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _comes.GetStatus(token);

    // Only now does it stand in line: a turn that came to nobody would be continued outside of it.
    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        _comes.OnCompleted(continuation, state, token, flags);
        turns.Add(this);
    }

    private async ValueTask<T> AfterWaitAsync<T>(ValueTask<T> work)
    {
        try
        {
            return await work;
        }
        finally
        {
            await NextAsync();
        }
    }
}
