using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;
using Keyreeve.Client.Pkcs11;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve client check</c></summary>
internal static class ClientCheckCommand
{
    public static Command Create()
    {
        var key = new Option<string?>("--key", "-k") { Description = "The key to try (default: 'key' of the configuration; none: the key is not tried)", HelpName = "KEY" };
        var command = new CliCommand("check", "Try every key server of the configuration: TLS, certificate dates, latency, the key")
        {
            Remarks = "Each server is asked by itself, so that one that is down is not hidden by another that serves.",
            Examples = ["keyreeve client check", "keyreeve client check --config shop.conf --key orders"],
        };
        command.Add(key);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = ClientConfiguration.LoadSettings(parsed.GetValue(GlobalOptions.Config));
            var name = parsed.GetValue(key) ?? settings.Encryption.Key;
            var output = new OutputWriter(Console.Out, GlobalOptions.FormatOf(parsed));
            var checks = new List<ServerCheck>();
            foreach (var single in Singles(settings))
                checks.Add(await CheckAsync(single, name, cancellationToken));
            output.WriteRows(
                checks,
                "There is no server in the configuration.",
                new Column<ServerCheck>("server", static c => c.Server),
                new Column<ServerCheck>("tls", static c => c.Tls),
                new Column<ServerCheck>("its certificate until", static c => Size.Time(c.ServerCertificateUntil)),
                new Column<ServerCheck>("yours until", static c => Size.Time(c.ClientCertificateUntil)),
                new Column<ServerCheck>("latency", static c => c.LatencyInMilliseconds is { } time ? time.ToString("0.0 ms", CultureInfo.InvariantCulture) : null),
                new Column<ServerCheck>("key", static c => c.Key),
                new Column<ServerCheck>("serves", static c => c.Fault is null ? "yes" : "no: " + c.Fault));
            return checks.TrueForAll(static check => check.Fault is null) ? ExitCode.Success : ExitCode.Unreachable;
        });
        return command;
    }

    /// <summary>The configuration once for each of its servers; a token counts as one.</summary>
    private static IEnumerable<ClientSettings> Singles(ClientSettings settings) => settings.Provider == KeyProviderKind.Pkcs11
        ? [settings]
        : settings.Connection.Servers.Select(server => settings with { Connection = settings.Connection with { Servers = [server], RetryDelay = TimeSpan.Zero, Log = null } });

    private static async Task<ServerCheck> CheckAsync(ClientSettings settings, string? key, CancellationToken cancellationToken)
    {
        var check = new ServerCheck(settings.Token?.TokenLabel ?? settings.Connection.Servers[0].ToString());
        try
        {
            if (settings.Provider != KeyProviderKind.Pkcs11)
            {
                var tls = await ServerInspection.RunAsync(settings.Connection, cancellationToken);
                check = check with { Tls = tls.Protocol, ServerCertificateUntil = tls.ServerCertificateUntil, ClientCertificateUntil = tls.ClientCertificateUntil };
            }

            await using var provider = settings.OpenProvider(TokenProvider.Open);
            if (key is null)
            {
                if (provider is KeyreeveProvider keyreeve)
                    check = check with { LatencyInMilliseconds = await TimeAsync(() => keyreeve.Client.GetReadinessAsync(cancellationToken)) };
                return check;
            }

            ProvidedKey? found = null;
            await FindAsync();
            // The first request pays for the connection.
            check = check with { LatencyInMilliseconds = await TimeAsync(FindAsync) };
            return check with { Key = string.Create(CultureInfo.InvariantCulture, $"{key}, {(found!.CurrentVersion > 0 ? $"version {found.CurrentVersion}, " : "")}{found.State}") };

            async Task FindAsync() => found = await provider.FindKeyAsync(key, cancellationToken);
        }
        catch (KeyreeveClientException e)
        {
            return check with { Fault = $"{e.Message} ({e.Error})" };
        }
        catch (IOException e)
        {
            return check with { Fault = e.Message };
        }
    }

    private static async Task<double> TimeAsync(Func<Task> request)
    {
        var started = Stopwatch.GetTimestamp();
        await request();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private sealed record ServerCheck(string Server)
    {
        public string? Tls { get; init; }

        public DateTimeOffset? ServerCertificateUntil { get; init; }

        public DateTimeOffset? ClientCertificateUntil { get; init; }

        public double? LatencyInMilliseconds { get; init; }

        public string? Key { get; init; }

        public string? Fault { get; init; }
    }
}
