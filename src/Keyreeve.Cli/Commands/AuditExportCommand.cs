using System.CommandLine;
using System.Net;
using System.Text;
using Keyreeve.Client;
using Keyreeve.Core.Audit;
using Keyreeve.Crypto.Files;
using Keyreeve.Server.Forwarding.Formats;
using Keyreeve.Server.Rest.Handlers;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve audit export</c></summary>
internal static class AuditExportCommand
{
    private static readonly Dictionary<string, RecordFormatName> Formats = new(StringComparer.Ordinal)
    {
        ["csv"] = RecordFormatName.Csv, ["json"] = RecordFormatName.Json, ["cef"] = RecordFormatName.Cef,
        ["leef-1.0"] = RecordFormatName.Leef1, ["leef-2.0"] = RecordFormatName.Leef2, ["key-value"] = RecordFormatName.KeyValue,
    };

    public static Command Create()
    {
        var directory = AuditLocation.Option();
        var filter = new AuditFilterOptions();
        var format = new Option<string>("--as") { Description = "How: csv, json, cef, leef-1.0, leef-2.0, key-value", HelpName = "FORMAT", DefaultValueFactory = static _ => "csv" };
        var csv = new Option<bool>("--csv") { Description = "The same as --as csv, for scripts that say what they want" };
        var output = new Option<string?>("--out", "-o") { Description = "The file to write (default: standard output); comes into being whole or not at all", HelpName = "FILE" };
        var server = new Option<string?>("--server-name") { Description = "The key server's name in the table (default: this machine's)", HelpName = "NAME" };
        var asking = new Option<bool>("--ask-server") { Description = "Ask the server for the records of your own tenant; --config is then the client's, and --as csv or json" };
        var command = new CliCommand("export", "Write the audit trail, or a part of it, as a table")
        {
            RunsAtServer = true,
            Remarks = "Reads the trail on the server's machine, or a copy of it, in one pass and with little memory; needs no server.\n"
                + "It shows what stands there without checking it; 'keyreeve audit verify' does that. With --ask-server the server writes the\n"
                + "records of your own tenant, which takes the role Auditor and no access to its machine.",
            Examples =
            [
                "keyreeve audit export --csv --config /etc/keyreeve/keyreeve.conf --from 2026-01-01T00:00Z --until 2026-02-01T00:00Z -o january.csv",
                "keyreeve audit export --ask-server --from 2026-01-01T00:00Z -o january.csv",
                "keyreeve audit export -d /mnt/copy/audit --key cards --operation Decrypt --result Denied",
            ],
        };
        command.Add(directory);
        filter.AddTo(command);
        command.Add(format);
        command.Add(csv);
        command.Add(output);
        command.Add(server);
        command.Add(asking);
        command.SetAction((parsed, cancellationToken) =>
        {
            if (parsed.GetValue(asking))
            {
                if (parsed.GetResult(directory) is { Implicit: false } || parsed.GetResult(server) is { Implicit: false })
                    throw new CliException(ExitCode.Usage, "--ask-server takes no directory and no --server-name.", "Leave them out, or --ask-server.");
                var asked = FormatAskedOf(FormatOf(parsed.GetValue(format)!, parsed.GetValue(csv)));
                return Asking(asked, filter, output)(parsed, cancellationToken);
            }

            var work = new Export(
                AuditLocation.Of(parsed, directory),
                filter.Read(parsed),
                FormatOf(parsed.GetValue(format)!, parsed.GetValue(csv)),
                new RecordSource(parsed.GetValue(server) ?? Dns.GetHostName(), "", ServerRoutes.Version.Version));
            if (parsed.GetValue(output) is { } path) work.WriteFile(path, cancellationToken);
            else work.Write(Console.OpenStandardOutput(), cancellationToken);
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static Func<ParseResult, CancellationToken, Task<int>> Asking(AuditExportFormat format, AuditFilterOptions filter, Option<string?> output) =>
        ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var query = AuditSearchCommand.QueryOf(filter, parsed);
            if (parsed.GetValue(output) is not { } path)
            {
                await session.Client.Audit.ExportAsync(query, format, Console.OpenStandardOutput(), cancellationToken);
                return;
            }

            using var file = PendingFile.Create(path);
            await session.Client.Audit.ExportAsync(query, format, file.Stream, cancellationToken);
            file.Commit(overwrite: true);
        });

    private static AuditExportFormat FormatAskedOf(RecordFormatName format) => format switch
    {
        RecordFormatName.Csv => AuditExportFormat.Csv,
        RecordFormatName.Json => AuditExportFormat.Json,
        _ => throw new CliException(ExitCode.Usage, "With --ask-server it is --as csv or json.", "On the server's machine every format can be had."),
    };

    private static RecordFormatName FormatOf(string text, bool isCsv)
    {
        if (!Formats.TryGetValue(text, out var format)) throw new CliException(ExitCode.Usage, $"There is no format '{text}'.", $"--as is one of {string.Join(", ", Formats.Keys)}");
        if (isCsv && format != RecordFormatName.Csv) throw new CliException(ExitCode.Usage, $"--csv and --as {text} are two formats.", "Give one of them.");
        return format;
    }

    private sealed record Export(string Directory, AuditFilter Filter, RecordFormatName Format, RecordSource Source)
    {
        public void WriteFile(string path, CancellationToken cancellationToken)
        {
            using var file = PendingFile.Create(path);
            Write(file.Stream, cancellationToken);
            file.Commit(overwrite: true);
        }

        public void Write(Stream stream, CancellationToken cancellationToken)
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 64 * 1024, leaveOpen: true);
            var rowEnd = Format == RecordFormatName.Csv ? CsvFormat.RowEnd : "\n";
            if (Format == RecordFormatName.Csv) writer.Write(CsvFormat.ByteOrderMark + CsvFormat.Header + rowEnd);
            using var reader = new AuditTrailReader(Directory);
            while (reader.Read())
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!reader.IsLineComplete || !AuditLine.TryParse(reader.Line, out var line)) continue;
                reader.LastSequence = line.Sequence;
                var record = AuditRecord.Parse(reader.Line.ToArray());
                if (!Filter.Matches(record)) continue;
                writer.Write(RecordFormat.Write(Format, record, Source));
                writer.Write(rowEnd);
            }
        }
    }
}
