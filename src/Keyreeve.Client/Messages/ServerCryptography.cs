using System.Collections.Immutable;

namespace Keyreeve.Client;

/// <summary>What computes at a server, as it describes itself.</summary>
public sealed record ServerCryptography
{
    /// <summary>The library, such as <c>OpenSSL 3.0.15 3 Sep 2024</c>.</summary>
    public required string Library { get; init; }

    /// <summary>Its active providers.</summary>
    public required ImmutableArray<ServerCryptographyProvider> Providers { get; init; }

    /// <summary>Whether the library says that it runs in FIPS mode; nothing is said of the server, which is not validated.</summary>
    public required bool LibrarySaysFipsMode { get; init; }

    /// <summary>The mode of key groups that state none: <c>strict</c> or <c>approved</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>Post-quantum families that the library has; of ML-KEM and ML-DSA there are keys then, over KMIP.</summary>
    public required ImmutableArray<string> PostQuantumInLibrary { get; init; }

    /// <summary>The last self-test.</summary>
    public required ServerSelfTest SelfTest { get; init; }
}

/// <summary>A provider of OpenSSL.</summary>
public sealed record ServerCryptographyProvider
{
    /// <summary>Its name in OpenSSL's configuration.</summary>
    public required string Name { get; init; }

    /// <summary>What it calls itself.</summary>
    public string? Description { get; init; }

    /// <summary>Its version.</summary>
    public string? Version { get; init; }
}

/// <summary>What the known answers said at a server.</summary>
public sealed record ServerSelfTest
{
    /// <summary>Whether all came out, now and ever since the server's start. If not, it serves no keys.</summary>
    public required bool Passed { get; init; }

    /// <summary>When they were computed.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>How long that took, in milliseconds.</summary>
    public required double Milliseconds { get; init; }

    /// <summary>How many there are.</summary>
    public required int Answers { get; init; }

    /// <summary>Algorithms whose answers did not come out.</summary>
    public required ImmutableArray<string> Failed { get; init; }
}
