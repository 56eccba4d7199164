using System.Collections.Immutable;

namespace Keyreeve.Client;

/// <summary>Who may call: a name, and by what it is recognised.</summary>
public sealed record ClientPrincipal
{
    /// <summary>The name given at enrolment, unique in the tenant.</summary>
    public required string Name { get; init; }

    /// <summary>The identity itself: SHA-256 of the certificate's SubjectPublicKeyInfo, hexadecimal, or the id of its first credential.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Whether it may call at all.</summary>
    public required bool Enabled { get; init; }

    /// <summary>The key group of what it creates without naming one.</summary>
    public required string HomeGroup { get; init; }

    /// <summary>What it may do, and in which key groups; of a caller with a token of the server's, what the token leaves of it.</summary>
    public required ImmutableArray<ClientGrant> Grants { get; init; }

    /// <summary>By what it is recognised; null where the server tells only the caller who it is.</summary>
    public ImmutableArray<ClientCredential>? Credentials { get; init; }

    /// <summary>The token of the server's with which the caller spoke, which leaves a part of what its principal may; null if with none.</summary>
    public ClientToken? Token { get; init; }
}

/// <summary>By what a principal is recognised.</summary>
public sealed record ClientCredential
{
    /// <summary>By which it can be removed.</summary>
    public required string Id { get; init; }

    /// <summary><c>PublicKey</c>, <c>CertificateName</c> or <c>TokenSubject</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Who vouches: the fingerprint of an authority's public key, or a token's issuer; null for a public key.</summary>
    public string? Authority { get; init; }

    /// <summary>The name in the certificate, or the token's subject; null for a public key.</summary>
    public string? Name { get; init; }
}

/// <summary>A credential to be added: that of a token's subject, or a name in a certificate.</summary>
public sealed record NewCredential
{
    private NewCredential()
    {
    }

    /// <summary>The issuer of tokens.</summary>
    public string? Issuer { get; private init; }

    /// <summary>The subject of the tokens.</summary>
    public string? Subject { get; private init; }

    /// <summary>The subject alternative name, with its kind.</summary>
    public string? CertificateName { get; private init; }

    /// <summary>SHA-256 of the public key of the trusted root that vouches for the name.</summary>
    public string? Authority { get; private init; }

    /// <summary>The subject of an issuer of OpenID Connect tokens that the server trusts.</summary>
    /// <param name="issuer">Exactly as tokens have it in <c>iss</c>.</param>
    /// <param name="subject">Exactly as tokens have it in <c>sub</c>.</param>
    public static NewCredential OfTokenSubject(string issuer, string subject) => new() { Issuer = issuer, Subject = subject };

    /// <summary>A name in certificates of an authority that the server trusts for clients.</summary>
    /// <param name="name"><c>uri:spiffe://example.org/billing</c> or <c>dns:billing.example.org</c>.</param>
    /// <param name="authority">SHA-256 of the public key of the trusted root, hexadecimal; null if the server trusts one alone.</param>
    public static NewCredential OfCertificateName(string name, string? authority = null) => new() { CertificateName = name, Authority = authority };
}

/// <summary>A principal to be added that comes with a credential that others vouch for.</summary>
public sealed record NewPrincipal
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The key group in which the rights hold; <c>*</c> for the whole tenant.</summary>
    public required string Group { get; init; }

    /// <summary>The rights: <c>use</c>, <c>manage</c>, <c>export</c>, <c>audit</c>, <c>officer</c>.</summary>
    public required ImmutableArray<string> Allow { get; init; }

    /// <summary>By what it is recognised.</summary>
    public required NewCredential Credential { get; init; }
}

/// <summary>A role in a key group.</summary>
public sealed record ClientGrant
{
    /// <summary>The role, such as <c>KeyUser</c>.</summary>
    public required string Role { get; init; }

    /// <summary>The key group; the role holds in the groups below it as well; <c>*</c> for the whole tenant, or if it is for a key.</summary>
    public required string Group { get; init; }

    /// <summary>The one key that it is for, if it is for one.</summary>
    public string? Key { get; init; }

    /// <summary>What the policy calls it, if it has a name there.</summary>
    public string? Name { get; init; }

    /// <summary>Whether it is taken away and not given.</summary>
    public bool Denied { get; init; }

    /// <summary>Whether it holds only under conditions, which stand in the policy.</summary>
    public bool Conditional { get; init; }
}

/// <summary>A one-time code to be made.</summary>
public sealed record NewEnrolmentCode
{
    /// <summary>Name of the principal who will enrol with it.</summary>
    public required string Name { get; init; }

    /// <summary>The key group in which the rights hold.</summary>
    public required string Group { get; init; }

    /// <summary>The rights: <c>use</c>, <c>manage</c>, <c>export</c>, <c>audit</c>, <c>officer</c>, <c>operate</c>, <c>view</c>, <c>encrypt</c>,
    /// <c>decrypt</c>, <c>generate</c>, <c>sign</c>, <c>verify</c>.</summary>
    public required ImmutableArray<string> Allow { get; init; }

    /// <summary>How long the code can be used; null takes the server's default, one hour.</summary>
    public TimeSpan? ValidFor { get; init; }
}

/// <summary>A one-time code. Whoever has it can enrol once; hand it over on a safe way.</summary>
public sealed record EnrolmentCode
{
    /// <summary>The code.</summary>
    public required string Code { get; init; }

    /// <summary>By this the one who enrols recognises the server's certificate authority.</summary>
    public required string CaFingerprint { get; init; }

    /// <summary>When the code ends, if not used before.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>What the server says of itself.</summary>
public sealed record ServerVersion
{
    /// <summary>The product's name.</summary>
    public required string Product { get; init; }

    /// <summary>The product's version.</summary>
    public required string Version { get; init; }
}
