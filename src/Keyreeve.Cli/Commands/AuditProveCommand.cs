using System.CommandLine;
using System.Text;
using Keyreeve.Core.Audit;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve audit prove</c></summary>
internal static class AuditProveCommand
{
    public static Command Create()
    {
        var directory = AuditLocation.Option();
        var record = new Option<long?>("--record") { Description = "Prove that the record with this serial number was signed for", HelpName = "SERIAL" };
        var since = new Option<string?>("--since") { Description = "Prove that the trail still begins with all that this checkpoint, kept elsewhere, signs for", HelpName = "FILE" };
        var checkpoint = new Option<string?>("--checkpoint") { Description = "The signed head to prove it against (default: the trail's latest)", HelpName = "FILE" };
        var output = new Option<string?>("--out", "-o") { Description = "The file to write (default: standard output)", HelpName = "FILE" };
        var command = new CliCommand("prove", "Make a proof that stands alone: of one record, or that the trail has only grown")
        {
            RunsAtServer = true,
            Remarks = "RFC 6962 proofs of inclusion and of consistency. Who gets one needs neither the trail nor the server: only the trail's\n"
                + "public key, and 'keyreeve audit verify --proof' or docs/formats/verify_audit.py.",
            Examples =
            [
                "keyreeve audit prove --config /etc/keyreeve/keyreeve.conf --record 48211 -o record-48211.proof",
                "keyreeve audit prove -d /mnt/copy/audit --since noted-in-march -o grown-since-march.proof",
                "keyreeve audit verify --proof record-48211.proof --verifier-key keyreeve.audit/9d1f…+…",
            ],
        };
        foreach (var option in new Option[] { directory, record, since, checkpoint, output }) command.Add(option);
        command.SetAction((parsed, cancellationToken) =>
        {
            var trail = AuditLocation.Of(parsed, directory);
            var head = parsed.GetValue(checkpoint) is { } file ? LastNote(file) : null;
            var proof = (parsed.GetValue(record), parsed.GetValue(since)) switch
            {
                ({ } serial, null) => Prove(() => AuditProver.ProveRecord(trail, serial, head, cancellationToken)),
                (null, { } earlier) => Prove(() => AuditProver.ProveGrowth(trail, LastNote(earlier), head, cancellationToken)),
                _ => throw new CliException(ExitCode.Usage, "What is to be proven?", "give --record SERIAL or --since FILE"),
            };
            if (parsed.GetValue(output) is { } path) Write(path, proof);
            else Console.Write(proof.ToJson());
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static AuditProof Prove(Func<AuditProof> prove)
    {
        try
        {
            return prove();
        }
        catch (InvalidDataException e)
        {
            throw new CliException(ExitCode.AuditBroken, e.Message, "keyreeve audit verify shows what is wrong with a trail");
        }
    }

    // A file of exported heads holds many; the last is the latest.
    private static string LastNote(string file) =>
        AuditCheckpoint.Split(File.ReadAllText(file).TrimEnd('\n').Split('\n')).LastOrDefault()
        ?? throw new CliException(ExitCode.Usage, $"'{file}' holds no checkpoint.", "it is a signed note, as the file 'checkpoint' beside a trail");

    private static void Write(string path, AuditProof proof)
    {
        using var file = PendingFile.Create(path);
        file.Stream.Write(Encoding.UTF8.GetBytes(proof.ToJson()));
        file.Commit(overwrite: true);
    }
}
