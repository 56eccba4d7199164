using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Access;

/// <summary>How it stands with a tenant.</summary>
public enum TenantState
{
    /// <summary>Never.</summary>
    None = 0,

    /// <summary>It is served.</summary>
    Active,

    /// <summary>Everything it asks is refused until somebody thaws it; nothing of it is changed.</summary>
    Frozen,

    /// <summary>Its keys are gone for good; what the trail says of it stays.</summary>
    Deleted,
}

/// <summary>An isolated owner as it is kept: a name for people, and whether it is served.</summary>
public sealed record Tenant
{
    /// <summary>The kind of the documents; the key is the number.</summary>
    public const string DocumentKind = "tenant";

    /// <summary>The name of the tenant that a new installation has, whose officers look after the others.</summary>
    public const string RootName = "default";

    /// <summary>Its number, never used again.</summary>
    public required TenantId Id { get; init; }

    /// <summary>Its name; no two differ in case alone, and it is never used again.</summary>
    public required string Name { get; init; }

    /// <summary>How it stands with it.</summary>
    public required TenantState State { get; init; }

    /// <summary>When it was made; null of the first.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>Who made it; null of the first.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>When it came to its State; null if it has had no other.</summary>
    public DateTimeOffset? ChangedAt { get; init; }

    /// <summary>Who brought it there.</summary>
    public string? ChangedBy { get; init; }

    /// <summary>Why, if that was said.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// The authorities and issuers of tokens that vouch for this tenant's principals and for nobody else's: by the SHA-256 of
    /// the authority's public key, or the issuer's <c>iss</c>.
    /// </summary>
    public ImmutableArray<string> Issuers { get; init; } = [];

    /// <summary>Counts the changes of its document, from 1; 0 if it has none.</summary>
    public long RowVersion { get; init; }

    /// <summary>The tenant of a new installation.</summary>
    internal static Tenant Root { get; } = new() { Id = TenantId.Default, Name = RootName, State = TenantState.Active };

    /// <summary>How the trail names it.</summary>
    internal string Told => $"tenant {Id} '{Name}'";

    /// <summary>Reads which tenant the trail names so; null if none.</summary>
    public static TenantId? ReadTold(string? told)
    {
        const string word = "tenant ";
        if (told is null || !told.StartsWith(word, StringComparison.Ordinal)) return null;
        var end = told.IndexOf(' ', word.Length);
        return end > 0 && int.TryParse(told.AsSpan(word.Length, end - word.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? new TenantId(id) : null;
    }

    internal StoredDocument Seal(DocumentSealer sealer) => sealer.Seal(
        DocumentKind, Id.ToString(), RowVersion, JsonSerializer.SerializeToUtf8Bytes(
            new TenantContent
            {
                Name = Name, State = State, CreatedAt = CreatedAt, CreatedBy = CreatedBy, ChangedAt = ChangedAt, ChangedBy = ChangedBy,
                Reason = Reason, Issuers = [.. Issuers],
            },
            TenantJson.Default.TenantContent));

    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IntegrityFailure"/>: it was altered outside the server.</exception>
    internal static Tenant Open(StoredDocument document, DocumentSealer sealer)
    {
        var content = JsonSerializer.Deserialize(sealer.Open(document), TenantJson.Default.TenantContent)!;
        return new Tenant
        {
            Id = new TenantId(int.Parse(document.Key, CultureInfo.InvariantCulture)),
            Name = content.Name,
            State = content.State,
            CreatedAt = content.CreatedAt,
            CreatedBy = content.CreatedBy,
            ChangedAt = content.ChangedAt,
            ChangedBy = content.ChangedBy,
            Reason = content.Reason,
            Issuers = [.. content.Issuers],
            RowVersion = document.RowVersion,
        };
    }
}

/// <summary>What stands in a tenant's document.</summary>
internal sealed record TenantContent
{
    public int V { get; init; } = 1;

    public required string Name { get; init; }

    public required TenantState State { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public string? CreatedBy { get; init; }

    public DateTimeOffset? ChangedAt { get; init; }

    public string? ChangedBy { get; init; }

    public string? Reason { get; init; }

    public string[] Issuers { get; init; } = [];
}

/// <summary>How the documents of tenants are written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(TenantContent))]
internal sealed partial class TenantJson : JsonSerializerContext;
