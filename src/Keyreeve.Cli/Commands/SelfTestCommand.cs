using System.CommandLine;
using System.Globalization;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;
using Keyreeve.Crypto;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve self-test</c></summary>
internal static class SelfTestCommand
{
    public static Command Create()
    {
        var local = new Option<bool>("--local") { Description = "Compute here, in this process, and ask no server" };
        var command = new CliCommand("self-test", "Compute known answers of every algorithm, at the server or here")
        {
            Remarks = "A server at which one does not come out serves no key until it is started again.",
            Examples = ["keyreeve self-test", "keyreeve self-test --local"],
        };
        command.Add(local);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(local))
            {
                var report = SelfTest.Run(KnownAnswer.All, TimeProvider.System);
                var output = new OutputWriter(Console.Out, GlobalOptions.FormatOf(parsed));
                output.WriteRows(
                    report.Results,
                    "Nothing was computed.",
                    new Column<SelfTestResult>("algorithm", static r => r.Name),
                    new Column<SelfTestResult>("came out", static r => r.HasPassed ? "yes" : "NO"));
                output.WriteRemark($"\n{CryptographyLibrary.Version}; {report.Results.Count} known answers in {report.Took.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture)} ms.");
                return report.HasPassed ? ExitCode.Success : ExitCode.Refused;
            }

            using var session = ClientSession.Open(parsed);
            var answered = await session.Client.RunSelfTestAsync(cancellationToken);
            session.Output.WriteFields(
                answered,
                new Column<ServerSelfTest>("passed", static t => t.Passed ? "yes" : "NO: no key is served until the server is started again"),
                new Column<ServerSelfTest>("known answers", static t => t.Answers.ToString(CultureInfo.InvariantCulture)),
                new Column<ServerSelfTest>("took", static t => $"{t.Milliseconds.ToString("0.#", CultureInfo.InvariantCulture)} ms"),
                new Column<ServerSelfTest>("failed", static t => t.Failed.IsEmpty ? "none" : string.Join(", ", t.Failed)));
            return answered.Passed ? ExitCode.Success : ExitCode.Refused;
        });
        return command;
    }
}
