using System.Collections.Immutable;

namespace Keyreeve.Client;

/// <summary>How a client reaches its servers, and who it is.</summary>
/// <remarks>Immutable. <see cref="KeyreeveClient"/> reads the named files once, when it is made.</remarks>
public sealed record ClientOptions
{
    /// <summary>
    /// The servers, as <c>https://host:port</c>. The first that accepts a connection is used, and kept until it no longer does;
    /// a request that may have reached a server is not sent to another unless repeating it is harmless. At least one.
    /// </summary>
    public required ImmutableArray<Uri> Servers { get; init; }

    /// <summary>File with the certificate authority, in PEM, that issued the servers' certificates. No other is trusted.</summary>
    public required string CertificateAuthorityFile { get; init; }

    /// <summary>
    /// File with this client's certificate in PEM, issuers after it. Null: without a certificate only
    /// <see cref="KeyreeveClient.GetHealthAsync"/> and the like are answered.
    /// </summary>
    public string? CertificateFile { get; init; }

    /// <summary>File with the certificate's private key in PEM (PKCS #8 or SEC 1, unencrypted); mode 0600. Set with the certificate.</summary>
    public string? PrivateKeyFile { get; init; }

    /// <summary>How long a request may take, connecting included. Default 30 s.</summary>
    public TimeSpan RequestTimeLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long connecting to one server may take before the next is tried. Default 5 s.</summary>
    public TimeSpan ConnectTimeLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Why the keys are needed: goes into the decision and the audit record of each request. Null: nothing is said.</summary>
    public string? Purpose { get; init; }

    /// <summary>Throws when the options cannot be used.</summary>
    /// <exception cref="KeyreeveClientException"><see cref="ClientError.InvalidOptions"/>; the message says which and why.</exception>
    internal void Check()
    {
        if (Servers.IsDefaultOrEmpty)
            throw Invalid("At least one server is needed.");
        foreach (var server in Servers)
        {
            if (!server.IsAbsoluteUri || !server.Scheme.Equals(Uri.UriSchemeHttps, StringComparison.Ordinal))
                throw Invalid($"A server is given as https://host:port, not '{server}'.");
            if (server.PathAndQuery is not "/" || server.UserInfo.Length > 0 || server.Fragment.Length > 0)
                throw Invalid($"A server is host and port alone, not '{server}'.");
        }

        if (CertificateFile is null != PrivateKeyFile is null)
            throw Invalid("Certificate and private key are given together.");
        if (RequestTimeLimit <= TimeSpan.Zero || ConnectTimeLimit <= TimeSpan.Zero)
            throw Invalid("A time limit is more than zero.");
    }

    private static KeyreeveClientException Invalid(string message) => new(ClientError.InvalidOptions, message);
}
