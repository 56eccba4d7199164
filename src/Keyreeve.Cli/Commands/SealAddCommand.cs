using System.CommandLine;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve seal add</c></summary>
internal static class SealAddCommand
{
    public static Command Create()
    {
        var kind = new Argument<string>("kind") { Description = "pkcs11, kmip or passphrase-file, as the server is configured; or shares" };
        var shares = new Option<int?>("--shares") { Description = "How many shares to make", HelpName = "N" };
        var threshold = new Option<int?>("--threshold") { Description = "How many of them open", HelpName = "M" };
        var custodians = new Option<string[]>("--custodian") { Description = "A principal who gets a share, in order; as many as shares, or none", HelpName = "NAME" };
        var command = new CliCommand("add", "Seal the root key in one more slot")
        {
            Remarks = "Any one slot opens. Shares are printed this once, one a line: give each to its custodian and keep none.",
            Examples = ["keyreeve seal add pkcs11", "keyreeve seal add shares --shares 3 --threshold 2 --custodian alice --custodian bob --custodian carol"],
        };
        command.Add(kind);
        command.Add(shares);
        command.Add(threshold);
        command.Add(custodians);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var request = new NewSealSlot
            {
                Kind = parsed.GetRequiredValue(kind),
                Shares = parsed.GetValue(shares),
                Threshold = parsed.GetValue(threshold),
                Custodians = parsed.GetValue(custodians) is { Length: > 0 } names ? [.. names] : null,
            };
            using var added = await session.Client.Seal.AddAsync(request, cancellationToken);
            SealTable.Write(session.Output, added.Slot);
            await using var output = Console.OpenStandardOutput();
            foreach (var share in added.Shares)
            {
                using var lease = share.Reveal();
                output.Write(lease.Span);
                output.Write("\n"u8);
            }
        }));
        return command;
    }
}
