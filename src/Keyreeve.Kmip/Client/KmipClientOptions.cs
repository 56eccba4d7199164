using System.Collections.Immutable;
using System.Net.Security;
using Keyreeve.Kmip.Messages;

namespace Keyreeve.Kmip.Client;

/// <summary>Where a server is and how to speak with it.</summary>
public sealed record KmipClientOptions
{
    /// <summary>The server's name or address.</summary>
    public required string Host { get; init; }

    /// <summary>The server's port; KMIP's own is 5696.</summary>
    public int Port { get; init; } = 5696;

    /// <summary>TLS: the client's certificate, what to check of the server's. Where it names no target host, <see cref="Host"/> is
    /// used.</summary>
    public required SslClientAuthenticationOptions Tls { get; init; }

    /// <summary>The versions to use, preferred first. With one, it is used without asking the server.</summary>
    public ImmutableArray<ProtocolVersion> Versions { get; init; } =
        [ProtocolVersion.Kmip21, ProtocolVersion.Kmip20, ProtocolVersion.Kmip14, ProtocolVersion.Kmip13, ProtocolVersion.Kmip12, ProtocolVersion.Kmip11, ProtocolVersion.Kmip10];

    /// <summary>Who asks, beyond the certificate; sent with every request.</summary>
    public Authentication? Authentication { get; init; }

    /// <summary>The most connections at once; further requests wait for one. Default 8.</summary>
    public int MaximumConnections { get; init; } = 8;

    /// <summary>How long connecting, with the TLS handshake, may take. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a request may take from waiting for a connection to the end of the response. Default 30 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest response accepted, in bytes. Default 8 MiB.</summary>
    public int MaximumResponseLengthInBytes { get; init; } = 8 << 20;

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Opens a stream to the server in another way than TCP and TLS; the stream must protect what it carries. Default
    /// null: TCP and TLS.</summary>
    public Func<CancellationToken, ValueTask<Stream>>? OpenStream { get; init; }
}
