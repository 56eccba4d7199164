using System.Collections.Immutable;
using System.Text.Json;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Access;

/// <summary>A part of one principal's rights on a key in the hands of another, for a while. It is worth what the one who gave it has.</summary>
public sealed record KeyGrant
{
    /// <summary>The kind of the documents; the key is <c>tenant/id</c>.</summary>
    internal const string DocumentKind = "access-grant";

    /// <summary>How long a grant holds if nothing else is asked for.</summary>
    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromDays(7);

    /// <summary>The longest that a grant holds.</summary>
    public static readonly TimeSpan LongestLifetime = TimeSpan.FromDays(366);

    /// <summary>By which it can be revoked.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>The name of who gave it.</summary>
    public required string GrantedBy { get; init; }

    /// <summary>The name of who has it.</summary>
    public required string GrantedTo { get; init; }

    /// <summary>The key, all its versions.</summary>
    public required UniqueIdentifier Key { get; init; }

    /// <summary>What may be done with it, in the words of roles.</summary>
    public required ImmutableArray<Role> Roles { get; init; }

    /// <summary>With a context that has all of these.</summary>
    public ImmutableArray<ContextTerm> Context { get; init; } = [];

    /// <summary>Whether who has it may hand it on.</summary>
    public bool MayBeHandedOn { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>From when on it does not hold.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>How the audit trail names it.</summary>
    public string Rule => $"grant:{Id}";

    /// <summary>What may be done by it.</summary>
    internal OperationSet Operations => Roles.Select(RoleCatalog.GivenBy).Aggregate(OperationSet.Empty, static (all, of) => all.Union(of));

    internal static string DocumentKey(TenantId tenant, UniqueIdentifier id) => $"{tenant}/{id}";

    internal StoredDocument Seal(DocumentSealer sealer, TenantId tenant)
    {
        var content = new GrantContent
        {
            GrantedBy = GrantedBy,
            GrantedTo = GrantedTo,
            Key = Key.ToString(),
            Roles = [.. Roles],
            Context = [.. Context],
            MayBeHandedOn = MayBeHandedOn,
            CreatedAt = CreatedAt,
            ExpiresAt = ExpiresAt,
        };
        return sealer.Seal(DocumentKind, DocumentKey(tenant, Id), 1, JsonSerializer.SerializeToUtf8Bytes(content, AccessJson.Default.GrantContent));
    }

    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IntegrityFailure"/>.</exception>
    internal static KeyGrant Open(StoredDocument document, DocumentSealer sealer, UniqueIdentifier id)
    {
        var content = JsonSerializer.Deserialize(sealer.Open(document), AccessJson.Default.GrantContent)!;
        return new KeyGrant
        {
            Id = id,
            GrantedBy = content.GrantedBy,
            GrantedTo = content.GrantedTo,
            Key = UniqueIdentifier.Parse(content.Key),
            Roles = [.. content.Roles],
            Context = [.. content.Context],
            MayBeHandedOn = content.MayBeHandedOn,
            CreatedAt = content.CreatedAt,
            ExpiresAt = content.ExpiresAt,
        };
    }
}

/// <summary>What stands in a grant's document.</summary>
internal sealed record GrantContent
{
    public int V { get; init; } = 1;

    public required string GrantedBy { get; init; }

    public required string GrantedTo { get; init; }

    public required string Key { get; init; }

    public required Role[] Roles { get; init; }

    public required ContextTerm[] Context { get; init; }

    public required bool MayBeHandedOn { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }
}
