using System.CommandLine;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve encrypt</c></summary>
internal static class EncryptCommand
{
    /// <summary>What the name of an encrypted file ends with.</summary>
    public const string Extension = ".kre";

    public static Command Create()
    {
        var source = new Argument<string>("file") { Description = "The file to encrypt, or a folder, as a tar stream; '-' for standard input" };
        var key = new Option<string?>("--key", "-k") { Description = "Name or identifier of the key (default: 'key' of the configuration)", HelpName = "KEY" };
        var context = Arguments.Context();
        var destination = new Option<string?>("--to") { Description = $"Where the envelope goes; '-' for standard output (default: FILE{Extension}, of a folder FOLDER{FolderWork.Extension})", HelpName = "FILE" };
        var force = new Option<bool>("--force", "-f") { Description = "Replace a file that exists" };
        var command = new CliCommand("encrypt", "Encrypt a file or stream on this machine, under a data key that the server wraps")
        {
            Remarks = "The contents do not leave this machine: the server makes a data key for each file, and hands it out in clear\n"
                + "and wrapped. The wrapped one stands at the start of the envelope. The file itself stays as it is.",
            Examples =
            [
                "keyreeve encrypt report.pdf --key orders --context customer=4711",
                "keyreeve encrypt /srv/data --key backups --to /mnt/backup/data.tar.kre",
                "tar c /srv/data | keyreeve encrypt - --key backups > data.tar.kre",
            ],
        };
        command.Add(source);
        command.Add(key);
        command.Add(context);
        command.Add(destination);
        command.Add(force);
        command.SetAction(ProviderSession.With(async (session, parsed, cancellationToken) =>
        {
            var from = parsed.GetRequiredValue(source);
            var name = parsed.GetValue(key) ?? session.Settings.Encryption.Key
                ?? throw new CliException(ExitCode.Usage, "No key is named.", "name it with --key, or by 'key' in the configuration");
            var bound = Arguments.ContextOf(parsed.GetValue(context));
            if (Directory.Exists(from))
            {
                var folder = Path.TrimEndingDirectorySeparator(from);
                var target = parsed.GetValue(destination) ?? folder + FolderWork.Extension;
                if (target is "-")
                    throw new CliException(ExitCode.Usage, "A folder is encrypted into a file.", "name it with --to, or pipe: tar c FOLDER | keyreeve encrypt -");
                await FolderWork.EncryptAsync(session, name, folder, target, bound, parsed.GetValue(force), cancellationToken);
                return;
            }

            var work = new FileWork("encrypting", "encrypted", from, parsed.GetValue(destination) ?? (from is "-" ? "-" : from + Extension), parsed.GetValue(force));
            if (work.WritesToTerminal)
                throw new CliException(ExitCode.Usage, "An envelope is not for a terminal.", "name a file with --to, or redirect: keyreeve encrypt … > FILE");
            var encryptor = session.Encryptor;
            await work.RunAsync(
                session.Output,
                progress => encryptor.EncryptFileAsync(name, work.Source, work.Destination, bound, work.Overwrite, progress, cancellationToken),
                (input, output, progress) => encryptor.EncryptAsync(name, input, output, bound, progress, cancellationToken));
        }));
        return command;
    }
}
