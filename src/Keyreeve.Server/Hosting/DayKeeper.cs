using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Hosting;

/// <summary>Writes now and then how many operations the day has had, so that a restart does not begin the day anew.</summary>
internal sealed class DayKeeper : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Engine _engine;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private Task _written = Task.CompletedTask;

    public DayKeeper(Engine engine, ILogger logger)
    {
        _engine = engine;
        _logger = logger;
        _timer = engine.Time.CreateTimer(_ => Write(), null, Interval, Interval);
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await Volatile.Read(ref _written);
        await WriteAsync();
    }

    // One at a time: a store that is slow is not asked more often.
    private void Write()
    {
        if (Volatile.Read(ref _written).IsCompleted) Volatile.Write(ref _written, WriteAsync());
    }

    private async Task WriteAsync()
    {
        try
        {
            await _engine.Access.WriteDaysAsync(CancellationToken.None);
        }
        catch (KeyreeveException failure)
        {
            _logger.LogWarning("How many operations the day has had could not be written; it is tried again: {Reason}", failure.Message);
        }
    }
}
