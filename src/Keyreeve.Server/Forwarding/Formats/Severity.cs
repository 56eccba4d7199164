using Keyreeve.Core.Audit;

namespace Keyreeve.Server.Forwarding.Formats;

/// <summary>How serious a record is, on CEF's scale from 0 to 10.</summary>
internal static class Severity
{
    public static int Of(AuditRecord record) => (record["operation"], record["result"]) switch
    {
        ("AuditGap", _) => 9,
        ("Alert", _) => 8,
        ("Authenticate", _) => 7,
        (_, "Denied") => 6,
        (_, "Failed") => 5,
        ("Destroy" or "Revoke" or "ScheduleDestruction" or "Obliterate" or "DisablePrincipal", _) => 4,
        ("Get" or "Export", _) => 3,
        _ => 1,
    };
}
