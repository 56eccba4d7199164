using System.CommandLine;
using Keyreeve.Client;
using Keyreeve.Cli.Terminal;
using Keyreeve.Crypto;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve seal unseal</c></summary>
internal static class SealUnsealCommand
{
    private const int LongestShareInBytes = 256;

    public static Command Create()
    {
        var file = new Option<string?>("--share-file") { Description = "File with your share, closed to others; without it the share is read from standard input", HelpName = "FILE" };
        var command = new CliCommand("unseal", "Enter your share: unseals a sealed server, and is a drill at one that is open")
        {
            Remarks = "Each custodian enters his own, one share each, by his own certificate. A share never stands on the command line.",
            Examples = ["keyreeve seal unseal --share-file /media/key/share.txt", "keyreeve seal unseal"],
        };
        command.Add(file);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            using var share = parsed.GetValue(file) is { } path ? PrivateFile.ReadSecret(path, LongestShareInBytes) : ReadStandardInput();
            using var trimmed = Trim(share);
            var entered = await session.Client.Seal.EnterShareAsync(trimmed, cancellationToken);
            session.Output.WriteFields(
                entered,
                new Column<ShareEntered>("slot", static e => e.Slot),
                new Column<ShareEntered>("missing", static e => e.Missing == 0 ? "none: it has opened" : $"{e.Missing} more"));
        }));
        return command;
    }

    private static SecretBytes ReadStandardInput()
    {
        if (!Console.IsInputRedirected) Console.Error.Write("Your share: ");
        using var input = Console.OpenStandardInput();
        Span<byte> bytes = stackalloc byte[LongestShareInBytes];
        try
        {
            var count = 0;
            while (count < bytes.Length && !bytes[..count].Contains((byte)'\n'))
            {
                var read = input.Read(bytes[count..]);
                if (read == 0) break;
                count += read;
            }

            return SecretBytes.CopyFrom(bytes[..count]);
        }
        finally
        {
            bytes.Clear();
        }
    }

    private static SecretBytes Trim(SecretBytes share)
    {
        using var lease = share.Reveal();
        return SecretBytes.CopyFrom(lease.Span.Trim(" \t\r\n"u8));
    }
}
