using System.Collections.Frozen;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Access;

/// <summary>
/// The decision, made for every front door alike: denied unless a binding of the principal grants the operation in the
/// group. No role implies another; who administers keys cannot use them.
/// </summary>
public static class AccessPolicy
{
    // spec: NIST SP 800-57 Part 2 §2.3: duties that together would let one person misuse a key are kept apart.
    private static readonly FrozenDictionary<Role, FrozenSet<OperationName>> Grants = new Dictionary<Role, FrozenSet<OperationName>>
    {
        [Role.KeyAdministrator] = Of(
            OperationName.Create, OperationName.CreateKeyPair, OperationName.Register, OperationName.Activate, OperationName.Revoke,
            OperationName.Destroy, OperationName.AddAttribute, OperationName.ModifyAttribute, OperationName.DeleteAttribute,
            OperationName.SetAttribute, OperationName.Rotate, OperationName.Enable, OperationName.Disable,
            OperationName.ScheduleDestruction, OperationName.CancelDestruction, OperationName.ReKey, OperationName.ReKeyKeyPair,
            OperationName.Certify, OperationName.ReCertify, OperationName.Archive, OperationName.Recover, OperationName.AdjustAttribute,
            OperationName.Deactivate, OperationName.Obliterate, OperationName.Import, OperationName.CreateSplitKey,
            OperationName.JoinSplitKey, OperationName.SetConstraints, OperationName.SetDefaults, OperationName.TimedTransition),
        [Role.KeyUser] = Of(
            OperationName.Encrypt, OperationName.Decrypt, OperationName.ReEncrypt, OperationName.GenerateDataKey,
            OperationName.GenerateWrappedDataKey, OperationName.Sign, OperationName.SignatureVerify, OperationName.MAC,
            OperationName.MACVerify, OperationName.DeriveKey, OperationName.GetUsageAllocation),
        [Role.KeyExporter] = Of(OperationName.Get, OperationName.Export, OperationName.Put),
        [Role.Auditor] = Of(OperationName.ReadAudit, OperationName.ReadAlerts, OperationName.ReadServerStatus),
        [Role.SecurityOfficer] = Of(
            OperationName.IssueEnrolmentCode, OperationName.ListPrincipals, OperationName.AddPrincipal, OperationName.DisablePrincipal,
            OperationName.AddCredential, OperationName.RemoveCredential,
            OperationName.CreateUser, OperationName.CreateGroup, OperationName.CreateCredential, OperationName.ReadSealStatus,
            OperationName.AddSealSlot, OperationName.RemoveSealSlot, OperationName.DrillSealSlot, OperationName.RotateRootKey,
            OperationName.RotateTenantKey, OperationName.NoteStoreHead, OperationName.ReadAlerts, OperationName.ReadServerStatus),
    }.ToFrozenDictionary();

    // What anybody with a role on keys in the group may learn of them.
    private static readonly FrozenSet<OperationName> Reads = Of(
        OperationName.GetAttributes, OperationName.GetAttributeList, OperationName.GetKey, OperationName.ListVersions,
        OperationName.Check, OperationName.ObtainLease, OperationName.Notify);

    // About no object: any principal that is known may ask; what it gets is limited to what it may see.
    private static readonly FrozenSet<OperationName> Open = Of(
        OperationName.Query, OperationName.DiscoverVersions, OperationName.Locate, OperationName.ListKeys, OperationName.Random,
        OperationName.Hash, OperationName.RNGRetrieve, OperationName.RNGSeed, OperationName.PKCS11, OperationName.Validate,
        OperationName.GetConstraints, OperationName.ReProvision, OperationName.Login, OperationName.Logout, OperationName.DelegatedLogin, OperationName.Poll,
        OperationName.Cancel, OperationName.QueryAsynchronousRequests, OperationName.Process, OperationName.Ping, OperationName.Log,
        OperationName.Interop, OperationName.SetEndpointRole,
        // Who holds a share may be anybody; the share decides, in the ceremony.
        OperationName.EnterShare, OperationName.CancelShares);

    /// <summary>Decides.</summary>
    /// <param name="principal">Who asks.</param>
    /// <param name="operation">What is asked.</param>
    /// <param name="group">Where; null if the operation is about no group, which then takes a binding for the whole tenant.</param>
    public static Decision Decide(Principal principal, OperationName operation, GroupName? group)
    {
        ArgumentNullException.ThrowIfNull(principal);
        // Who enrols is nobody yet: the one-time code decides, in the operation.
        if (operation == OperationName.Enrol) return new Decision(IsAllowed: true, "enrolment-code");
        if (principal.IsDisabled) return new Decision(IsAllowed: false, "principal-disabled");
        if (Open.Contains(operation)) return new Decision(IsAllowed: true, "known-principal");

        foreach (var binding in principal.Bindings)
        {
            if (!Covers(binding, group)) continue;
            if (Grants.TryGetValue(binding.Role, out var granted) && granted.Contains(operation)) return Allowed(binding);
            if (IsOnKeys(binding.Role) && Reads.Contains(operation)) return Allowed(binding);
        }

        return new Decision(IsAllowed: false, "default-deny");
    }

    /// <summary>Whether the principal may know what is in the group.</summary>
    public static bool MaySee(Principal principal, GroupName group) =>
        Decide(principal, OperationName.GetAttributes, group).IsAllowed;

    /// <summary>The groups in which the principal may know what there is, with all below them; null for the whole tenant.</summary>
    public static IReadOnlyList<GroupName>? VisibleGroups(Principal principal)
    {
        ArgumentNullException.ThrowIfNull(principal);
        var onKeys = principal.Bindings.Where(b => IsOnKeys(b.Role)).ToList();
        return onKeys.Exists(b => b.Group is null) ? null : [.. onKeys.Select(b => b.Group!.Value).Distinct()];
    }

    private static bool Covers(RoleBinding binding, GroupName? group) =>
        binding.Group is not { } scope || (group is { } asked && asked.IsWithin(scope));

    private static bool IsOnKeys(Role role) => role is Role.KeyAdministrator or Role.KeyUser or Role.KeyExporter;

    private static Decision Allowed(RoleBinding binding) => new(IsAllowed: true, binding.Rule);

    private static FrozenSet<OperationName> Of(params ReadOnlySpan<OperationName> operations) => operations.ToArray().ToFrozenSet();
}
