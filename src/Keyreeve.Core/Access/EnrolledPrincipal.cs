using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Access;

/// <summary>A principal as it is kept: with its history and the version of its document.</summary>
public sealed record EnrolledPrincipal
{
    /// <summary>The kind of the documents; the key is the fingerprint.</summary>
    public const string DocumentKind = "principal";

    /// <summary>The kind of the documents that keep names unique; the key is <c>tenant/name in lower case</c>.</summary>
    public const string NameDocumentKind = "principal-name";

    /// <summary>Who it is and what it may do.</summary>
    public required Principal Principal { get; init; }

    /// <summary>When it was enrolled.</summary>
    public required DateTimeOffset EnrolledAt { get; init; }

    /// <summary>Who issued the code.</summary>
    public required string IssuedBy { get; init; }

    /// <summary>When it was disabled, if it was.</summary>
    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>Its first credential, whose identity is its fingerprint; null: the public key that it enrolled with.</summary>
    public PrincipalCredential? First { get; init; }

    /// <summary>From when on the first credential, a public key, does not hold, since a renewed key is in use; null if none is.</summary>
    public DateTimeOffset? FirstEndsAt { get; init; }

    /// <summary>By what else it is recognised, besides the first credential.</summary>
    public ImmutableArray<PrincipalCredential> Credentials { get; init; } = [];

    /// <summary>Counts the changes of its document, from 1.</summary>
    public required long RowVersion { get; init; }

    /// <summary>The public key that it may show by this identity; null if that is another kind of credential, or none.</summary>
    internal PrincipalCredential? FindKey(string identity) => string.Equals(identity, Principal.Fingerprint, StringComparison.Ordinal)
        ? First is null ? PrincipalCredential.OfKey(identity) with { EndsAt = FirstEndsAt } : null
        : Credentials.FirstOrDefault(c => c.Kind == CredentialKind.PublicKey && string.Equals(c.Identity, identity, StringComparison.Ordinal));

    /// <summary>The key of its name's document.</summary>
    internal static string NameKey(TenantId tenant, string name) => $"{tenant}/{name.ToLowerInvariant()}";

    internal StoredDocument Seal(DocumentSealer sealer)
    {
        var content = new PrincipalContent
        {
            Tenant = Principal.Tenant.Value,
            Name = Principal.Name,
            Fingerprint = Principal.Fingerprint,
            HomeGroup = Principal.HomeGroup.Value,
            Bindings = BindingContent.Of(Principal.Bindings),
            EnrolledAt = EnrolledAt,
            IssuedBy = IssuedBy,
            DisabledAt = DisabledAt,
            First = First,
            FirstEndsAt = FirstEndsAt,
            Credentials = [.. Credentials],
        };
        var bytes = JsonSerializer.SerializeToUtf8Bytes(content, AccessJson.Default.PrincipalContent);
        return sealer.Seal(DocumentKind, Principal.Fingerprint, RowVersion, bytes);
    }

    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IntegrityFailure"/>.</exception>
    internal static EnrolledPrincipal Open(StoredDocument document, DocumentSealer sealer)
    {
        var content = JsonSerializer.Deserialize(sealer.Open(document), AccessJson.Default.PrincipalContent)!;
        return new EnrolledPrincipal
        {
            Principal = new Principal
            {
                Tenant = new TenantId(content.Tenant),
                Name = content.Name,
                Fingerprint = content.Fingerprint,
                HomeGroup = GroupName.Parse(content.HomeGroup),
                Bindings = BindingContent.Read(content.Bindings),
                IsDisabled = content.DisabledAt is not null,
            },
            EnrolledAt = content.EnrolledAt,
            IssuedBy = content.IssuedBy,
            DisabledAt = content.DisabledAt,
            First = content.First,
            FirstEndsAt = content.FirstEndsAt,
            Credentials = [.. content.Credentials],
            RowVersion = document.RowVersion,
        };
    }
}

/// <summary>What stands in a principal's document.</summary>
internal sealed record PrincipalContent
{
    public int V { get; init; } = 1;

    public required int Tenant { get; init; }

    public required string Name { get; init; }

    public required string Fingerprint { get; init; }

    public required string HomeGroup { get; init; }

    public required BindingContent[] Bindings { get; init; }

    public required DateTimeOffset EnrolledAt { get; init; }

    public required string IssuedBy { get; init; }

    public DateTimeOffset? DisabledAt { get; init; }

    public PrincipalCredential? First { get; init; }

    public DateTimeOffset? FirstEndsAt { get; init; }

    public PrincipalCredential[] Credentials { get; init; } = [];
}

/// <summary>A role and its group; no group: the whole tenant.</summary>
internal sealed record BindingContent(Role Role, string? Group)
{
    public static BindingContent[] Of(ImmutableArray<RoleBinding> bindings) => [.. bindings.Select(b => new BindingContent(b.Role, b.Group?.Value))];

    public static ImmutableArray<RoleBinding> Read(BindingContent[] contents) =>
        [.. contents.Select(c => new RoleBinding(c.Role, c.Group is null ? null : GroupName.Parse(c.Group)))];
}

/// <summary>How the documents about access are written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(PrincipalContent))]
[JsonSerializable(typeof(CodeContent))]
[JsonSerializable(typeof(GrantContent))]
internal sealed partial class AccessJson : JsonSerializerContext;
