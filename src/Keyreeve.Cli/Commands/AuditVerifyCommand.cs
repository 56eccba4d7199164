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
        var command = new CliCommand("verify", "Check that no audit record was changed, removed, added or moved")
        {
            Remarks = "Needs no server and no secret, and may run while the server writes. docs/formats/verify_audit.py does the same\n"
                + "without Keyreeve.",
            Examples =
            [
                "keyreeve audit verify --config /etc/keyreeve/keyreeve.conf",
                "keyreeve audit verify --directory /mnt/copy/audit --verifier-key keyreeve.audit/9d1f…+… --checkpoint noted-in-march",
            ],
        };
        command.Add(directory);
        command.Add(key);
        command.Add(checkpoints);
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new AuditVerifierOptions
            {
                Directory = AuditLocation.Of(parsed, directory),
                Key = parsed.GetValue(key) is { } given ? ReadKey(given) : null,
                OutsideCheckpoints = [.. (parsed.GetValue(checkpoints) ?? []).Select(File.ReadAllText)],
            };
            return Task.FromResult(Report(new OutputWriter(Console.Out, GlobalOptions.FormatOf(parsed)), Verify(options, cancellationToken)));
        });
        return command;
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
            found.Finding?.Fault.ToString(),
            found.Finding?.Explanation,
            found.Finding is { Segment.Length: > 0 } finding ? $"{finding.Segment}, byte {finding.Offset.ToString(CultureInfo.InvariantCulture)}" : null);
        output.WriteFields(
            summary,
            new Column<Summary>("trail", static s => s.IsIntact ? "intact" : $"BROKEN: {s.Explanation}"),
            new Column<Summary>("at", static s => s.Place),
            new Column<Summary>("records", static s => $"{s.Records.ToString("N0", CultureInfo.InvariantCulture)}, of which {s.SignedRecords.ToString("N0", CultureInfo.InvariantCulture)} are signed for"),
            new Column<Summary>("checkpoints", static s => s.Checkpoints.ToString("N0", CultureInfo.InvariantCulture)),
            new Column<Summary>("key", static s => s.Key));
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
        string? Fault,
        string? Explanation,
        string? Place);
}
