using System.CommandLine;
using System.Globalization;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary>Tenants as they are shown.</summary>
internal static class TenantTable
{
    public static Argument<string> Argument() => new("tenant") { Description = "The tenant's name" };

    public static Option<string?> ValidFor() =>
        new("--valid-for") { Description = "How long the code can be used: 1m to 7d (default 1h)", HelpName = "TIME" };

    public static TimeSpan? ValidFor(ParseResult parsed, Option<string?> option) =>
        Arguments.Time(parsed.GetValue(option), "--valid-for", TimeSpan.FromMinutes(1), TimeSpan.FromDays(7));

    public static void Write(OutputWriter output, ClientTenant tenant) => output.WriteFields(
        tenant,
        [
            .. Columns,
            new("reason", static t => t.Reason),
            new("issuers", static t => t.Issuers.IsDefaultOrEmpty ? null : string.Join(", ", t.Issuers)),
            new("principals", static t => t.Principals?.ToString(CultureInfo.InvariantCulture)),
            new("objects", static t => t.Objects?.ToString(CultureInfo.InvariantCulture)),
            new("key versions", static t => t.KeyVersions is { Length: > 0 } versions ? string.Join(", ", versions) : null),
        ]);

    public static void Write(OutputWriter output, IReadOnlyList<ClientTenant> tenants) => output.WriteRows(tenants, "No tenants.", Columns);

    /// <summary>Shows a code, and what the other side does with it.</summary>
    public static void WriteNext(ClientSession session, EnrolmentCode code) => session.Output.WriteRemark(
        $"\nOn the administrator's machine: keyreeve enroll --server {ClientConfiguration.Address(session.Options.Servers[0])} --code {code.Code} --ca-fingerprint {code.CaFingerprint}");

    private static Column<ClientTenant>[] Columns =>
    [
        new("tenant", static t => t.Name),
        new("number", static t => t.Number.ToString(CultureInfo.InvariantCulture)),
        new("state", static t => t.State),
        new("created", static t => t.CreatedAt is { } at ? $"{Size.Time(at)} by {t.CreatedBy}" : null),
        new("changed", static t => t.ChangedAt is { } at ? $"{Size.Time(at)} by {t.ChangedBy}" : null),
    ];
}
