using System.Threading.Channels;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Forwarding;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Alerts.Delivery;

/// <summary>
/// Brings alerts to one destination, in order, each until it is taken; after an hour in vain it is given up, which the log says. What
/// is not brought stands in the book, which survives a restart.
/// </summary>
internal sealed class AlertDelivery : IAsyncDisposable
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromHours(1);

    private readonly string _name;
    private readonly AlertDestinationOptions _options;
    private readonly AlertBook _book;
    private readonly IAlertTransport _transport;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<Alert> _queue = Channel.CreateBounded<Alert>(new BoundedChannelOptions(1000) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly Task _delivering;
    private int _isFailing;
    private long _delivered;

    public AlertDelivery(string name, AlertDestinationOptions options, AlertBook book, string server, TimeProvider time, ILogger logger)
    {
        _name = name;
        _options = options;
        _book = book;
        _time = time;
        _logger = logger;
        _transport = options.IsMail ? new Mail(options, server, time) : new WebHook(options, server);
        _delivering = Task.Run(() => DeliverAsync(_stop.Token));
    }

    /// <summary>Its name in the configuration.</summary>
    public string Name => _name;

    /// <summary>Whether it takes none at the moment.</summary>
    public bool IsFailing => Volatile.Read(ref _isFailing) != 0;

    /// <summary>How many it has taken since the start.</summary>
    public long Delivered => Volatile.Read(ref _delivered);

    /// <summary>Hands an alert over.</summary>
    public void Tell(Alert alert)
    {
        if (alert.Severity < _options.Least) _book.Delivered(alert.Id, _name);
        else _queue.Writer.TryWrite(alert);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (!await SinkParts.EndsInTimeAsync(_delivering)) return;
        (_transport as IDisposable)?.Dispose();
        _stop.Dispose();
    }

    private async Task DeliverAsync(CancellationToken stop)
    {
        try
        {
            await foreach (var alert in _queue.Reader.ReadAllAsync(stop)) await DeliverAsync(alert, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The server stops; what waits stands in the book.
        }
    }

    private async Task DeliverAsync(Alert alert, CancellationToken stop)
    {
        var begun = _time.GetTimestamp();
        for (var pause = ShortestPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            var failure = await TrySendAsync(alert, stop);
            if (failure is null || _time.GetElapsedTime(begun) > GiveUpAfter)
            {
                if (failure is not null) _logger.LogError("Alert {Id} ({Rule}) could not be told to '{Destination}' for {Time}, and is given up: {Failure}", alert.Id, alert.Rule, _name, GiveUpAfter, failure);
                _book.Delivered(alert.Id, _name);
                return;
            }

            if (Interlocked.Exchange(ref _isFailing, 1) == 0) _logger.LogError("Alerts cannot be told to '{Destination}' ({Target}), and wait: {Failure}", _name, _options.Target, failure);
            await Task.Delay(pause, _time, stop);
        }
    }

    private async Task<string?> TrySendAsync(Alert alert, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(TimeLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            await _transport.SendAsync(alert, either.Token);
            if (Interlocked.Exchange(ref _isFailing, 0) != 0) _logger.LogInformation("Alerts can be told to '{Destination}' again.", _name);
            Interlocked.Increment(ref _delivered);
            return null;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return $"it does not answer within {TimeLimit.TotalSeconds} s";
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // Whatever went wrong with one destination must not end the telling.
            return failure.Message;
        }
    }
}
