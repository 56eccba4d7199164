using System.Net;
using Keyreeve.Kmip;

namespace Keyreeve.Server.Configuration;

/// <summary>What the server sends of itself, and to whom.</summary>
public sealed record NotifyOptions
{
    /// <summary>Where the client listens; null: nothing is sent.</summary>
    public NotifyEndpoint? Endpoint { get; init; }

    /// <summary>How the messages are written; XML and JSON over HTTPS alone.</summary>
    public MessageEncoding Encoding { get; init; } = MessageEncoding.Ttlv;

    /// <summary>The principal that the endpoint is.</summary>
    public string? Principal { get; init; }

    /// <summary>The version of the messages; null for that of the request that caused them.</summary>
    public ProtocolVersion? Version { get; init; }

    /// <summary>How many messages wait at most.</summary>
    public int QueueLength { get; init; } = 1000;

    /// <summary>How long a message is tried again.</summary>
    public TimeSpan RetryLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long sending one may take.</summary>
    public TimeSpan SendTimeLimit { get; init; } = TimeSpan.FromSeconds(15);
}

/// <summary>Where a client listens for what the server sends of itself.</summary>
/// <param name="Host">Its host and port.</param>
/// <param name="Address">Where messages are posted; null: they go over TLS itself.</param>
public sealed record NotifyEndpoint(DnsEndPoint Host, Uri? Address)
{
    /// <summary>As the configuration has it.</summary>
    public override string ToString() => Address?.ToString() ?? $"{Host.Host}:{Host.Port}";
}

/// <summary>How a KMIP message is written.</summary>
public enum MessageEncoding
{
    /// <summary>Not one.</summary>
    None = 0,

    /// <summary>Tag, type, length, value: KMIP's own.</summary>
    Ttlv,

    /// <summary>XML.</summary>
    Xml,

    /// <summary>JSON.</summary>
    Json,
}
