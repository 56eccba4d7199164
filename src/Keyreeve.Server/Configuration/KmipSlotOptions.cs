using System.Collections.Immutable;
using System.Net;
using Keyreeve.Kmip;

namespace Keyreeve.Server.Configuration;

/// <summary>Another key manager, whose key opens a seal slot.</summary>
public sealed record KmipSlotOptions
{
    /// <summary>Where it is; null: there is none.</summary>
    public DnsEndPoint? Endpoint { get; init; }

    /// <summary>The name in its certificate; null: the endpoint's.</summary>
    public string? ServerName { get; init; }

    /// <summary>The certificates by which it is recognised, PEM.</summary>
    public string AuthorityFile { get; init; } = "/etc/keyreeve/seal-kmip-ca.pem";

    /// <summary>The certificate that it is shown, PEM, with those of issuers between.</summary>
    public string CertificateFile { get; init; } = "/etc/keyreeve/seal-kmip.pem";

    /// <summary>The certificate's private key, PEM, readable by the server alone.</summary>
    public string KeyFile { get; init; } = "/etc/keyreeve/seal-kmip-key.pem";

    /// <summary>The Unique Identifier of a key that is there; null: one is created for each slot.</summary>
    public string? KeyIdentifier { get; init; }

    /// <summary>How long connecting may take, and a request.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a request is sent, if the connection is lost.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary>Whether the key may be fetched, if the other key manager does not encrypt by it.</summary>
    public bool InsecureFetchKey { get; init; }

    /// <summary>The versions of the protocol to agree upon one of, preferred first; null: all that there are. No option: the newest is
    /// right wherever it is spoken.</summary>
    internal ImmutableArray<ProtocolVersion>? Versions { get; init; }

    /// <summary>The endpoint as people write it.</summary>
    public string Address => $"{Endpoint?.Host}:{Endpoint?.Port}";
}
