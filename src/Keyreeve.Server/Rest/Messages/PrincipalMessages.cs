using System.Collections.Immutable;
using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Keyreeve.Server.Rest.Messages;

[Description("Who may call: a name, and by what it is recognised.")]
internal sealed record PrincipalMessage
{
    [Description("The name, unique in the tenant.")]
    public required string Name { get; init; }

    [Description("The identity itself: SHA-256 of its SubjectPublicKeyInfo, hexadecimal, or the id of its first credential.")]
    public required string Fingerprint { get; init; }

    [Description("Whether it may call at all.")]
    public required bool Enabled { get; init; }

    [Description("The key group of what it creates without naming one.")]
    public required string HomeGroup { get; init; }

    [Description("What it may do, and where; of a caller with a token of this server, what the token leaves of it.")]
    public required ImmutableArray<GrantMessage> Grants { get; init; }

    [Description("By what it is recognised; absent where only the caller itself is told.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<CredentialMessage>? Credentials { get; init; }

    [Description("The token of this server that the caller shows, which leaves a part of what its principal may; absent if it shows none.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TokenMessage? Token { get; init; }
}

[Description("By what a principal is recognised.")]
internal sealed record CredentialMessage
{
    [Description("By which it can be removed.")]
    public required string Id { get; init; }

    [Description("PublicKey, CertificateName, TokenSubject or ApiToken.")]
    public required string Kind { get; init; }

    [Description("Who vouches: the fingerprint of an authority's public key, or a token's issuer; absent for a public key.")]
    public string? Authority { get; init; }

    [Description("The name in the certificate, the token's subject, or the label of a token of this server; absent for a public key.")]
    public string? Name { get; init; }
}

[Description("A principal that comes with a credential that others vouch for, and enrols nothing.")]
internal sealed record NewPrincipalBody
{
    [Description("Its name.")]
    public required string Name { get; init; }

    [Description("The key group in which the rights hold; '*' for the whole tenant.")]
    public required string Group { get; init; }

    [Description("The rights: use, manage, export, audit, officer, operate, view, encrypt, decrypt, generate, sign, verify, grant.")]
    public required ImmutableArray<string> Allow { get; init; }

    [Description("By what it is recognised.")]
    public required NewCredentialBody Credential { get; init; }
}

[Description("A credential: either 'issuer' and 'subject' of tokens, or 'certificateName', and the authority if several are trusted.")]
internal sealed record NewCredentialBody
{
    [Description("The issuer of tokens, exactly as they have it in 'iss'; it has to be configured.")]
    public string? Issuer { get; init; }

    [Description("The subject, exactly as tokens have it in 'sub'.")]
    public string? Subject { get; init; }

    [Description("A subject alternative name: 'uri:spiffe://example.org/billing' or 'dns:billing.example.org'.")]
    public string? CertificateName { get; init; }

    [Description("SHA-256 of the public key of the trusted root that vouches for the name, hexadecimal; may be left out if there is one.")]
    public string? Authority { get; init; }
}

[Description("A role in a key group and those below it.")]
internal sealed record GrantMessage
{
    [Description("The role, built-in such as KeyUser, or one of the tenant's own.")]
    public required string Role { get; init; }

    [Description("The key group; '*' for the whole tenant, or if it is for a key.")]
    public required string Group { get; init; }

    [Description("The one key that it is for, if it is for one.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Key { get; init; }

    [Description("What the policy calls it, if it has a name there.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    [Description("true if it is taken away and not given.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Denied { get; init; }

    [Description("true if it holds only under conditions, which stand in the policy.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Conditional { get; init; }
}

[Description("All principals of the tenant, by name.")]
internal sealed record PrincipalListMessage
{
    [Description("The principals.")]
    public required ImmutableArray<PrincipalMessage> Principals { get; init; }
}

[Description("A one-time code to be issued.")]
internal sealed record EnrolmentCodeBody
{
    [Description("Name of the principal who will enrol with it.")]
    public required string Name { get; init; }

    [Description("The key group in which the rights hold, and the principal's own group.")]
    public required string Group { get; init; }

    [Description("The rights: use, manage, export, audit, officer, operate, view, encrypt, decrypt, generate, sign, verify, grant.")]
    public required ImmutableArray<string> Allow { get; init; }

    [Description("How long the code can be used, as an ISO 8601 duration; PT1M to P7D, PT1H if absent.")]
    public string? ValidFor { get; init; }
}

// A class: a record's generated ToString would print the code.
[Description("A one-time code. Whoever has it can enrol once.")]
internal sealed class EnrolmentCodeMessage
{
    [Description("The code.")]
    public required string Code { get; init; }

    [Description("SHA-256 of the certificate authority's certificate, hexadecimal, by which the one who enrols recognises the server.")]
    public required string CaFingerprint { get; init; }

    [Description("When the code ends, if it is not used before.")]
    public required DateTimeOffset ExpiresAt { get; init; }
}

[Description("The authorities of the server's own: the one that issued its certificate, and while that is replaced another.")]
internal sealed record AuthorityMessage
{
    [Description("Their certificates, PEM; of the server's own the one that issues first, then yours.")]
    public required string CaChain { get; init; }

    [Description("How each stands, in the same order.")]
    public required ImmutableArray<AuthorityStanding> Authorities { get; init; }
}

[Description("How an authority stands by which the server, or its clients, are verified.")]
internal sealed record AuthorityStanding
{
    [Description("current: it issues; next: it was prepared and will; previous: it did, and is trusted still; server: yours, by which the server's certificate is verified.")]
    public required string Role { get; init; }

    [Description("SHA-256 of its certificate, hexadecimal.")]
    public required string Fingerprint { get; init; }

    [Description("When its certificate ends.")]
    public required DateTimeOffset ExpiresAt { get; init; }
}

[Description("A step in replacing the server's own authority.")]
internal sealed record ReplaceAuthorityBody
{
    [Description("prepare: make another, trusted beside the present one; activate: it issues from now on; retire: the one before is trusted no more.")]
    public required string Step { get; init; }

    [Description("For retire: also if the caller's own certificate is of the one before, so that it shuts him out.")]
    public bool? Force { get; init; }
}

[Description("An enrolment.")]
internal sealed class EnrolBody
{
    [Description("The one-time code.")]
    public required string Code { get; init; }

    [Description("The certificate signing request, PEM.")]
    public required string Csr { get; init; }
}

[Description("A renewal: the caller's certificate is the one that it shows.")]
internal sealed record RenewalBody
{
    [Description("The certificate signing request for a new key, PEM; where your own authority issues, the new certificate.")]
    public required string Csr { get; init; }
}

[Description("A principal's certificate.")]
internal sealed record EnrolmentMessage
{
    [Description("The certificate, PEM.")]
    public required string Certificate { get; init; }

    [Description("The certificates of the authority that issued it, PEM.")]
    public required string CaChain { get; init; }
}
