using System.CommandLine;
using System.Globalization;
using Keyreeve.Cli.Terminal;
using Keyreeve.Server.Logs;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve log verify</c></summary>
internal static class LogVerifyCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("file") { Description = "The log's files, in any order, compressed ones too", Arity = ArgumentArity.OneOrMore };
        var command = new CliCommand("verify", "Check that no message of the system log was changed or is missing")
        {
            Remarks = "Every message has a serial number, one more than the one before, and the SHA-256 of what stands before the hash.\n"
                + "Whoever can write the file can write both anew: what proves something is the audit trail ('keyreeve audit verify').",
            Examples = ["keyreeve log verify /var/log/keyreeve/keyreeve.log*"],
        };
        command.Add(files);
        command.SetAction((parsed, cancellationToken) =>
            Task.FromResult(Verify(new OutputWriter(Console.Out, GlobalOptions.FormatOf(parsed)), parsed.GetValue(files)!, cancellationToken)));
        return command;
    }

    private static int Verify(OutputWriter output, string[] files, CancellationToken cancellationToken)
    {
        var found = new Findings();
        if (Array.Find(files, static f => !File.Exists(f)) is { } absent) throw new CliException(ExitCode.File, $"There is no file '{absent}'.", "name the log's files");
        foreach (var file in RotatedLog.InOrder(files)) Take(found, file, cancellationToken);

        output.WriteFields(
            found,
            new Column<Findings>("log", static f => f.IsIntact ? "intact" : "BROKEN"),
            new Column<Findings>("messages", static f => f.Messages.ToString("N0", CultureInfo.InvariantCulture)),
            new Column<Findings>("first", static f => f.First.ToString(CultureInfo.InvariantCulture)),
            new Column<Findings>("last", static f => f.Last.ToString(CultureInfo.InvariantCulture)),
            new Column<Findings>("changed", static f => f.Changed.Count == 0 ? "none" : string.Join(", ", f.Changed)),
            new Column<Findings>("missing", static f => f.Missing.Count == 0 ? "none" : string.Join(", ", f.Missing)));
        return found.IsIntact ? ExitCode.Success : ExitCode.AuditBroken;
    }

    private static void Take(Findings found, string file, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var line in RotatedLog.LinesOf(file))
            {
                cancellationToken.ThrowIfCancellationRequested();
                found.Take(line);
            }
        }
        catch (InvalidDataException)
        {
            found.Spoilt(file);
        }
    }

    private sealed class Findings
    {
        private const int MostNamed = 20;

        public long Messages { get; private set; }

        public long First { get; private set; }

        public long Last { get; private set; }

        public bool IsIntact { get; private set; } = true;

        public List<string> Changed { get; } = [];

        public List<string> Missing { get; } = [];

        public void Take(string line)
        {
            if (!LogLine.TryRead(line, out var serial, out var isIntact))
            {
                // Lines that follow each other are named once: a file that is no such log is many of them.
                var what = Messages == 0 ? "what stands before the first message" : $"what stands after {Last}";
                if (Changed is not [.., var before] || !string.Equals(before, what, StringComparison.Ordinal)) Name(Changed, what);
                return;
            }

            if (!isIntact) Name(Changed, serial.ToString(CultureInfo.InvariantCulture));
            if (Messages++ == 0) First = serial;
            else if (serial != Last + 1) Name(Missing, serial > Last + 1 ? $"{Last + 1} to {serial - 1}" : $"{serial} stands after {Last}");
            Last = serial;
        }

        public void Spoilt(string file) => Name(Changed, $"'{file}' cannot be unpacked after {Last}");

        private void Name(List<string> findings, string what)
        {
            IsIntact = false;
            if (findings.Count < MostNamed) findings.Add(what);
        }
    }
}
