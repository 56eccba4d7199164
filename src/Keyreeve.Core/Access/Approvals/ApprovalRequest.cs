using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Access.Approvals;

/// <summary>Where a request stands.</summary>
public enum ApprovalState
{
    /// <summary>Never stored.</summary>
    None = 0,

    /// <summary>Others have yet to agree.</summary>
    Pending,

    /// <summary>Enough have agreed; it can be carried out.</summary>
    Approved,

    /// <summary>It was carried out; that is done once.</summary>
    Executed,

    /// <summary>Somebody refused it.</summary>
    Rejected,

    /// <summary>Who asked took it back.</summary>
    Withdrawn,

    /// <summary>Its time is over.</summary>
    Expired,
}

/// <summary>An approval that was given.</summary>
/// <param name="Principal">The name of the one who gave it.</param>
/// <param name="Fingerprint">Who that is: <see cref="Access.Principal.Fingerprint"/>, the same whichever credential is shown.</param>
/// <param name="At">When.</param>
/// <param name="SourceAddress">From where.</param>
/// <param name="Protocol">Through which door.</param>
/// <param name="Purpose">For which purpose, if one was stated.</param>
public sealed record Approval(
    string Principal, string Fingerprint, DateTimeOffset At, string SourceAddress, Protocol Protocol = Protocol.Rest, string? Purpose = null)
{
    /// <summary>Whether it counts no more, as things stand: who gave it is disabled, or may not approve that now. Found when it is asked for, never kept.</summary>
    [JsonIgnore]
    public bool CountsNoMore { get; init; }
}

/// <summary>
/// What somebody wants to do that takes others to agree: one operation, with all that its request says, on one version of one object,
/// until a moment. Nothing of that changes afterwards, whatever happens to the request.
/// </summary>
public sealed record ApprovalRequest
{
    /// <summary>Its identity.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>The tenant.</summary>
    public required TenantId Tenant { get; init; }

    /// <summary>What it is about.</summary>
    public required ApprovalKind Kind { get; init; }

    /// <summary>The operation.</summary>
    public required OperationName Operation { get; init; }

    /// <summary>The name of the one who asks.</summary>
    public required string Requester { get; init; }

    /// <summary>Who that is.</summary>
    public required string RequesterFingerprint { get; init; }

    /// <summary>The key group; null if it is about none.</summary>
    public GroupName? Group { get; init; }

    /// <summary>The object; null if it is about none.</summary>
    public UniqueIdentifier? ObjectId { get; init; }

    /// <summary>The key of which the object is a version.</summary>
    public UniqueIdentifier? Key { get; init; }

    /// <summary>What the object was like: <see cref="ManagedObject.RowVersion"/>.</summary>
    public long ObjectVersion { get; init; }

    /// <summary>What is going to be done, for those who decide.</summary>
    public required string Summary { get; init; }

    /// <summary>More of it, a line each.</summary>
    public ImmutableArray<string> Details { get; init; } = [];

    /// <summary>A keyed hash of all that the operation's request says, lower-case hexadecimal.</summary>
    public required string Digest { get; init; }

    /// <summary>The purpose that was stated.</summary>
    public string? Purpose { get; init; }

    /// <summary>When it was asked.</summary>
    public required DateTimeOffset AskedAt { get; init; }

    /// <summary>Until when it can be approved and carried out.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>How many have to agree.</summary>
    public required int Needed { get; init; }

    /// <summary>Who has agreed.</summary>
    public ImmutableArray<Approval> Approvals { get; init; } = [];

    /// <summary>How it ended; <see cref="ApprovalState.None"/> while it has not.</summary>
    public ApprovalState Ended { get; init; }

    /// <summary>Who ended it, unless its time did.</summary>
    public string? EndedBy { get; init; }

    /// <summary>When it was ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Counts the changes of its document, from 1.</summary>
    public required long RowVersion { get; init; }

    /// <summary>The kind of the documents of a tenant's requests; the key is <see cref="Id"/>.</summary>
    internal static string DocumentKind(TenantId tenant) => $"approval-request/{tenant}";

    /// <summary>Where it stands at a moment.</summary>
    public ApprovalState StateAt(DateTimeOffset now)
    {
        if (Ended != ApprovalState.None) return Ended;
        if (now >= ExpiresAt) return ApprovalState.Expired;
        return Approvals.Count(static a => !a.CountsNoMore) >= Needed ? ApprovalState.Approved : ApprovalState.Pending;
    }

    /// <summary>Whether it can still be approved or carried out.</summary>
    public bool IsOpenAt(DateTimeOffset now) => StateAt(now) is ApprovalState.Pending or ApprovalState.Approved;

    /// <summary>Whether somebody is the one who asked, whatever credential he shows.</summary>
    internal bool IsBy(Principal principal) => Is(principal, Requester, RequesterFingerprint);

    /// <summary>Whether somebody has agreed already, whatever credential he shows.</summary>
    internal bool HasApproved(Principal principal) => Approvals.Any(a => Is(principal, a.Principal, a.Fingerprint));

    internal StoredDocument Seal(DocumentSealer sealer) =>
        sealer.Seal(DocumentKind(Tenant), Id.ToString(), RowVersion, JsonSerializer.SerializeToUtf8Bytes(ApprovalContent.Of(this), ApprovalJson.Default.ApprovalContent));

    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IntegrityFailure"/>.</exception>
    internal static ApprovalRequest Open(StoredDocument document, DocumentSealer sealer) =>
        JsonSerializer.Deserialize(sealer.Open(document), ApprovalJson.Default.ApprovalContent)!.Read(document.RowVersion);

    // By either: a name is nobody else's, ever, and neither is a first credential.
    private static bool Is(Principal principal, string name, string fingerprint) =>
        string.Equals(principal.Fingerprint, fingerprint, StringComparison.Ordinal) || string.Equals(principal.Name, name, StringComparison.OrdinalIgnoreCase);
}

/// <summary>What stands in a request's document.</summary>
internal sealed record ApprovalContent
{
    public int V { get; init; } = 1;

    public required string Id { get; init; }

    public required int Tenant { get; init; }

    public required string Kind { get; init; }

    public required OperationName Operation { get; init; }

    public required string Requester { get; init; }

    public required string RequesterFingerprint { get; init; }

    public string? Group { get; init; }

    public string? ObjectId { get; init; }

    public string? Key { get; init; }

    public long ObjectVersion { get; init; }

    public required string Summary { get; init; }

    public string[] Details { get; init; } = [];

    public required string Digest { get; init; }

    public string? Purpose { get; init; }

    public required DateTimeOffset AskedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public required int Needed { get; init; }

    public Approval[] Approvals { get; init; } = [];

    public ApprovalState Ended { get; init; }

    public string? EndedBy { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public static ApprovalContent Of(ApprovalRequest request) => new()
    {
        Id = request.Id.ToString(),
        Tenant = request.Tenant.Value,
        Kind = ApprovalKinds.WordOf(request.Kind),
        Operation = request.Operation,
        Requester = request.Requester,
        RequesterFingerprint = request.RequesterFingerprint,
        Group = request.Group?.Value,
        ObjectId = request.ObjectId?.ToString(),
        Key = request.Key?.ToString(),
        ObjectVersion = request.ObjectVersion,
        Summary = request.Summary,
        Details = [.. request.Details],
        Digest = request.Digest,
        Purpose = request.Purpose,
        AskedAt = request.AskedAt,
        ExpiresAt = request.ExpiresAt,
        Needed = request.Needed,
        Approvals = [.. request.Approvals],
        Ended = request.Ended,
        EndedBy = request.EndedBy,
        EndedAt = request.EndedAt,
    };

    public ApprovalRequest Read(long rowVersion) => new()
    {
        Id = UniqueIdentifier.Parse(Id),
        Tenant = new TenantId(Tenant),
        Kind = ApprovalKinds.TryParse(Kind, out var kind) ? kind : throw new KeyreeveException(KeyreeveError.IntegrityFailure, "A stored request for approval is of no kind."),
        Operation = Operation,
        Requester = Requester,
        RequesterFingerprint = RequesterFingerprint,
        Group = Group is null ? null : GroupName.Parse(Group),
        ObjectId = ObjectId is null ? null : UniqueIdentifier.Parse(ObjectId),
        Key = Key is null ? null : UniqueIdentifier.Parse(Key),
        ObjectVersion = ObjectVersion,
        Summary = Summary,
        Details = [.. Details],
        Digest = Digest,
        Purpose = Purpose,
        AskedAt = AskedAt,
        ExpiresAt = ExpiresAt,
        Needed = Needed,
        Approvals = [.. Approvals],
        Ended = Ended,
        EndedBy = EndedBy,
        EndedAt = EndedAt,
        RowVersion = rowVersion,
    };
}

/// <summary>How requests are written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ApprovalContent))]
internal sealed partial class ApprovalJson : JsonSerializerContext;
