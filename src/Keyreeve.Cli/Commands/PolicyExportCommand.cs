using System.CommandLine;
using System.Text;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve policy export</c></summary>
internal static class PolicyExportCommand
{
    public static Command Create()
    {
        var output = new Option<string?>("--out", "-o") { Description = "The file to write (default: standard output); comes into being whole or not at all", HelpName = "FILE" };
        var command = new CliCommand("export", "Write the whole policy: who may do what, what enrolment gave included")
        {
            Remarks = "The file is what 'keyreeve policy apply' takes. Keep it in version control; comments in it are allowed.",
            Examples = ["keyreeve policy export --out policy.json"],
        };
        command.Add(output);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var exported = await session.Client.Policy.ExportAsync(cancellationToken);
            if (parsed.GetValue(output) is not { } path)
            {
                await Console.Out.WriteLineAsync(exported.Policy);
                return;
            }

            using var file = PendingFile.Create(path);
            await file.Stream.WriteAsync(Encoding.UTF8.GetBytes(exported.Policy + "\n"), cancellationToken);
            file.Commit(overwrite: true);
        }));
        return command;
    }
}
