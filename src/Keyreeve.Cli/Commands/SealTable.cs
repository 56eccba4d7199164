using System.CommandLine;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary>Seal slots as they are shown.</summary>
internal static class SealTable
{
    public static Argument<string> Argument() => new("slot") { Description = "The slot's identity, as 'keyreeve seal status' shows it" };

    public static void Write(OutputWriter output, ClientSealSlot slot) => output.WriteFields(slot, Columns);

    public static void Write(OutputWriter output, IReadOnlyList<ClientSealSlot> slots) => output.WriteRows(slots, "No slots.", Columns);

    public static void Write(OutputWriter output, ClientTenantKey key) => output.WriteFields(
        key,
        new Column<ClientTenantKey>("versions", static k => k.Tenants.Length < 2
            ? string.Join(", ", k.Versions)
            : string.Join("; ", k.Tenants.Select(static t => $"tenant {t.Tenant}: {string.Join(", ", t.Versions)}"))),
        new Column<ClientTenantKey>("running", static k => k.Running ? "yes" : "no"),
        new Column<ClientTenantKey>("looked at", static k => k.Looked.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        new Column<ClientTenantKey>("re-wrapped", static k => k.ReWrapped.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        new Column<ClientTenantKey>("failed", static k => k.Failed.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    private static Column<ClientSealSlot>[] Columns =>
    [
        new("slot", static s => s.Id),
        new("kind", static s => s.Kind),
        new("root key", static s => s.Generation.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        new("created", static s => s.CreatedAt is { } at ? Size.Time(at) : null),
        new("drilled", static s => (s.DrilledAt is { } at ? Size.Time(at) : "never") + (s.DrillDue ? " (due)" : "")),
        new("shares", static s => s.Shares is null ? null : $"{s.Threshold} of {s.Shares}" + (s.Custodians is { } names ? ": " + string.Join(", ", names) : "")),
    ];
}
