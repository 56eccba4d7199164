using Keyreeve.Core.Operations;
using Keyreeve.Core.Tokens;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Hosting;

/// <summary>What is in force after a reload, in the words of the audit trail: names and modes, which are no secrets.</summary>
internal static class ReloadedSettings
{
    public static string Describe(KeyreeveOptions options)
    {
        var parts = new List<string> { $"log level {options.Log.Detail}" };
        parts.AddRange(options.Log.Components.Select(static c => $"log {c.Key} {c.Value}"));
        parts.AddRange(options.Groups.Where(static g => g.Value == GroupMode.InsecureInterop).Select(static g => $"group {g.Key.Value} insecure-interop"));
        parts.AddRange(options.Protection.Where(static g => g.Value == KeyProtection.Hsm).Select(static g => $"group {g.Key.Value} in the token"));
        parts.AddRange(options.AuditContext.Select(static g => $"context values of {g.Key.Value}: {string.Join(' ', g.Value)}"));
        parts.AddRange(options.Masks.Select(static m => $"mask of {m.Key}: {m.Value}"));
        parts.Add($"fail-closed {string.Join(' ', options.Audit.FailClosed)}");
        parts.Add($"answer-early {(options.Audit.AnswerEarly.IsEmpty ? "None" : string.Join(' ', options.Audit.AnswerEarly))}");
        parts.Add(options.Alerts.Enabled
            ? $"alerts with {options.Alerts.Rules.Count} rules, {options.Alerts.Silences.Count} silences and {options.Alerts.Destinations.Count} destinations of the configuration"
            : "no alerts");
        return "read again; in force: " + string.Join(", ", parts);
    }
}
