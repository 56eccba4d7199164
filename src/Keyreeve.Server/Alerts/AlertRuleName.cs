namespace Keyreeve.Server.Alerts;

/// <summary>The rules that are shipped. Those that count records are rows of <see cref="Watching.CountRule.Shipped"/>.</summary>
internal static class AlertRuleName
{
    public const string UnusualRatePrincipal = "unusual-rate-principal";
    public const string UnusualRateKey = "unusual-rate-key";
    public const string UnusualRateTenant = "unusual-rate-tenant";
    public const string FirstUse = "first-use";
    public const string UnusualHours = "unusual-hours";
    public const string UnusualNetwork = "unusual-network";
    public const string ManyRefusals = "many-refusals";
    public const string FailedAuthentications = "failed-authentications";
    public const string FailedAuthenticationsEverywhere = "failed-authentications-everywhere";
    public const string FailedDecryptions = "failed-decryptions";
    public const string CompromisedKey = "compromised-key";
    public const string ApprovalAsked = "approval-asked";
    public const string DestructionScheduled = "destruction-scheduled";
    public const string AuditGap = "audit-gap";
    public const string AuditLag = "audit-lag";
    public const string SinkFailing = "sink-failing";
    public const string ClockStep = "clock-step";
    public const string CertificateExpiry = "certificate-expiry";
    public const string KeyExpiry = "key-expiry";
    public const string UseLimit = "use-limit";
    public const string SealDrill = "seal-drill";
    public const string HsmUnavailable = "hsm-unavailable";
    public const string SelfTest = "self-test";
    public const string AlertFlood = "alert-flood";

    /// <summary>All of them, for the configuration's reader and the documentation.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        UnusualRatePrincipal, UnusualRateKey, UnusualRateTenant, FirstUse, UnusualHours, UnusualNetwork, ManyRefusals, FailedAuthentications,
        FailedAuthenticationsEverywhere, FailedDecryptions, CompromisedKey, ApprovalAsked, DestructionScheduled, AuditGap, AuditLag, SinkFailing, ClockStep, CertificateExpiry,
        KeyExpiry, UseLimit, SealDrill, HsmUnavailable, SelfTest, AlertFlood,
    ];
}
