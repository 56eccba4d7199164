namespace Keyreeve.Server.Forwarding.Transports;

/// <summary>
/// Makes calls that may hang in the kernel, such as into a file system that does not answer, on threads of their own: whoever asks for
/// one waits no longer than a limit, and no thread that requests need is taken up. While one hangs there is no second, and the
/// end of the process waits for none. Not thread safe.
/// </summary>
/// <param name="limit">How long one is waited for.</param>
internal sealed class HangingCalls(TimeSpan limit)
{
    // What is under way when the server stops may end in this time, so that it is not done again after the next start.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private Task _last = Task.CompletedTask;

    /// <summary>Makes a call.</summary>
    /// <param name="call">What may hang.</param>
    /// <param name="cancellationToken">Ends the wait, not the call.</param>
    /// <exception cref="IOException">It hangs, or the one before it still does.</exception>
    public async ValueTask RunAsync(Action call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_last.IsCompleted) throw Hangs();
        // A thread of its own, in the background.
        var made = _last = Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await made.WaitAsync(limit, cancellationToken);
        }
        catch (TimeoutException)
        {
            Forget(made);
            throw Hangs();
        }
        catch (OperationCanceledException)
        {
            if (await Task.WhenAny(made, Task.Delay(Grace, CancellationToken.None)) != made)
            {
                Forget(made);
                throw;
            }

            await made;
        }
    }

    private static IOException Hangs() => new("its file system does not answer");

    // However it ends one day, nobody asks any more.
    private static void Forget(Task call) =>
        _ = call.ContinueWith(static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
