namespace Keyreeve.Client;

/// <summary>
/// One key server: where it is, and what is different with it than with the others. What is null here is as
/// <see cref="ClientOptions"/> says.
/// </summary>
/// <remarks>Immutable. An address alone is a server too: <c>Servers = [new Uri("https://kms-1.example:8443")]</c>.</remarks>
public sealed record KeyServer
{
    /// <summary><c>https://host:port</c>, or <c>kmip://host:port</c>; the host is a name or an IP address.</summary>
    public required Uri Address { get; init; }

    /// <summary>What it is called in messages and metrics. Null: host and port.</summary>
    public string? Name { get; init; }

    /// <summary>File or folder with its certificate authorities, in PEM.</summary>
    public string? CertificateAuthorityFile { get; init; }

    /// <summary>SHA-256 fingerprint of its certificate or of its authority's.</summary>
    public CaFingerprint? CertificateAuthorityFingerprint { get; init; }

    /// <summary>The certificate that is shown to it; as <see cref="ClientOptions.CertificateFile"/>.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>That certificate's private key; as <see cref="ClientOptions.PrivateKeyFile"/>.</summary>
    public string? PrivateKeyFile { get; init; }

    /// <summary>What opens the file of that key; as <see cref="ClientOptions.PrivateKeyPassword"/>.</summary>
    public SecretReference? PrivateKeyPassword { get; init; }

    /// <summary>Whom the server knows the caller as, beside the certificate; KMIP only.</summary>
    public string? User { get; init; }

    /// <summary>That user's password; KMIP only.</summary>
    public SecretReference? Password { get; init; }

    /// <summary>A server of which nothing but the address is different.</summary>
    public static implicit operator KeyServer(Uri address) => FromUri(address);

    /// <summary>A server of which nothing but the address is different.</summary>
    public static KeyServer FromUri(Uri address) => new() { Address = address };

    /// <summary>Its name, or host and port.</summary>
    public override string ToString() => Name ?? (Address is { IsAbsoluteUri: true } ? Address.Authority : $"{Address}");
}
