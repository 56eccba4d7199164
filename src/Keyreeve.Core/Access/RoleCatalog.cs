using System.Collections.Frozen;
using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Access;

/// <summary>What each built-in role contains, and which operations a role of your own may be made of.</summary>
public static class RoleCatalog
{
    // spec: NIST SP 800-57 Part 2 §2.3: duties that together would let one person misuse a key are kept apart.
    private static readonly FrozenDictionary<Role, OperationSet> Grants = new Dictionary<Role, OperationSet>
    {
        [Role.KeyAdministrator] = OperationSet.Of(
            OperationName.Create, OperationName.CreateKeyPair, OperationName.Register, OperationName.Activate, OperationName.Revoke,
            OperationName.Destroy, OperationName.AddAttribute, OperationName.ModifyAttribute, OperationName.DeleteAttribute,
            OperationName.SetAttribute, OperationName.Rotate, OperationName.Enable, OperationName.Disable,
            OperationName.ScheduleDestruction, OperationName.CancelDestruction, OperationName.ReKey, OperationName.ReKeyKeyPair,
            OperationName.Certify, OperationName.ReCertify, OperationName.Archive, OperationName.Recover, OperationName.AdjustAttribute,
            OperationName.Deactivate, OperationName.Obliterate, OperationName.Import, OperationName.CreateSplitKey,
            OperationName.JoinSplitKey, OperationName.SetConstraints, OperationName.SetDefaults),
        [Role.KeyUser] = OperationSet.Of(
            OperationName.Encrypt, OperationName.Decrypt, OperationName.ReEncrypt, OperationName.GenerateDataKey,
            OperationName.GenerateWrappedDataKey, OperationName.Sign, OperationName.SignatureVerify, OperationName.MAC,
            OperationName.MACVerify, OperationName.DeriveKey, OperationName.GetUsageAllocation),
        [Role.KeyExporter] = OperationSet.Of(OperationName.Get, OperationName.Export, OperationName.Put),
        [Role.Auditor] = OperationSet.Of(OperationName.ReadAudit, OperationName.ReadAlerts),
        [Role.SecurityOfficer] = OperationSet.Of(
            OperationName.IssueEnrolmentCode, OperationName.ListPrincipals, OperationName.AddPrincipal, OperationName.DisablePrincipal,
            OperationName.AddCredential, OperationName.RemoveCredential, OperationName.CreateToken, OperationName.ListTokens, OperationName.RevokeToken,
            OperationName.ListGrants, OperationName.RevokeGrant,
            OperationName.CreateUser, OperationName.CreateGroup, OperationName.CreateCredential, OperationName.ReadSealStatus,
            OperationName.AddSealSlot, OperationName.RemoveSealSlot, OperationName.DrillSealSlot, OperationName.RotateRootKey,
            OperationName.RotateTenantKey, OperationName.ReplaceAuthority, OperationName.PermitRestore, OperationName.PruneAudit, OperationName.ReadPolicy, OperationName.ChangePolicy, OperationName.ExplainAccess,
            OperationName.ReadAlerts, OperationName.ReadServerStatus, OperationName.SelfTest,
            OperationName.ListTenants, OperationName.CreateTenant, OperationName.InviteTenantAdministrator, OperationName.FreezeTenant, OperationName.ThawTenant, OperationName.DeleteTenant,
            OperationName.Offboard, OperationName.Approve, OperationName.RejectApproval),
        [Role.Operator] = OperationSet.Of(
            OperationName.ReadSealStatus, OperationName.DrillSealSlot, OperationName.ReadAlerts, OperationName.ReadServerStatus, OperationName.SelfTest),
        [Role.KeyViewer] = OperationSet.Empty,
        [Role.Encrypter] = OperationSet.Of(OperationName.Encrypt, OperationName.GetUsageAllocation),
        [Role.Decrypter] = OperationSet.Of(OperationName.Decrypt),
        [Role.DataKeyGenerator] = OperationSet.Of(
            OperationName.GenerateDataKey, OperationName.GenerateWrappedDataKey, OperationName.DeriveKey, OperationName.GetUsageAllocation),
        [Role.Signer] = OperationSet.Of(OperationName.Sign, OperationName.MAC, OperationName.GetUsageAllocation),
        [Role.MaskedReader] = OperationSet.Of(OperationName.DecryptMasked),
        [Role.Granter] = OperationSet.Of(OperationName.CreateGrant),
        [Role.Verifier] = OperationSet.Of(OperationName.SignatureVerify, OperationName.MACVerify),
    }.ToFrozenDictionary();

    /// <summary>What anybody with a role on keys may learn of them.</summary>
    public static OperationSet Reads { get; } = OperationSet.Of(
        OperationName.GetAttributes, OperationName.GetAttributeList, OperationName.GetKey, OperationName.ListVersions,
        OperationName.Check, OperationName.ObtainLease, OperationName.Notify);

    /// <summary>About no object: any principal that is known may ask; what it gets is limited to what it may see.</summary>
    public static OperationSet Open { get; } = OperationSet.Of(
        OperationName.Query, OperationName.DiscoverVersions, OperationName.Locate, OperationName.ListKeys, OperationName.Random,
        OperationName.Hash, OperationName.RNGRetrieve, OperationName.RNGSeed, OperationName.PKCS11, OperationName.Validate,
        OperationName.GetConstraints, OperationName.ReProvision, OperationName.Login, OperationName.Logout, OperationName.DelegatedLogin, OperationName.Poll,
        OperationName.Cancel, OperationName.QueryAsynchronousRequests, OperationName.Process, OperationName.Ping, OperationName.Log,
        OperationName.Interop, OperationName.SetEndpointRole,
        // Who holds a share may be anybody; the share decides, in the ceremony.
        OperationName.EnterShare, OperationName.CancelShares,
        // Who may do something may ask to; of requests each sees his own, and those he may decide on.
        OperationName.RequestApproval, OperationName.WithdrawApproval, OperationName.ListApprovals);

    /// <summary>About the caller's own tokens, grants and certificate: any principal that is known may, unless a binding takes it away.</summary>
    public static OperationSet OnOnesOwn { get; } = OperationSet.Of(
        OperationName.CreateOwnToken, OperationName.ListOwnTokens, OperationName.RevokeOwnToken, OperationName.ListOwnGrants, OperationName.RevokeOwnGrant,
        OperationName.RenewCertificate);

    /// <summary>What the server alone asks of itself: no role gives it, and no client's port takes it.</summary>
    public static OperationSet Internal { get; } = OperationSet.Of(
        OperationName.NoteStoreHead, OperationName.ServerStart, OperationName.ServerStop, OperationName.AuditGap, OperationName.SinkState,
        OperationName.Authenticate, OperationName.ReadMessage, OperationName.ReloadConfiguration, OperationName.Unseal, OperationName.TimedTransition,
        OperationName.Alert, OperationName.SupersedeCredential);

    /// <summary>What uses or releases key material: what a key group may demand a purpose for.</summary>
    public static OperationSet Uses { get; } = Grants[Role.KeyUser].Union(Grants[Role.KeyExporter]).Union(Grants[Role.MaskedReader]);

    /// <summary>All that a role of your own can be made of.</summary>
    public static OperationSet Grantable { get; } = Grants.Values.Aggregate(Reads.Union(OnOnesOwn), static (all, of) => all.Union(of));

    /// <summary>The operations of a built-in role, without what it may see.</summary>
    public static OperationSet OperationsOf(Role role) => Grants.GetValueOrDefault(role);

    /// <summary>All that a built-in role gives: its operations and, if it is one on keys, what it needs to see of them.</summary>
    public static OperationSet GivenBy(Role role) => IsOnKeys(role) ? OperationsOf(role).Union(Reads) : OperationsOf(role);

    /// <summary>All that a built-in role takes away if it is denied: its operations; of one who only sees, the seeing.</summary>
    public static OperationSet TakenBy(Role role) => role == Role.KeyViewer ? Reads : OperationsOf(role);

    /// <summary>Whether it is a role on keys: whoever has one may know what there is where it holds.</summary>
    public static bool IsOnKeys(Role role) => role is not (Role.None or Role.Auditor or Role.SecurityOfficer or Role.Operator);

    /// <summary>Finds a built-in role by its exact name.</summary>
    public static bool TryParse(string name, out Role role) =>
        Enum.TryParse(name, ignoreCase: false, out role) && role != Role.None && string.Equals(role.ToString(), name, StringComparison.Ordinal);
}
