using System.CommandLine;
using System.Text;
using System.Text.Json;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve offboard</c></summary>
internal static class OffboardCommand
{
    public static Command Create()
    {
        var principal = new Option<string?>("--principal") { Description = "Shut out the principal of that name", HelpName = "NAME" };
        var group = new Option<string?>("--group", "-g") { Description = "Shut out everybody whose rights lie in that key group, and in no other", HelpName = "GROUP" };
        var tenant = new Option<string?>("--tenant") { Description = "Freeze that tenant and shut out everybody in it; asked in the root tenant", HelpName = "TENANT" };
        var issuer = new Option<string?>("--issuer") { Description = "Shut out whatever that issuer of tokens (its 'iss') or authority (SHA-256 of its public key) vouches for", HelpName = "ISSUER" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Show what would be done, and change nothing" };
        var keys = new Option<string>("--keys") { Description = "What is done with the keys they touched: leave, rotate or disable", HelpName = "WHAT", DefaultValueFactory = static _ => "leave" };
        keys.AcceptOnlyFromAmong("leave", "rotate", "disable");
        var report = new Option<string?>("--report") { Description = "Where the signed report goes (default: offboarding-DATE-TIME.json here); the signature goes beside it, with .sig added", HelpName = "FILE" };
        var command = new CliCommand("offboard", "Shut somebody out everywhere, see to the keys they touched, and get a signed report of what may be exposed since when")
        {
            Remarks = "Credentials, sessions, tokens, grants and unused one-time codes end when this is answered, on open connections too.\n"
                + "docs/formats/offboarding.md says what the report holds and how to check it with openssl.",
            Examples = ["keyreeve offboard --principal shop --dry-run", "keyreeve offboard --principal shop --keys rotate", "keyreeve offboard --issuer https://login.example.org --report left.json"],
        };
        foreach (var option in (Option[])[principal, group, tenant, issuer, dryRun, keys, report]) command.Add(option);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var isDryRun = parsed.GetValue(dryRun);
            var subject = SubjectOf(parsed.GetValue(principal), parsed.GetValue(group), parsed.GetValue(tenant), parsed.GetValue(issuer)) with
            {
                DryRun = isDryRun,
                Keys = Enum.Parse<TouchedKeys>(parsed.GetRequiredValue(keys), ignoreCase: true),
            };
            var path = parsed.GetValue(report) ?? (isDryRun ? null : $"offboarding-{TimeProvider.System.GetUtcNow():yyyyMMdd-HHmmss}.json");
            // Before anything is done: nobody is shut out without the report that says so.
            if (path is not null && File.Exists(path)) throw new CliException(ExitCode.File, $"'{path}' exists already.", "choose another with --report");
            var signed = await session.Client.Administration.OffboardAsync(subject, cancellationToken);
            if (path is not null)
            {
                PrivateFile.Write(path, Encoding.UTF8.GetBytes(signed.Report));
                PrivateFile.Write(path + ".sig", signed.Signature.Span);
            }

            Show(session.Output, signed, path);
        }));
        return command;
    }

    private static NewOffboarding SubjectOf(string? principal, string? group, string? tenant, string? issuer)
    {
        if (new[] { principal, group, tenant, issuer }.Count(static name => name is not null) != 1)
            throw new CliException(ExitCode.Usage, "Exactly one of --principal, --group, --tenant and --issuer says who is to be shut out.");
        if (principal is not null) return NewOffboarding.OfPrincipal(principal);
        if (group is not null) return NewOffboarding.OfGroup(group);
        return tenant is not null ? NewOffboarding.OfTenant(tenant) : NewOffboarding.OfIssuer(issuer!);
    }

    private static void Show(OutputWriter output, SignedOffboarding signed, string? path)
    {
        using var document = JsonDocument.Parse(signed.Report);
        var report = document.RootElement;
        var isDryRun = report.GetProperty("dryRun").GetBoolean();
        output.WriteFields(
            new Summary(
                isDryRun ? "nothing was changed" : "done",
                [.. report.GetProperty("principals").EnumerateArray().Select(static p => $"{p.GetProperty("name").GetString()} ({p.GetProperty("outcome").GetString()})")],
                report.GetProperty("codes").GetArrayLength(),
                [.. report.GetProperty("introduced").EnumerateArray().Select(static p => p.GetString()!)],
                report.GetProperty("complete").GetBoolean(),
                path),
            new Column<Summary>(isDryRun ? "dry run" : "offboarding", static s => s.State),
            new Column<Summary>("principals", static s => string.Join(", ", s.Principals)),
            new Column<Summary>("unused codes", static s => s.Codes.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            new Column<Summary>("let in by them", static s => s.Introduced.Count == 0 ? null : string.Join(", ", s.Introduced) + " (they stay; look at them)"),
            new Column<Summary>("trail read", static s => s.IsComplete ? "whole" : "in part: it took too long; search the rest with keyreeve audit search"),
            new Column<Summary>("report", static s => s.Path));
        output.WriteRows(
            report.GetProperty("keys").EnumerateArray().Select(static k => k.Clone()).ToList(),
            "No keys were touched.",
            new Column<JsonElement>("key", static k => k.TryGetProperty("name", out var name) ? name.GetString() : k.GetProperty("id").GetString()),
            new Column<JsonElement>("exposure", static k => k.GetProperty("exposure").GetString()),
            new Column<JsonElement>("since", static k => Size.Time(k.GetProperty("since").GetDateTimeOffset())),
            new Column<JsonElement>("by", static k => string.Join(", ", k.GetProperty("principals").EnumerateArray().Select(static p => p.GetString()))),
            new Column<JsonElement>("outcome", static k => k.GetProperty("outcome").GetString()));
    }

    private sealed record Summary(string State, IReadOnlyList<string> Principals, int Codes, IReadOnlyList<string> Introduced, bool IsComplete, string? Path);
}
