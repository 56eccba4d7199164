using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Keyreeve.Client.Rest;

/// <summary>The messages as JSON. Members that a newer server adds are ignored; those that are required must be there.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(NamedKey))]
[JsonSerializable(typeof(NamedKeyPage))]
[JsonSerializable(typeof(NamedKeyVersions))]
[JsonSerializable(typeof(NewKey))]
[JsonSerializable(typeof(MaskedValue))]
[JsonSerializable(typeof(ServerCiphertext))]
[JsonSerializable(typeof(ServerCiphertexts))]
[JsonSerializable(typeof(RandomBytes))]
[JsonSerializable(typeof(ClientPrincipal))]
[JsonSerializable(typeof(ClientPrincipals))]
[JsonSerializable(typeof(NewPrincipal))]
[JsonSerializable(typeof(NewCredential))]
[JsonSerializable(typeof(NewEnrolmentCodeBody))]
[JsonSerializable(typeof(EnrolmentCode))]
[JsonSerializable(typeof(NewGrantBody))]
[JsonSerializable(typeof(ClientKeyGrant))]
[JsonSerializable(typeof(ClientKeyGrants))]
[JsonSerializable(typeof(NewTokenBody))]
[JsonSerializable(typeof(IssuedToken))]
[JsonSerializable(typeof(ClientTokens))]
[JsonSerializable(typeof(AuthorityAnswer))]
[JsonSerializable(typeof(ReplaceAuthorityBody))]
[JsonSerializable(typeof(EnrolmentBody))]
[JsonSerializable(typeof(EnrolmentAnswer))]
[JsonSerializable(typeof(DestructionBody))]
[JsonSerializable(typeof(ClientAuditPage))]
[JsonSerializable(typeof(ClientAuditRecord))]
[JsonSerializable(typeof(PruneAuditBody))]
[JsonSerializable(typeof(ClientPrunedAudit))]
[JsonSerializable(typeof(RestorePermitBody))]
[JsonSerializable(typeof(ClientRestorePermit))]
[JsonSerializable(typeof(ClientAlerts))]
[JsonSerializable(typeof(ClientTrailStatus))]
[JsonSerializable(typeof(PolicyAnswer))]
[JsonSerializable(typeof(ClientPolicyOutcome))]
[JsonSerializable(typeof(PolicyQuestionBody))]
[JsonSerializable(typeof(ClientExplanation))]
[JsonSerializable(typeof(ClientTenant))]
[JsonSerializable(typeof(ClientTenants))]
[JsonSerializable(typeof(NewTenantBody))]
[JsonSerializable(typeof(CreatedTenant))]
[JsonSerializable(typeof(FreezeBody))]
[JsonSerializable(typeof(TenantAdministratorBody))]
[JsonSerializable(typeof(ClientApproval))]
[JsonSerializable(typeof(ClientApprovals))]
[JsonSerializable(typeof(OffboardingBody))]
[JsonSerializable(typeof(SignedOffboarding))]
[JsonSerializable(typeof(ClientSealStatus))]
[JsonSerializable(typeof(ClientSealSlot))]
[JsonSerializable(typeof(NewSealSlot))]
[JsonSerializable(typeof(AddedSealSlotAnswer))]
[JsonSerializable(typeof(ShareEntered))]
[JsonSerializable(typeof(ClientTenantKey))]
[JsonSerializable(typeof(ServerVersion))]
[JsonSerializable(typeof(ServerCryptography))]
[JsonSerializable(typeof(ServerSelfTest))]
[JsonSerializable(typeof(ServerStatus))]
[JsonSerializable(typeof(ProblemDetails))]
internal sealed partial class ClientJson : JsonSerializerContext;

internal sealed record NamedKeyVersions
{
    public required List<NamedKeyVersion> Versions { get; init; }
}

internal sealed record AddedSealSlotAnswer
{
    public required ClientSealSlot Slot { get; init; }
}

internal sealed record ServerCiphertexts
{
    public required List<ServerCiphertext> Items { get; init; }
}

internal sealed record RandomBytes
{
    public required byte[] Bytes { get; init; }
}

internal sealed record ClientPrincipals
{
    public required List<ClientPrincipal> Principals { get; init; }
}

internal sealed record ClientApprovals
{
    public required List<ClientApproval> Requests { get; init; }
}

internal sealed record NewEnrolmentCodeBody
{
    public required string Name { get; init; }

    public required string Group { get; init; }

    public required IReadOnlyList<string> Allow { get; init; }

    public string? ValidFor { get; init; }
}

internal sealed record ClientTenants
{
    public required List<ClientTenant> Tenants { get; init; }
}

internal sealed record NewTenantBody
{
    public required string Name { get; init; }

    public required string Administrator { get; init; }

    public string? ValidFor { get; init; }

    public IReadOnlyList<string>? Issuers { get; init; }
}

internal sealed record FreezeBody
{
    public string? Reason { get; init; }
}

internal sealed record TenantAdministratorBody
{
    public required string Administrator { get; init; }

    public string? ValidFor { get; init; }
}

internal sealed record NewTokenBody
{
    public string? Principal { get; init; }

    public required string Label { get; init; }

    public required IReadOnlyList<string> Allow { get; init; }

    public IReadOnlyList<string>? Groups { get; init; }

    public IReadOnlyList<string>? Keys { get; init; }

    public IReadOnlyList<string>? Networks { get; init; }

    public string? ValidFor { get; init; }
}

internal sealed record ClientTokens
{
    public required List<ClientToken> Tokens { get; init; }
}

internal sealed record NewGrantBody
{
    public required string Key { get; init; }

    public required string To { get; init; }

    public required IReadOnlyList<string> Allow { get; init; }

    public required IReadOnlyList<GrantContextTerm> Context { get; init; }

    public required bool MayBeHandedOn { get; init; }

    public string? ValidFor { get; init; }
}

internal sealed record ClientKeyGrants
{
    public required List<ClientKeyGrant> Grants { get; init; }
}

internal sealed record OffboardingBody
{
    public string? Principal { get; init; }

    public string? Group { get; init; }

    public string? Tenant { get; init; }

    public string? Issuer { get; init; }

    public bool DryRun { get; init; }

    public required string Keys { get; init; }
}

internal sealed record PolicyAnswer
{
    public required string Version { get; init; }

    public required JsonElement Policy { get; init; }
}

internal sealed record PolicyQuestionBody
{
    public required string Principal { get; init; }

    public required string Operation { get; init; }

    public string? Key { get; init; }

    public string? Group { get; init; }

    public Dictionary<string, string>? Context { get; init; }

    public string? Purpose { get; init; }

    public string? SourceAddress { get; init; }

    public string? Protocol { get; init; }

    public DateTimeOffset? Time { get; init; }
}

internal sealed record AuthorityAnswer
{
    public required string CaChain { get; init; }

    public ImmutableArray<ClientAuthority> Authorities { get; init; } = [];
}

internal sealed record ReplaceAuthorityBody(string Step, bool? Force);

internal sealed record PruneAuditBody(string Archived, DateTimeOffset Before);

internal sealed record RestorePermitBody(string Reason, string? ValidFor);

internal sealed class EnrolmentBody
{
    public required string Code { get; init; }

    public required string Csr { get; init; }
}

internal sealed record EnrolmentAnswer
{
    public required string Certificate { get; init; }

    public required string CaChain { get; init; }
}

internal sealed record DestructionBody
{
    public string? After { get; init; }
}

internal sealed record ServerStatus
{
    public required string Status { get; init; }
}

// spec: RFC 9457 §3.1 "type", "status", "title", "detail"; extension members of ours: correlationId, reference.
internal sealed record ProblemDetails
{
    public string? Type { get; init; }

    public string? Title { get; init; }

    public int? Status { get; init; }

    public string? Detail { get; init; }

    public string? CorrelationId { get; init; }

    public string? Reference { get; init; }
}
