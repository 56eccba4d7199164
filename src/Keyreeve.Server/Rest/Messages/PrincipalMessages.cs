using System.Collections.Immutable;
using System.ComponentModel;

namespace Keyreeve.Server.Rest.Messages;

[Description("Who may call: a name and a public key.")]
internal sealed record PrincipalMessage
{
    [Description("The name, unique in the tenant.")]
    public required string Name { get; init; }

    [Description("SHA-256 of its SubjectPublicKeyInfo, hexadecimal: the identity itself.")]
    public required string Fingerprint { get; init; }

    [Description("Whether it may call at all.")]
    public required bool Enabled { get; init; }

    [Description("The key group of what it creates without naming one.")]
    public required string HomeGroup { get; init; }

    [Description("What it may do, and where.")]
    public required ImmutableArray<GrantMessage> Grants { get; init; }
}

[Description("A role in a key group and those below it.")]
internal sealed record GrantMessage
{
    [Description("KeyAdministrator, KeyUser, KeyExporter, Auditor or SecurityOfficer.")]
    public required string Role { get; init; }

    [Description("The key group; '*' for the whole tenant.")]
    public required string Group { get; init; }
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

    [Description("The rights: use, manage, export, audit, officer.")]
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

[Description("The authority that issued the server's certificate.")]
internal sealed record AuthorityMessage
{
    [Description("Its certificate, PEM.")]
    public required string CaChain { get; init; }
}

[Description("An enrolment.")]
internal sealed class EnrolBody
{
    [Description("The one-time code.")]
    public required string Code { get; init; }

    [Description("The certificate signing request, PEM.")]
    public required string Csr { get; init; }
}

[Description("A new principal's certificate.")]
internal sealed record EnrolmentMessage
{
    [Description("The certificate, PEM.")]
    public required string Certificate { get; init; }

    [Description("The certificates of the authority that issued it, PEM.")]
    public required string CaChain { get; init; }
}
