namespace Keyreeve.Core.Operations;

/// <summary>
/// The fixed list of what can be asked. Roles are sets of these; the audit trail names them. Where the standard has a
/// word it is that word.
/// </summary>
public enum OperationName
{
    /// <summary>Never asked.</summary>
    None = 0,
#pragma warning disable CS1591 // the standard describes each operation
    // Reading what is known of an object
    Query, DiscoverVersions, Locate, GetAttributes, GetAttributeList, ListKeys, GetKey, ListVersions, Check, Validate,
    GetConstraints, ObtainLease,

    // Using a key inside the server
    Encrypt, Decrypt, DecryptMasked, ReEncrypt, GenerateDataKey, GenerateWrappedDataKey, Random,
    Sign, SignatureVerify, MAC, MACVerify, DeriveKey, GetUsageAllocation, Hash, RNGRetrieve, RNGSeed, PKCS11,

    // Material leaves
    Get, Export,

    // Changing
    Create, CreateKeyPair, Register, Activate, Revoke, Destroy, AddAttribute, ModifyAttribute, DeleteAttribute, SetAttribute,
    Rotate, Enable, Disable, ScheduleDestruction, CancelDestruction, ReKey, ReKeyKeyPair, Certify, ReCertify, Archive, Recover,
    AdjustAttribute, Deactivate, Obliterate, Import, CreateSplitKey, JoinSplitKey, SetConstraints, SetDefaults, ReProvision,

    // Principals
    IssueEnrolmentCode, Enrol, ListPrincipals, AddPrincipal, DisablePrincipal, AddCredential, RemoveCredential, CreateUser, CreateGroup, CreateCredential, Login, Logout,
    DelegatedLogin, RenewCertificate, SupersedeCredential,

    // Tenants
    ListTenants, CreateTenant, InviteTenantAdministrator, FreezeTenant, ThawTenant, DeleteTenant, Offboard,

    // Tokens of our own: for others, and for oneself
    CreateToken, ListTokens, RevokeToken, CreateOwnToken, ListOwnTokens, RevokeOwnToken,

    // Rights on a key in others' hands
    CreateGrant, ListGrants, RevokeGrant, ListOwnGrants, RevokeOwnGrant,

    // Who may do what
    ReadPolicy, ChangePolicy, ExplainAccess,

    // The conversation itself
    Poll, Cancel, QueryAsynchronousRequests, Process, Ping, Log, Interop, SetEndpointRole, Notify, Put,

    // The root of trust
    ReadSealStatus, AddSealSlot, RemoveSealSlot, DrillSealSlot, EnterShare, CancelShares, RotateRootKey, RotateTenantKey, NoteStoreHead, ReplaceAuthority, PermitRestore,

    // The trail and the server itself
    ReadAudit, PruneAudit, ServerStart, ServerStop, Authenticate, ReadMessage, AuditGap, SinkState, ReloadConfiguration, Unseal, SelfTest, Alert, ReadAlerts, ReadServerStatus,

    // By the clock: an object's State changed at a date it carries
    TimedTransition,

    // Two people for what one may not do alone
    RequestApproval, Approve, RejectApproval, WithdrawApproval, ListApprovals,
#pragma warning restore CS1591
}

/// <summary>What an operation does, which decides what must be written down before it is answered.</summary>
public enum OperationClass
{
    /// <summary>Never used.</summary>
    None = 0,

    /// <summary>Tells what is known of objects; no secret leaves.</summary>
    Read,

    /// <summary>Uses a key inside the server.</summary>
    Use,

    /// <summary>Key material or plaintext of keys leaves.</summary>
    Release,

    /// <summary>Changes what is stored.</summary>
    Change,
}
