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
    Query, DiscoverVersions, Locate, GetAttributes, GetAttributeList, ListKeys, GetKey, ListVersions,

    // Using a key inside the server
    Encrypt, Decrypt, ReEncrypt, GenerateDataKey, GenerateWrappedDataKey, Random,

    // Material leaves
    Get,

    // Changing
    Create, CreateKeyPair, Register, Activate, Revoke, Destroy, AddAttribute, ModifyAttribute, DeleteAttribute, SetAttribute,
    Rotate, Enable, Disable, ScheduleDestruction, CancelDestruction,

    // Principals
    IssueEnrolmentCode, Enrol, ListPrincipals, DisablePrincipal,

    // The trail and the server itself
    ReadAudit, ServerStart, ServerStop, Authenticate, ReadMessage, AuditGap,
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
