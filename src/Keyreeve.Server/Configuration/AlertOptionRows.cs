namespace Keyreeve.Server.Configuration;

/// <summary>The options of alerts and telemetry.</summary>
internal static class AlertOptionRows
{
    public static IEnumerable<OptionRow> Rows => [.. AlertRows(), .. TelemetryRows()];

    private static IEnumerable<OptionRow> AlertRows() =>
    [
        new("alerts", "enabled", "yes", "Whether the audit trail is watched and somebody told of what is unusual (docs/alerts.md); 'no' turns it off.",
            static (o, e) => o with { Alerts = o.Alerts with { Enabled = OptionValue.Switch(e.Value) } }),
        new("alerts", "silence", "1h", "How long the same alert is not told again; 1m to 7d.",
            static (o, e) => o with { Alerts = o.Alerts with { SilenceWindow = OptionValue.Time(e.Value, TimeSpan.FromMinutes(1), TimeSpan.FromDays(7)) } }),
        new("alerts", "expiry-notice", "30d", "How long before their end certificates and keys are told of; 1h to 365d.",
            static (o, e) => o with { Alerts = o.Alerts with { ExpiryNotice = OptionValue.Time(e.Value, TimeSpan.FromHours(1), TimeSpan.FromDays(365)) } }),
        new("alerts", "clock-tolerance", "5s", "How far the clock may step before it is told; 100ms to 1h.",
            static (o, e) => o with { Alerts = o.Alerts with { ClockTolerance = OptionValue.Time(e.Value, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)) } }),
        new("alerts", "rate-factor", "6", "How many spreads above the median of its hour of the week makes a rate unusual; 3 to 50.",
            static (o, e) => o with { Alerts = o.Alerts with { Habits = o.Alerts.Habits with { Factor = OptionValue.Number(e.Value, 3, 50) } } }),
        new("alerts", "rate-minimum", "50", "Decryptions and releases in an hour below which no principal's or key's rate is unusual; 1 to 1000000.",
            static (o, e) => o with { Alerts = o.Alerts with { Habits = o.Alerts.Habits with { LeastCount = OptionValue.Number(e.Value, 1, 1_000_000) } } }),
        new("alerts", "rate-minimum-tenant", "200", "The same for a tenant; 1 to 1000000.",
            static (o, e) => o with { Alerts = o.Alerts with { Habits = o.Alerts.Habits with { LeastCountOfTenant = OptionValue.Number(e.Value, 1, 1_000_000) } } }),
        new("alerts", "learning", "14d", "How long a principal, key or tenant is watched before its habits count; 1d to 35d.",
            static (o, e) => o with { Alerts = o.Alerts with { Habits = o.Alerts.Habits with { Learning = OptionValue.Time(e.Value, TimeSpan.FromDays(1), TimeSpan.FromDays(35)) } } }),
        new("alert-rules", "*", "exports = operation=Export,Get group=payments count=10 within=10m per=principal severity=critical",
            "Own rules, one line each: so many records of the kind within a time. For a shipped rule, what is changed of it, or 'off'.",
            static (o, e) => o with { Alerts = o.Alerts with { Rules = o.Alerts.Rules.SetItem(NameOf(e.Key, "an alert rule"), AlertRuleOptions.Parse(e.Key, e.Value)) } }),
        new("alert-silences", "*", "backups = rule=unusual-rate-principal principal=backup days=sat,sun from=02:00 until=04:30",
            "When alerts of a rule, principal or key are listed but not told, in UTC.",
            static (o, e) => o with { Alerts = o.Alerts with { Silences = o.Alerts.Silences.SetItem(NameOf(e.Key, "a silence"), AlertSilence.Parse(e.Value)) } }),
        new("alert-destinations", "*", "oncall = smtps://mail.example from=keyreeve@example.com to=oncall@example.com severity=warning",
            "Who is told besides the log: https:// (a POST of JSON), smtps://, or smtp:// (STARTTLS); see docs/alerts.md.",
            static (o, e) => o with { Alerts = o.Alerts with { Destinations = o.Alerts.Destinations.SetItem(NameOf(e.Key, "a destination"), AlertDestinationOptions.Parse(e.Value)) } }),
    ];

    private static IEnumerable<OptionRow> TelemetryRows() =>
    [
        new("telemetry", "otlp", "none", "Where metrics and traces are sent by OpenTelemetry's protocol over HTTP, such as https://collector.example:4318; 'none' sends nothing.",
            static (o, e) => o with { Telemetry = o.Telemetry with { Otlp = OptionValue.WebAddress(e.Value) } }),
        new("telemetry", "otlp-token-file", "none", "File with a bearer token for it, mode 0600; 'none' if it asks for none.",
            static (o, e) => o with { Telemetry = o.Telemetry with { TokenFile = e.Value is "none" ? null : OptionValue.FilePath(e.Value) } }),
        new("telemetry", "otlp-ca", "none", "File with the authorities by which it is recognised (PEM); 'none': the system's.",
            static (o, e) => o with { Telemetry = o.Telemetry with { AuthorityFile = e.Value is "none" ? null : OptionValue.FilePath(e.Value) } }),
        new("telemetry", "metrics-interval", "1m", "How often metrics are sent; 1s to 1h.",
            static (o, e) => o with { Telemetry = o.Telemetry with { MetricsInterval = OptionValue.Time(e.Value, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)) } }),
        new("telemetry", "trace-one-in", "100", "Of so many requests one is traced; 1 traces all, and costs. 1 to 1000000.",
            static (o, e) => o with { Telemetry = o.Telemetry with { TraceOneIn = OptionValue.Number(e.Value, 1, 1_000_000) } }),
    ];

    private static string NameOf(string name, string what) =>
        OptionTable.IsPlainName(name) ? name : throw new FormatException($"is the name of {what}: lower-case letters, digits and '-'");
}
