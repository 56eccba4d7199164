using System.CommandLine;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve decrypt</c></summary>
internal static class DecryptCommand
{
    public static Command Create()
    {
        var source = new Argument<string>("file") { Description = "The envelope; '-' for standard input" };
        var context = Arguments.Context();
        var destination = new Option<string?>("--to")
        {
            Description = $"Where the plaintext goes; '-' for standard output (default: FILE without {EncryptCommand.Extension})",
            HelpName = "FILE",
        };
        var force = new Option<bool>("--force", "-f") { Description = "Replace a file that exists" };
        var extract = new Option<string?>("--extract") { Description = "Unpack an encrypted folder into a new one", HelpName = "FOLDER" };
        var masked = new Option<bool>("--masked") { Description = "Have the server show the mask alone, by the context's pair 'class'; takes the right 'masked', and none to decrypt" };
        var command = new CliCommand("decrypt", "Decrypt a file or stream on this machine; the envelope says which key opens it")
        {
            Remarks = "A file appears only once the whole was authenticated, readable by you alone. To standard output, a file is read\n"
                + "twice, so that nothing unauthenticated comes out; a stream that cannot be read twice is passed on piece by\n"
                + "authenticated piece, and whether it was cut short is known at its end: wait for the exit code.",
            Examples =
            [
                "keyreeve decrypt report.pdf.kre --context customer=4711",
                "keyreeve decrypt data.tar.kre --extract /srv/restored",
                "keyreeve decrypt data.tar.kre --to - | tar x",
                "keyreeve decrypt card.kre --masked --context class=card-number --context customer=4711",
            ],
        };
        command.Add(source);
        command.Add(context);
        command.Add(destination);
        command.Add(force);
        command.Add(extract);
        command.Add(masked);
        command.SetAction(ProviderSession.With(async (session, parsed, cancellationToken) =>
        {
            var from = parsed.GetRequiredValue(source);
            if (parsed.GetValue(masked))
            {
                if (parsed.GetValue(extract) is not null || parsed.GetValue(destination) is not null)
                    throw new CliException(ExitCode.Usage, "A mask is shown, not written into a file.", "leave --to and --extract out");
                await MaskedRead.RunAsync(session, from, Arguments.ContextOf(parsed.GetValue(context)), cancellationToken);
                return;
            }

            if (parsed.GetValue(extract) is { } folder)
            {
                await FolderWork.DecryptAsync(session, from, folder, Arguments.ContextOf(parsed.GetValue(context)), cancellationToken);
                return;
            }

            var work = new FileWork("decrypting", "decrypted", from, parsed.GetValue(destination) ?? DefaultDestination(from), parsed.GetValue(force));
            var bound = Arguments.ContextOf(parsed.GetValue(context));
            var encryptor = session.Encryptor;
            await work.RunAsync(
                session.Output,
                progress => encryptor.DecryptFileAsync(work.Source, work.Destination, bound, work.Overwrite, progress, cancellationToken),
                (input, output, progress) => encryptor.DecryptAsync(input, output, bound, progress, cancellationToken));
        }));
        return command;
    }

    private static string DefaultDestination(string source)
    {
        if (source is "-")
            return "-";
        if (source.EndsWith(EncryptCommand.Extension, StringComparison.Ordinal) && Path.GetFileName(source).Length > EncryptCommand.Extension.Length)
            return source[..^EncryptCommand.Extension.Length];
        throw new CliException(
            ExitCode.Usage, $"'{source}' does not end with {EncryptCommand.Extension}, so the plaintext needs a name.", $"keyreeve decrypt {source} --to FILE");
    }
}
