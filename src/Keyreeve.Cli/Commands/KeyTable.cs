using System.CommandLine;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary>How keys are shown, and named on the command line.</summary>
internal static class KeyTable
{
    /// <summary>The argument that names a key.</summary>
    public static Argument<string> Argument() => new("key") { Description = "The key's name or identifier" };

    public static void Write(OutputWriter output, NamedKey key) => output.WriteFields(
        key,
        new Column<NamedKey>("name", static k => k.Name ?? "(destroyed)"),
        new Column<NamedKey>("id", static k => k.Id),
        new Column<NamedKey>("group", static k => k.Group),
        new Column<NamedKey>("algorithm", static k => $"{k.Algorithm}, {k.LengthInBits} bits"),
        new Column<NamedKey>("usage", static k => string.Join(", ", k.Usage)),
        new Column<NamedKey>("protection", static k => k.Protection),
        new Column<NamedKey>("state", static k => k.State),
        new Column<NamedKey>("enabled", static k => k.Enabled ? "yes" : "no"),
        new Column<NamedKey>("version", static k => k.CurrentVersion.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        new Column<NamedKey>("created", static k => Size.Time(k.CreatedAt)),
        new Column<NamedKey>("destruction", static k => Size.Time(k.DestructionDate)));

    public static void WriteAll(OutputWriter output, IReadOnlyList<NamedKey> keys) => output.WriteRows(
        keys,
        "No keys that you may see.",
        new Column<NamedKey>("name", static k => k.Name),
        new Column<NamedKey>("group", static k => k.Group),
        new Column<NamedKey>("algorithm", static k => $"{k.Algorithm}-{k.LengthInBits}"),
        new Column<NamedKey>("version", static k => k.CurrentVersion.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        new Column<NamedKey>("state", static k => k.State),
        new Column<NamedKey>("enabled", static k => k.Enabled ? "yes" : "no"),
        new Column<NamedKey>("created", static k => Size.Time(k.CreatedAt)));
}
