using System.Threading.Channels;
using Keyreeve.Core.Operations;
using Keyreeve.Kmip;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Kmip.Notifications;

/// <summary>
/// A connection that is going to be turned, or has been; it takes up room until it is disposed of. Changes are kept for it from the
/// beginning, so that nothing is missed that happens after the other side has been told of its role.
/// </summary>
internal sealed class Turn : IDisposable
{
    // What waits; then the oldest is given up.
    private const int QueueLength = 1000;

    private readonly TurnedConnections _owner;
    private readonly Call _call;
    private readonly ProtocolVersion _version;
    private readonly Channel<CommittedChange> _queue;
    private readonly IDisposable _subscription;
    private bool _disposed;

    /// <summary>Begins to keep changes.</summary>
    /// <param name="owner">Where it takes up room.</param>
    /// <param name="call">The request.</param>
    /// <param name="version">The version that is spoken on the connection.</param>
    public Turn(TurnedConnections owner, Call call, ProtocolVersion version)
    {
        (_owner, _call, _version) = (owner, call, version);
        _queue = Channel.CreateBounded<CommittedChange>(
            new BoundedChannelOptions(QueueLength) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            change => owner.Logger.LogWarning("KMIP: a change of {Object} is not told to {Principal}: too many wait.", change.After.Id, call.Principal.Name));
        _subscription = owner.Feed.Subscribe(change => _queue.Writer.TryWrite(change));
    }

    /// <summary>Tells the other side of changes for as long as it answers.</summary>
    /// <param name="stream">The connection; the answer to Set Endpoint Role has been written.</param>
    /// <param name="caller">Whose it is, as of each message.</param>
    /// <param name="cancellationToken">Ends everything at once.</param>
    /// <returns>Whether the roles are as they were, so that the other side may ask again.</returns>
    public Task<bool> ServeAsync(Stream stream, KmipCaller caller, CancellationToken cancellationToken) =>
        new TurnedConnection(new EndpointConnection(stream), _call, _version, _owner).ServeAsync(_queue.Reader, caller, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _subscription.Dispose();
        _owner.Release();
    }
}
