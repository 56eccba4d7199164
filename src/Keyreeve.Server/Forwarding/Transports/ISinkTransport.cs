namespace Keyreeve.Server.Forwarding.Transports;

/// <summary>A way to a sink. Used by one forwarder at a time.</summary>
internal interface ISinkTransport : IAsyncDisposable
{
    /// <summary>What it means that <see cref="SendAsync"/> has returned.</summary>
    SinkAssurance Assurance { get; }

    /// <summary>Opens the way. Called again after a failure.</summary>
    /// <exception cref="IOException">It cannot be reached.</exception>
    ValueTask OpenAsync(CancellationToken cancellationToken);

    /// <summary>Hands over messages, in order.</summary>
    /// <exception cref="IOException">Not all of them may have arrived; <see cref="SinkClosedException"/> where it hung up orderly.</exception>
    ValueTask SendAsync(IReadOnlyList<SinkMessage> messages, CancellationToken cancellationToken);

    /// <summary>Throws if the sink has meanwhile hung up; called when there is nothing to send.</summary>
    /// <exception cref="IOException">It has.</exception>
    void ThrowIfClosed();

    /// <summary>Closes the way orderly.</summary>
    /// <returns>Whether all that was handed over has been taken.</returns>
    ValueTask<bool> CloseAsync();
}

/// <summary>A record on its way.</summary>
/// <param name="Time">The record's time.</param>
/// <param name="Bytes">The record as it is sent; no line end in it.</param>
internal readonly record struct SinkMessage(DateTimeOffset Time, byte[] Bytes);

/// <summary>What a returned send means.</summary>
internal enum SinkAssurance
{
    /// <summary>Never used.</summary>
    None = 0,

    /// <summary>The sink has the messages and said so.</summary>
    Confirmed,

    /// <summary>They are on their way in a connection that may yet break.</summary>
    Streamed,

    /// <summary>They were sent; nobody ever says whether they arrived.</summary>
    Unconfirmed,
}

/// <summary>The sink ended the connection orderly: what had reached its machine was read.</summary>
internal sealed class SinkClosedException(string message) : IOException(message);
