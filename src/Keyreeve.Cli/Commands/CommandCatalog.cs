using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary>Every command there is, in the order of the help.</summary>
internal static class CommandCatalog
{
    public static IEnumerable<Command> All() =>
    [
        EncryptCommand.Create(),
        DecryptCommand.Create(),
        InspectCommand.Create(),
        ReWrapCommand.Create(),
        ScanCommand.Create(),
        AgentCommand.Create(),
        KeyCommand(),
        RandomCommand.Create(),
        StatusCommand.Create(),
        SelfTestCommand.Create(),
        EnrollCommand.Create(),
        ClientCommand(),
        EnrolmentCodeCommand(),
        PrincipalCommand(),
        TokenCommand(),
        GrantCommand(),
        OffboardCommand.Create(),
        PolicyCommand(),
        TenantCommand(),
        ApprovalCommand(),
        AuditCommand(),
        AlertsCommand(),
        SealCommand(),
        RestoreCommand(),
        AuthorityCommand.Create(),
        HsmCommand(),
        LogCommand(),
        InitCommand.Create(),
        ServerCommand.Create(),
        CompletionCommand.Create(),
        HelpCommand.Create(),
        VersionCommand.Create(),
    ];

    private static CliCommand KeyCommand() => new("key", "Create, rotate, disable and destroy keys")
    {
        KeyCreateCommand.Create(),
        KeyListCommand.Create(),
        KeyShowCommand.Create(),
        KeyVersionsCommand.Create(),
        KeyRotateCommand.Create(),
        KeyEnableCommand.Create(),
        KeyDisableCommand.Create(),
        KeyScheduleDestructionCommand.Create(),
        KeyCancelDestructionCommand.Create(),
        KeyDestroyCommand.Create(),
    };

    private static CliCommand ClientCommand() => new("client", "The client's own configuration")
    {
        ClientConfigureCommand.Create(),
        ClientCheckCommand.Create(),
        ClientRenewCommand.Create(),
    };

    private static CliCommand EnrolmentCodeCommand() => new("enrolment-code", "One-time codes with which principals enrol")
    {
        EnrolmentCodeCreateCommand.Create(),
    };

    private static CliCommand PrincipalCommand() => new("principal", "Who may call")
    {
        PrincipalListCommand.Create(),
        PrincipalAddCommand.Create(),
        PrincipalDisableCommand.Create(),
        CredentialListCommand.Create(),
        CredentialAddCommand.Create(),
        CredentialRemoveCommand.Create(),
    };

    private static CliCommand TokenCommand() => new("token", "Tokens, for who comes without a certificate: create, list, revoke")
    {
        TokenCreateCommand.Create(),
        TokenListCommand.Create(),
        TokenRevokeCommand.Create(),
    };

    private static CliCommand GrantCommand() => new("grant", "Your own rights on a key in others' hands: create, list, revoke")
    {
        GrantCreateCommand.Create(),
        GrantListCommand.Create(),
        GrantRevokeCommand.Create(),
    };

    private static CliCommand PolicyCommand() => new("policy", "Who may do what, as a file: export, compare, apply, explain")
    {
        PolicyExportCommand.Create(),
        PolicyDiffCommand.Create(),
        PolicyApplyCommand.Create(),
        PolicyExplainCommand.Create(),
    };

    private static CliCommand TenantCommand() => new("tenant", "Isolated owners, looked after in the root tenant")
    {
        TenantCreateCommand.Create(),
        TenantListCommand.Create(),
        TenantShowCommand.Create(),
        TenantFreezeCommand.Create(),
        TenantThawCommand.Create(),
        TenantInviteCommand.Create(),
        TenantDeleteCommand.Create(),
    };

    private static CliCommand ApprovalCommand() => new("approval", "What takes others to agree: list, show, approve, reject, withdraw")
    {
        ApprovalListCommand.Create(),
        ApprovalShowCommand.Create(),
        ApprovalDecisionCommand.Approve(),
        ApprovalDecisionCommand.Reject(),
        ApprovalDecisionCommand.Withdraw(),
    };

    private static CliCommand SealCommand() => new("seal", "The root of trust: by which slots the root key opens")
    {
        SealStatusCommand.Create(),
        SealAddCommand.Create(),
        SealRemoveCommand.Create(),
        SealDrillCommand.Create(),
        SealRotateCommand.Create(),
        SealRotateTenantKeyCommand.Create(),
        SealTenantKeyCommand.Create(),
        SealUnsealCommand.Create(),
        SealCancelCommand.Create(),
    };

    private static CliCommand RestoreCommand() => new("restore", "Putting the store back to an older copy")
    {
        RestorePermitCommand.Create(),
    };

    private static CliCommand HsmCommand() => new("hsm", "The hardware security module")
    {
        HsmCheckCommand.Create(),
    };

    private static CliCommand LogCommand() => new("log", "The server's own log")
    {
        LogVerifyCommand.Create(),
    };

    private static CliCommand AlertsCommand() => new("alerts", "What the server found unusual, failing, or near its end")
    {
        AlertsListCommand.Create(),
    };

    private static CliCommand AuditCommand() => new("audit", "The audit trail: show it, and check it offline")
    {
        AuditVerifyCommand.Create(),
        AuditProveCommand.Create(),
        AuditShowCommand.Create(),
        AuditSearchCommand.Create(),
        AuditHistoryCommand.Create(),
        AuditExportCommand.Create(),
        AuditPruneCommand.Create(),
    };
}
