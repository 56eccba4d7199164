using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Access.Approvals;

/// <summary>What may take more than one person.</summary>
public enum ApprovalKind
{
    /// <summary>Never stored.</summary>
    None = 0,

    /// <summary>To destroy a key sooner than its group's waiting time: at once, or by a date that is nearer.</summary>
    Destroy,

    /// <summary>To schedule a destruction at all.</summary>
    ScheduleDestruction,

    /// <summary>To give out secret material.</summary>
    Export,

    /// <summary>To change the policy, or to give somebody rights or a credential.</summary>
    Policy,

    /// <summary>To make a new root key.</summary>
    RootRotation,

    /// <summary>To add or remove a seal slot.</summary>
    SealSlots,

    /// <summary>To permit that the store is put back to an older copy.</summary>
    Restore,

    /// <summary>To remove the oldest records from the trail.</summary>
    AuditRetention,

    /// <summary>To offboard somebody, or a tenant.</summary>
    Offboarding,
}

/// <summary>The words of a policy for <see cref="ApprovalKind"/>.</summary>
public static class ApprovalKinds
{
    private static readonly string[] Words =
    [
        "", "destroy", "schedule-destruction", "export", "policy", "root-rotation", "seal-slots", "restore", "audit-retention", "offboarding",
    ];

    /// <summary>All of them, for messages.</summary>
    public static string All { get; } = string.Join(", ", Words[1..]);

    /// <summary>The word.</summary>
    public static string WordOf(ApprovalKind kind) => Words[(int)kind];

    /// <summary>What an operation may amount to; <see cref="ApprovalKind.None"/> if nobody has to agree to it.</summary>
    public static ApprovalKind Of(OperationName operation) => operation switch
    {
        OperationName.Destroy or OperationName.Obliterate or OperationName.Import or OperationName.DeleteTenant => ApprovalKind.Destroy,
        OperationName.ScheduleDestruction => ApprovalKind.ScheduleDestruction,
        OperationName.Get or OperationName.Export or OperationName.Put => ApprovalKind.Export,
        OperationName.ChangePolicy or OperationName.IssueEnrolmentCode or OperationName.AddPrincipal or OperationName.AddCredential
            or OperationName.CreateToken or OperationName.InviteTenantAdministrator => ApprovalKind.Policy,
        OperationName.RotateRootKey or OperationName.ReplaceAuthority => ApprovalKind.RootRotation,
        OperationName.AddSealSlot or OperationName.RemoveSealSlot => ApprovalKind.SealSlots,
        OperationName.PermitRestore => ApprovalKind.Restore,
        OperationName.PruneAudit => ApprovalKind.AuditRetention,
        OperationName.Offboard => ApprovalKind.Offboarding,
        _ => ApprovalKind.None,
    };

    /// <summary>Reads a word; compared exactly.</summary>
    public static bool TryParse(string? word, out ApprovalKind kind)
    {
        kind = (ApprovalKind)Math.Max(Array.IndexOf(Words, word), 0);
        return kind != ApprovalKind.None;
    }
}
