namespace Keyreeve.Client.Connecting;

/// <summary>Why one attempt at one server failed, and so what may be done next.</summary>
internal enum AttemptFailure
{
    /// <summary>Not a failure.</summary>
    None = 0,

    /// <summary>The server answered, and others would answer the same; or it is not one of ours. The next is not tried.</summary>
    Final,

    /// <summary>The request never reached the server, or was refused because the server is sealed or not ready: the next is tried.</summary>
    NotServed,

    /// <summary>The connection ended; the request may have been carried out. The next is tried if that does no harm.</summary>
    Lost,

    /// <summary>As <see cref="Lost"/>, by a server that does not answer in time.</summary>
    Hung,
}

/// <summary>One attempt at one server failed.</summary>
internal sealed class AttemptFailedException(AttemptFailure kind, KeyreeveClientException error) : Exception(error.Message, error)
{
    public AttemptFailure Kind { get; } = kind;

    /// <summary>What the caller gets if it ends with this.</summary>
    public KeyreeveClientException Error { get; } = error;
}
