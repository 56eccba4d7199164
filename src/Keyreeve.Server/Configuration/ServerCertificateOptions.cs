namespace Keyreeve.Server.Configuration;

/// <summary>Your own certificate of the server's, in the place of the one that its own authority issues.</summary>
public sealed record ServerCertificateOptions
{
    /// <summary>The certificate and those between it and its root, PEM; null: the server's own authority issues one.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>Its private key, PEM; may be the same file.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The roots by which clients verify it, PEM; null: the root that is in the certificate's file.</summary>
    public string? AuthorityFile { get; init; }

    internal bool IsNone => CertificateFile is null && AuthorityFile is null;
}
