using Keyreeve.Core.Access;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Operations.Offboarding;

/// <summary>Asks that somebody be shut out.</summary>
/// <param name="Subject">Who.</param>
/// <param name="IsDryRun">Whether it is only to be found out what would be done.</param>
/// <param name="Keys">What is to be done with the keys they touched: by whoever has the trail read for them.</param>
public sealed record OffboardRequest(OffboardingSubject Subject, bool IsDryRun, KeyMeasure Keys);

/// <summary>
/// Shuts somebody out in one commit: principals are disabled, credentials and codes that nobody has used are gone, a tenant is
/// frozen. When this is answered they are refused everywhere, on connections that are open too.
/// </summary>
public sealed class OffboardOperation(PrincipalDirectory directory) : Operation<OffboardRequest, OffboardingPlan>, IGuarded<OffboardRequest>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Offboard;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(OperationScope scope, OffboardRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new OperationTarget(
            request.Subject.Kind switch
            {
                OffboardingKind.Principal => directory.ScopeOf(scope, request.Subject.Name),
                OffboardingKind.Group => GroupName.Parse(request.Subject.Name),
                _ => null,
            },
            null));

    /// <inheritdoc/>
    protected internal override async ValueTask<OffboardingPlan> ExecuteAsync(
        OperationScope scope, OperationTarget target, OffboardRequest request, CancellationToken cancellationToken)
    {
        var plan = await OffboardingPlan.MakeAsync(scope, directory, request.Subject, cancellationToken);
        if (request.IsDryRun)
        {
            scope.Audit.Detail += ", dry run";
            return plan;
        }

        foreach (var principal in plan.Principals) await StageAsync(scope, principal, cancellationToken);
        foreach (var code in plan.CodeDocuments) scope.Write(code with { RowVersion = checked(code.RowVersion + 1), Body = null });
        foreach (var grant in plan.Grants) scope.Engine.Access.Remove(scope, grant);
        if (request.Subject.Kind == OffboardingKind.Tenant && scope.Engine.Tenants.Find(plan.Tenant) is { State: TenantState.Active } tenant)
        {
            scope.Engine.Tenants.Write(scope, tenant with
            {
                State = TenantState.Frozen,
                ChangedAt = scope.Now,
                ChangedBy = scope.Call.Principal.Name,
                Reason = "offboarded",
            });
        }

        return plan;
    }

    /// <inheritdoc/>
    public GuardedAct? Examine(OperationScope scope, OperationTarget target, OffboardRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.IsDryRun) return null;
        return new GuardedAct
        {
            Kind = ApprovalKind.Offboarding,
            Summary = $"offboard {request.Subject}" + request.Keys switch
            {
                KeyMeasure.Rotate => ", and rotate the keys they touched",
                KeyMeasure.Disable => ", and disable the keys they touched",
                _ => "",
            },
            Describe = digest =>
            {
                digest.Add(request.Subject.Kind.ToString());
                digest.Add(request.Subject.Name);
                digest.Add(request.Keys.ToString());
            },
        };
    }

    private async ValueTask StageAsync(OperationScope scope, OffboardedPrincipal offboarded, CancellationToken cancellationToken)
    {
        var stored = await directory.ReadAsync(offboarded.Enrolled.Principal.Fingerprint, cancellationToken)
            ?? throw new KeyreeveException(KeyreeveError.IntegrityFailure, "The principal's document is missing from the store.");
        var changed = stored with { RowVersion = checked(stored.RowVersion + 1) };
        if (offboarded.IsDisabled) changed = changed with { Principal = stored.Principal with { IsDisabled = true }, DisabledAt = scope.Now };
        else changed = changed with { Credentials = stored.Credentials.RemoveAll(c => offboarded.Removed.Any(r => string.Equals(r.Identity, c.Identity, StringComparison.Ordinal))) };
        scope.Write(changed.Seal(directory.Sealer));
        scope.OnCommitted(() => directory.Apply(changed));
        if (offboarded.IsDisabled) return;
        foreach (var removed in offboarded.Removed)
        {
            if (await scope.Engine.Store.FindDocumentAsync(PrincipalCredential.DocumentKind, removed.Identity, cancellationToken) is { } document)
                scope.Write(new StoredDocument(document.Kind, document.Key, checked(document.RowVersion + 1), Body: null));
        }
    }
}
