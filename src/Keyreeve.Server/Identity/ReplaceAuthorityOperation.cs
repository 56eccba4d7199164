using Keyreeve.Core;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Operations.Sealing;

namespace Keyreeve.Server.Identity;

/// <summary>Asks for a step in replacing the server's own authority.</summary>
/// <param name="Step">Which.</param>
/// <param name="Caller">By which certificate the caller is known; null if by none.</param>
/// <param name="EvenIfShutOut">Whether it is done also if the caller's own certificate is not taken any more after it.</param>
internal sealed record ReplaceAuthorityRequest(AuthorityStep Step, ClientIdentity? Caller, bool EvenIfShutOut);

/// <summary>
/// Replaces the server's own certificate authority in three steps, so that nobody is left without one that he trusts. Between them the operator
/// waits until the clients have learnt of the new one, and have certificates of it.
/// </summary>
internal sealed class ReplaceAuthorityOperation(OwnAuthorities authorities) : SealOperation<ReplaceAuthorityRequest, OwnAuthorities>, IGuarded<ReplaceAuthorityRequest>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ReplaceAuthority;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    public override bool RunsWhileSuspended => false;

    /// <inheritdoc/>
    public GuardedAct? Examine(OperationScope scope, OperationTarget target, ReplaceAuthorityRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        // Before anybody is asked to agree to it.
        RequireAnotherWayIn(request);
        return new GuardedAct
        {
            Kind = ApprovalKind.RootRotation,
            Summary = $"{request.Step} in the replacement of the server's certificate authority" + (request.EvenIfShutOut ? ", though that shuts out who asks for it" : ""),
            Describe = digest =>
            {
                digest.Add((long)request.Step);
                if (request.EvenIfShutOut) digest.Add("even if shut out");
            },
        };
    }

    /// <inheritdoc/>
    protected override ValueTask<OwnAuthorities> ExecuteAsync(
        OperationScope scope, OperationTarget target, ReplaceAuthorityRequest request, CancellationToken cancellationToken)
    {
        var (documents, apply) = authorities.Take(request.Step);
        foreach (var document in documents) scope.Write(document);
        scope.OnCommitted(apply);
        var about = request.Step switch
        {
            AuthorityStep.Retire => $"{authorities.Previous!.Fingerprint} is trusted no more",
            AuthorityStep.Activate => $"{authorities.Next!.Fingerprint} issues from now on, in the place of {authorities.Current.Fingerprint}",
            _ => $"another authority beside {authorities.Current.Fingerprint}",
        };
        scope.Audit.Detail = $"{request.Step}: {about}";
        return ValueTask.FromResult(authorities);
    }

    private void RequireAnotherWayIn(ReplaceAuthorityRequest request)
    {
        if (request is not { Step: AuthorityStep.Retire, EvenIfShutOut: false, Caller: { } caller }) return;
        if (authorities.Previous is not { } leaving || !caller.IsIssuedBy(leaving.Certificate)) return;
        throw new KeyreeveException(
            KeyreeveError.InvalidField,
            "Your own certificate comes from the authority that is to be trusted no more: this would shut you out. Renew it first (keyreeve client renew, "
            + "or POST /v1/renew) and ask with the new one; or do it nevertheless (keyreeve authority retire --force, or \"force\": true), if you have another way in.");
    }
}
