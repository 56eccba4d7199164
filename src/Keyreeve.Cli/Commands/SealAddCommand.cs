using System.CommandLine;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve seal add</c></summary>
internal static class SealAddCommand
{
    public static Command Create()
    {
        var kind = new Argument<string>("kind") { Description = "pkcs11, kmip, tpm or passphrase-file, as the server is configured; or shares" };
        var shares = new Option<int?>("--shares") { Description = "How many shares to make", HelpName = "N" };
        var threshold = new Option<int?>("--threshold") { Description = "How many of them open", HelpName = "M" };
        var custodians = new Option<string[]>("--custodian") { Description = "A principal who gets a share, in order; as many as shares, or none. With a file: his public key (RSA in PEM, or an age recipient), to which his share is encrypted", HelpName = "NAME[=FILE]" };
        var command = new CliCommand("add", "Seal the root key in one more slot")
        {
            Remarks = "Any one slot opens. Shares are printed this once, one a line: give each to its custodian and keep none. Encrypted ones are in base64; a "
                + "custodian opens his with 'base64 -d | openssl pkeyutl -decrypt -inkey KEY -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256' or "
                + "'base64 -d | age -d -i KEY', and hands it on to 'keyreeve seal unseal'.",
            Examples = ["keyreeve seal add pkcs11", "keyreeve seal add shares --shares 3 --threshold 2 --custodian alice --custodian bob --custodian carol",
                "keyreeve seal add shares --shares 2 --threshold 2 --custodian alice=alice.pem --custodian bob=bob.age.pub"],
        };
        command.Add(kind);
        command.Add(shares);
        command.Add(threshold);
        command.Add(custodians);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var named = (parsed.GetValue(custodians) ?? []).Select(Custodian.Parse).ToList();
            var request = new NewSealSlot
            {
                Kind = parsed.GetRequiredValue(kind),
                Shares = parsed.GetValue(shares),
                Threshold = parsed.GetValue(threshold),
                Custodians = named.Count == 0 ? null : [.. named.Select(static custodian => custodian.Name)],
                CustodianKeys = named.TrueForAll(static custodian => custodian.Key is null) ? null : [.. named.Select(static custodian => custodian.Key)],
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

    private sealed record Custodian(string Name, string? Key)
    {
        // A principal's name has no '='.
        public static Custodian Parse(string text) => text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
            ? new Custodian(text[..at], File.ReadAllText(text[(at + 1)..]))
            : new Custodian(text, Key: null);
    }
}
