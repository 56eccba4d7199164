using System.CommandLine;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve status</c></summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        var command = new CliCommand("status", "Is the server there and ready, and who does it think you are?")
        {
            Examples = ["keyreeve status"],
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var session = ClientSession.Open(parsed);
            var version = await session.Client.GetVersionAsync(cancellationToken);
            var said = "";
            var notReady = await TryAsync(async () => said = await session.Client.GetReadinessAsync(cancellationToken));
            ClientPrincipal? caller = null;
            var notKnown = await TryAsync(async () => caller = await session.Client.WhoAmIAsync(cancellationToken));
            // Who may not see how the trail's followers stand sees the rest.
            ClientTrailStatus? trail = null;
            await TryAsync(async () => trail = await session.Client.Audit.GetStatusAsync(cancellationToken));
            ServerCryptography? cryptography = null;
            await TryAsync(async () => cryptography = await session.Client.GetCryptographyAsync(cancellationToken));
            var status = new Status(
                [.. session.Options.Servers.Select(static server => server.Address.Authority)],
                $"{version.Product} {version.Version}",
                notReady is null,
                notReady?.Message,
                said.StartsWith("ok; ", StringComparison.Ordinal) ? said[4..] : null,
                caller,
                notKnown?.Message,
                trail,
                cryptography);
            Write(session.Output, status);
            if (notReady is not null)
                return ExitCode.Unreachable;
            return notKnown is not null ? ExitCode.OfError(notKnown.Error) : caller is { Enabled: true } ? ExitCode.Success : ExitCode.Denied;
        });
        return command;
    }

    private static async Task<KeyreeveClientException?> TryAsync(Func<Task> request)
    {
        try
        {
            await request();
            return null;
        }
        catch (KeyreeveClientException e) when (e.Status is not null)
        {
            return e;
        }
    }

    private static void Write(OutputWriter output, Status status) => output.WriteFields(
        status,
        new Column<Status>("servers", static s => string.Join(", ", s.Servers)),
        new Column<Status>("version", static s => s.Version),
        new Column<Status>("ready", static s => s.IsReady ? "yes" + (s.Warning is null ? "" : $", but {s.Warning}") : $"no: {s.WhyNotReady}"),
        new Column<Status>("library", static s => s.Cryptography is { } c ? $"{c.Library}; mode {c.Mode}" : null),
        new Column<Status>("providers", static s => s.Cryptography is { } c ? string.Join(", ", c.Providers.Select(Describe)) : null),
        new Column<Status>("FIPS mode", static s => s.Cryptography is { } c ? c.LibrarySaysFipsMode ? "the library says so; this product is not validated" : "no, says the library" : null),
        new Column<Status>("PQC", static s => s.Cryptography is { } c ? c.PostQuantumInLibrary.IsEmpty ? "not in the library" : "in the library: " + string.Join(", ", c.PostQuantumInLibrary) : null),
        new Column<Status>("self-test", static s => s.Cryptography?.SelfTest is { } t ? t.Passed ? $"passed, {Size.Time(t.Time)}" : "FAILED: " + string.Join(", ", t.Failed) : null),
        new Column<Status>("you are", static s => s.Principal is { } principal ? principal.Name + (principal.Enabled ? "" : ", and disabled") : $"not known: {s.WhyNotKnown}"),
        new Column<Status>("by token", static s => s.Principal?.Token is { } token ? $"'{token.Label}' ({token.Id}), with a part of {token.Principal}'s rights, until {token.ExpiresAt:yyyy-MM-dd HH:mm:ss'Z'}{From(token)}" : null),
        new Column<Status>("fingerprint", static s => s.Principal?.Fingerprint),
        new Column<Status>("home group", static s => s.Principal?.HomeGroup),
        new Column<Status>("you may", static s => s.Principal is { } principal ? PrincipalListCommand.Grants(principal) : null),
        new Column<Status>("trail", static s => s.Trail is { } trail ? $"{trail.AuditRecords} records{Behind("index", trail.IndexLag)}{Behind("alerts", trail.AlertLag ?? 0)}" : null),
        new Column<Status>("sinks", static s => s.Trail is { Sinks.IsEmpty: false } trail ? string.Join("; ", trail.Sinks.Select(Describe)) : null),
        new Column<Status>("TO BE MENDED", static s => s.Trail is { FileFaults.IsDefaultOrEmpty: false } trail ? string.Join("; ", trail.FileFaults) : null));

    private static string From(ClientToken token) => token.Networks.IsEmpty ? "" : $", from {string.Join(", ", token.Networks)} alone";

    private static string Behind(string who, long lag) => lag > 0 ? $", {who} {lag} behind" : "";

    private static string Describe(ClientSinkStatus sink) => sink.FailingSince is { } since
        ? $"{sink.Name} ({sink.Target}) takes nothing since {since:yyyy-MM-dd HH:mm:ss'Z'}, {sink.Lag} wait: {sink.Failure}"
        : $"{sink.Name} ({sink.Target}) {(sink.Lag == 0 ? "has all" : $"is {sink.Lag} behind")}";

    private static string Describe(ServerCryptographyProvider provider) =>
        provider.Version is { } version ? $"{provider.Name} ({provider.Description} {version})" : provider.Name;

    private sealed record Status(
        IReadOnlyList<string> Servers, string Version, bool IsReady, string? WhyNotReady, string? Warning, ClientPrincipal? Principal, string? WhyNotKnown,
        ClientTrailStatus? Trail, ServerCryptography? Cryptography);
}
