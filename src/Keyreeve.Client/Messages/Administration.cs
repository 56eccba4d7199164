using System.Collections.Immutable;

namespace Keyreeve.Client;

/// <summary>Who may call: a name and the public key of a certificate.</summary>
public sealed record ClientPrincipal
{
    /// <summary>The name given at enrolment, unique in the tenant.</summary>
    public required string Name { get; init; }

    /// <summary>SHA-256 of the certificate's SubjectPublicKeyInfo, hexadecimal: the identity itself.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Whether it may call at all.</summary>
    public required bool Enabled { get; init; }

    /// <summary>The key group of what it creates without naming one.</summary>
    public required string HomeGroup { get; init; }

    /// <summary>What it may do, and in which key groups.</summary>
    public required ImmutableArray<ClientGrant> Grants { get; init; }
}

/// <summary>A role in a key group.</summary>
public sealed record ClientGrant
{
    /// <summary>The role, such as <c>KeyUser</c>.</summary>
    public required string Role { get; init; }

    /// <summary>The key group; the role holds in the groups below it as well; <c>*</c> for the whole tenant.</summary>
    public required string Group { get; init; }
}

/// <summary>A one-time code to be made.</summary>
public sealed record NewEnrolmentCode
{
    /// <summary>Name of the principal who will enrol with it.</summary>
    public required string Name { get; init; }

    /// <summary>The key group in which the rights hold.</summary>
    public required string Group { get; init; }

    /// <summary>The rights: <c>use</c>, <c>manage</c>, <c>export</c>, <c>audit</c>, <c>officer</c>.</summary>
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
