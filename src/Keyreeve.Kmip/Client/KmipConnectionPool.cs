using System.Collections.Concurrent;

namespace Keyreeve.Kmip.Client;

/// <summary>Connections to one server, the one used last taken first, so that those not needed grow old and are closed.</summary>
internal sealed class KmipConnectionPool(KmipClientOptions options) : IAsyncDisposable
{
    private readonly ConcurrentStack<KmipConnection> _idle = new();
    private readonly SemaphoreSlim _free = new(options.MaximumConnections, options.MaximumConnections);
    private volatile bool _disposed;

    /// <summary>Sends a request over a free connection and receives its response.</summary>
    public async ValueTask<MessageBuffer> ExchangeAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        await _free.WaitAsync(cancellationToken);
        KmipConnection? connection = null;
        try
        {
            connection = await TakeIdleAsync() ?? await ConnectAsync(cancellationToken);
            var response = await connection.ExchangeAsync(request, cancellationToken);
            await GiveBackAsync(connection);
            connection = null;
            return response;
        }
        finally
        {
            if (connection is not null) await connection.DisposeAsync();
            _free.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        while (_idle.TryPop(out var connection)) await connection.DisposeAsync();
    }

    private async ValueTask<KmipConnection?> TakeIdleAsync()
    {
        while (_idle.TryPop(out var connection))
        {
            if (!connection.IsStale) return connection;
            await connection.DisposeAsync();
        }

        return null;
    }

    private async ValueTask<KmipConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await KmipConnection.OpenAsync(options, either.Token);
        }
        catch (OperationCanceledException e) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"No connection to {options.Host} within {options.ConnectTimeout.TotalSeconds:f0} s.", e);
        }
    }

    private async ValueTask GiveBackAsync(KmipConnection connection)
    {
        _idle.Push(connection);
        // Disposal may have emptied the stack between the two.
        if (_disposed && _idle.TryPop(out var late)) await late.DisposeAsync();
    }
}
