using System.CommandLine;
using Keyreeve.Cli.Terminal;
using Keyreeve.Pkcs11;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Hosting;
using Keyreeve.Server.Sealing;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve hsm check</c></summary>
internal static class HsmCheckCommand
{
    public static Command Create()
    {
        var set = ServerConfiguration.Set();
        var mechanisms = new Option<bool>("--mechanisms") { Description = "List all mechanisms that the token says it has" };
        var command = new CliCommand("check", "Try a token, and say which functions it can serve")
        {
            RunsAtServer = true,
            Remarks = "Runs on the server's machine, with the server's configuration. What it makes in the token ends with it. Fails if the token cannot keep the root key; what else it lacks is said.",
            Examples =
            [
                "keyreeve hsm check --config /etc/keyreeve/keyreeve.conf",
                "keyreeve hsm check --config keyreeve.conf --set hsm.module=/usr/lib/softhsm/libsofthsm2.so --set hsm.token-label=keyreeve",
            ],
        };
        command.Add(set);
        command.Add(mechanisms);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            ServerProcess.Harden();
            var options = OptionsReader.ReadFile(ServerConfiguration.PathOf(parsed), parsed.GetValue(set) ?? []);
            HsmReport report;
            try
            {
                report = await HsmInspection.RunAsync(options, Console.Error.WriteLine, cancellationToken);
            }
            catch (HsmException unusable)
            {
                throw new CliException(ExitCode.Configuration, unusable.Message, "docs/hsm.md says what a token needs");
            }

            var output = new OutputWriter(Console.Out, GlobalOptions.FormatOf(parsed));
            output.WriteRows(
                report.Functions,
                "Nothing was tried.",
                new Column<HsmFunction>("function", static f => f.Name),
                new Column<HsmFunction>("works", static f => f.Fault is null ? "yes" : "no: " + f.Fault),
                new Column<HsmFunction>("used for", static f => f.Use));
            output.WriteRemark($"\nToken '{report.Token.Label}', serial {report.Token.Serial}, {report.Token.Manufacturer} {report.Token.Model}; module {report.Module.Description} {report.Module.Version}, PKCS#11 {report.Module.CryptokiVersion}.");
            if (parsed.GetValue(mechanisms)) output.WriteRemark("Mechanisms: " + string.Join(", ", report.Mechanisms));
            output.WriteRemark(report.CanSeal ? "It can keep the root key." : "It cannot keep the root key: that needs AES-256 that never leaves, and AES-GCM or AES key wrap with padding.");
            return report.CanSeal ? ExitCode.Success : ExitCode.Refused;
        });
        return command;
    }
}
