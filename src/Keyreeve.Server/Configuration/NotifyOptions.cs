using System.Net;
using Keyreeve.Kmip;

namespace Keyreeve.Server.Configuration;

/// <summary>What the server sends of itself, and to whom.</summary>
public sealed record NotifyOptions
{
    /// <summary>Where the client listens; null: nothing is sent.</summary>
    public DnsEndPoint? Endpoint { get; init; }

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
