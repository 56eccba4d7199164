using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Policies;

/// <summary>Asks why a principal may do something, or why not.</summary>
public sealed record ExplainAccessRequest
{
    /// <summary>Who would ask.</summary>
    public required string Principal { get; init; }

    /// <summary>What would be asked.</summary>
    public required OperationName Operation { get; init; }

    /// <summary>About which key; null if about none.</summary>
    public KeySelector? Key { get; init; }

    /// <summary>In which key group; null if the key says so, or none is meant.</summary>
    public GroupName? Group { get; init; }

    /// <summary>The context; null if none would be given.</summary>
    public EncryptionContext? Context { get; init; }

    /// <summary>The purpose; null: the principal's default.</summary>
    public string? Purpose { get; init; }

    /// <summary>The address it would come from; null: that of whoever asks this.</summary>
    public string? SourceAddress { get; init; }

    /// <summary>How it would be spoken.</summary>
    public Protocol Protocol { get; init; } = Protocol.Rest;

    /// <summary>When; null: now.</summary>
    public DateTimeOffset? Time { get; init; }
}

/// <summary>Answers why or why not, from the very policy that decides.</summary>
public sealed class ExplainAccessOperation(PrincipalDirectory directory) : Operation<ExplainAccessRequest, AccessExplanation>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ExplainAccess;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, ExplainAccessRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(default(OperationTarget));

    /// <inheritdoc/>
    protected internal override async ValueTask<AccessExplanation> ExecuteAsync(
        OperationScope scope, OperationTarget target, ExplainAccessRequest request, CancellationToken cancellationToken)
    {
        var known = directory.FindByName(scope.Tenant, request.Principal)
            ?? throw new KeyreeveException(KeyreeveError.ItemNotFound, "There is no principal of that name.");
        if (request is { Key: not null, Group: not null })
            throw new KeyreeveException(KeyreeveError.InvalidField, "A key lies in a group already: ask about one of the two.");
        var key = request.Key is { } selector ? await KeyVersions.RequireCurrentAsync(scope, selector, cancellationToken) : null;
        var policy = scope.Engine.Access.Of(scope.Tenant);
        var call = scope.Call with
        {
            Principal = known.Principal,
            Purpose = request.Purpose ?? policy.Purposes.DefaultOf(known.Principal.Name),
            SourceAddress = request.SourceAddress ?? scope.Call.SourceAddress,
            Protocol = request.Protocol,
            Time = request.Time ?? scope.Now,
            User = null,
            Rights = null,
            Attester = null,
        };
        scope.Audit.Detail = $"whether '{request.Principal}' may {request.Operation}";
        var explanation = AccessExplanation.Of(policy, new AccessQuestion
        {
            Call = call, Operation = request.Operation, Group = key?.Group ?? request.Group, Key = key?.KeyIdentifier, Context = request.Context,
        });
        if (explanation.Decision.IsAllowed) explanation = WithProofs(explanation, scope.Engine.Attestation, call, request.Operation, key?.Group ?? request.Group, key);
        if (!explanation.Decision.IsAllowed || GuardedActs.Foreseen(scope, request.Operation, known.Principal, key?.Group ?? request.Group, key) is not { } act) return explanation;
        var need = await TwoPersonRule.ForeseeAsync(scope, act, known.Principal, key?.Group ?? request.Group, key?.KeyIdentifier, cancellationToken);
        return need is null ? explanation : explanation with
        {
            Approval = need,
            Reason = $"{explanation.Reason} {need.Told}",
            Answer = need.Approvals > 0 && explanation.Answer == KeyreeveError.None ? KeyreeveError.ApprovalRequired : explanation.Answer,
        };
    }

    // What is asked of a client besides its credential. KMIP alone has words for it, so over REST it is never there.
    private static AccessExplanation WithProofs(
        AccessExplanation explanation, AttestationPolicy attestation, Call call, OperationName operation, GroupName? group, ManagedObject? key)
    {
        var proofs = new List<string>();
        if (key?.OwnerUser is not null) proofs.Add("The object was made for one user of a principal's, and is for who proves to be that user.");
        if (attestation.Takes(operation, call, group)) proofs.Add($"In the key group {group}, {operation} takes an attestation.");
        if (proofs.Count == 0) return explanation;
        var told = explanation with { Reason = $"{explanation.Reason} {string.Join(' ', proofs)}" };
        if (call.Protocol != Protocol.Rest) return told;
        return told with { Decision = explanation.Decision with { IsAllowed = false }, Answer = KeyreeveError.PermissionDenied, Reason = told.Reason + " Over REST nobody can." };
    }
}
