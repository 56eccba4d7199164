using System.CommandLine;
using System.Globalization;
using Keyreeve.Cli.Terminal;
using Keyreeve.Core.Audit;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve audit verify</c></summary>
internal static class AuditVerifyCommand
{
    public static Command Create()
    {
        var directory = AuditLocation.Option();
        var key = new Option<string?>("--verifier-key") { Description = "The trail's public key, or a file with it, noted elsewhere (default: the one beside the trail, which proves less)", HelpName = "VKEY" };
        var checkpoints = new Option<string[]>("--checkpoint") { Description = "A checkpoint kept elsewhere; may be repeated. Finds a trail that was put back to an older copy", HelpName = "FILE" };
        var from = new Option<string?>("--from") { Description = "Begin at a position that an earlier verification ended with; what came before may be gone", HelpName = "POSITION" };
        var proof = new Option<string?>("--proof") { Description = "Verify a proof made by 'audit prove', without any trail; takes --verifier-key", HelpName = "FILE" };
        var report = new Option<string?>("--report") { Description = "Verify the signed report of an offboarding, its signature beside it with .sig added, without any trail; takes --verifier-key", HelpName = "FILE" };
        var command = new CliCommand("verify", "Check that no audit record was changed, removed, added or moved")
        {
            RunsAtServer = true,
            Remarks = "Needs no server and no secret, and may run while the server writes. docs/formats/verify_audit.py does the same\n"
                + "without Keyreeve.",
            Examples =
            [
                "keyreeve audit verify --config /etc/keyreeve/keyreeve.conf",
                "keyreeve audit verify --directory /mnt/copy/audit --verifier-key keyreeve.audit/9d1f…+… --checkpoint noted-in-march",
                "keyreeve audit verify --report offboarding-20260501-0915.json --verifier-key verifier.pub",
            ],
        };
        command.Add(directory);
        command.Add(key);
        command.Add(checkpoints);
        command.Add(from);
        command.Add(proof);
        command.Add(report);
        command.SetAction((parsed, cancellationToken) =>
        {
            if (parsed.GetValue(proof) is { } file) return Task.FromResult(VerifyProof(file, parsed.GetValue(key)));
            if (parsed.GetValue(report) is { } signed) return Task.FromResult(VerifyReport(signed, parsed.GetValue(key)));
            var options = new AuditVerifierOptions
            {
                Directory = AuditLocation.Of(parsed, directory),
                Key = parsed.GetValue(key) is { } given ? ReadKey(given) : null,
                From = parsed.GetValue(from) is { } position ? ReadPosition(position) : null,
                OutsideCheckpoints = [.. (parsed.GetValue(checkpoints) ?? []).Select(File.ReadAllText)],
            };
            return Task.FromResult(Report(new OutputWriter(Console.Out, GlobalOptions.FormatOf(parsed)), Verify(options, cancellationToken)));
        });
        return command;
    }

    private static AuditPosition ReadPosition(string text) =>
        AuditPosition.TryParse(text, out var position)
            ? position
            : throw new CliException(ExitCode.Usage, "That is no position.", "give what an earlier 'keyreeve audit verify' showed as 'position'");

    private static int VerifyProof(string file, string? key)
    {
        if (key is null) throw new CliException(ExitCode.Usage, "A proof says nothing without the trail's public key.", "give it with --verifier-key, from where it was noted");
        if (!AuditProof.TryParse(File.ReadAllText(file), out var proof)) throw new CliException(ExitCode.AuditBroken, $"'{file}' is no proof.", "make one with: keyreeve audit prove");
        if (proof.FindFault(ReadKey(key)) is { } fault) throw new CliException(ExitCode.AuditBroken, $"NOT PROVEN: {fault}.", "have the trail itself verified: keyreeve audit verify");
        Console.WriteLine(proof.Record is { } record ? "proven: this record was signed for\n" + record : "proven: the later trail begins with all of the earlier one");
        return ExitCode.Success;
    }

    private static int VerifyReport(string file, string? key)
    {
        if (key is null) throw new CliException(ExitCode.Usage, "A report says nothing without the trail's public key.", "give it with --verifier-key, from where it was noted");
        if (!ReadKey(key).VerifyStatement(File.ReadAllBytes(file), File.ReadAllBytes(file + ".sig")))
            throw new CliException(ExitCode.AuditBroken, $"NOT PROVEN: '{file}' is not what was signed, or another trail's key signed it.", "compare it with what the officer who asked for it has");
        Console.WriteLine("proven: this report was signed by the trail's key, and nothing of it was changed");
        return ExitCode.Success;
    }

    private static AuditVerification Verify(AuditVerifierOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return AuditVerifier.Verify(options, cancellationToken);
        }
        catch (InvalidDataException e)
        {
            throw new CliException(ExitCode.AuditBroken, e.Message, "give the trail's public key with --verifier-key");
        }
    }

    private static AuditVerifierKey ReadKey(string given) =>
        AuditVerifierKey.TryParse(File.Exists(given) ? File.ReadAllText(given) : given, out var key)
            ? key
            : throw new CliException(ExitCode.Usage, "That is no verifier key.", "it reads name+12345678+base64, as the file verifier.pub beside the trail");

    private static int Report(OutputWriter output, AuditVerification found)
    {
        var summary = new Summary(
            found.IsIntact,
            found.Records,
            found.SignedRecords,
            found.Checkpoints,
            found.Key.ToString(),
            found.IsKeyFromTrail,
            found.End.ToString(),
            found.Finding?.Fault.ToString(),
            found.Finding?.Explanation,
            found.Finding is { Segment.Length: > 0 } finding ? $"{finding.Segment}, byte {finding.Offset.ToString(CultureInfo.InvariantCulture)}" : null);
        output.WriteFields(
            summary,
            new Column<Summary>("trail", static s => s.IsIntact ? "intact" : $"BROKEN: {s.Explanation}"),
            new Column<Summary>("at", static s => s.Place),
            new Column<Summary>("records", static s => $"{s.Records.ToString("N0", CultureInfo.InvariantCulture)}, of which {s.SignedRecords.ToString("N0", CultureInfo.InvariantCulture)} are signed for"),
            new Column<Summary>("checkpoints", static s => s.Checkpoints.ToString("N0", CultureInfo.InvariantCulture)),
            new Column<Summary>("key", static s => s.Key),
            new Column<Summary>("position", static s => s.IsIntact ? s.Position : null));
        if (found.IsKeyFromTrail)
            output.WriteRemark("The key lay beside the trail, so this shows only that the trail agrees with itself: compare the key with one noted elsewhere.");
        return found.IsIntact ? ExitCode.Success : ExitCode.AuditBroken;
    }

    private sealed record Summary(
        bool IsIntact,
        long Records,
        long SignedRecords,
        int Checkpoints,
        string Key,
        bool IsKeyFromTrail,
        string Position,
        string? Fault,
        string? Explanation,
        string? Place);
}
