using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Keyreeve.Kmip;
using Keyreeve.Server.Configuration;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Kmip.Notifications;

/// <summary>
/// Connections on which the server is the client, because the client asked for it by Set Endpoint Role: over each the holder of its
/// certificate is told of new objects and of changes. Thread safe.
/// </summary>
/// <param name="feed">What to tell of.</param>
/// <param name="pipeline">Decides and records what each is told.</param>
/// <param name="options">Limits.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">For the operator.</param>
internal sealed class TurnedConnections(ChangeFeed feed, OperationPipeline pipeline, KmipOptions options, TimeProvider time, ILogger logger)
{
    private int _count;

    /// <summary>How many there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Makes room for one more; its turn takes the room.</summary>
    /// <exception cref="KeyreeveException">There are as many as there may be.</exception>
    public Turn Reserve(Call call, ProtocolVersion version)
    {
        if (Interlocked.Increment(ref _count) > options.MaxTurnedConnections)
        {
            Release();
            throw new KeyreeveException(
                options.MaxTurnedConnections == 0 ? KeyreeveError.FeatureNotSupported : KeyreeveError.ServerLimitExceeded,
                $"The server is the client of {options.MaxTurnedConnections} connections at most.");
        }

        return new Turn(this, call, version);
    }

    /// <summary>What to tell of.</summary>
    public ChangeFeed Feed => feed;

    /// <summary>Makes the messages.</summary>
    public NotificationMessage Message { get; } = new(pipeline, time);

    /// <summary>Limits.</summary>
    public KmipOptions Options => options;

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>For the operator.</summary>
    public ILogger Logger => logger;

    /// <summary>Gives the room of one back.</summary>
    public void Release() => Interlocked.Decrement(ref _count);
}
