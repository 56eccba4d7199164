using System.CommandLine;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;
using Keyreeve.Client.Pkcs11;
using Keyreeve.Crypto;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve rewrap</c></summary>
internal static class ReWrapCommand
{
    private const int LargestHeaderInBytes = 26 + ushort.MaxValue;

    public static Command Create()
    {
        var paths = new Argument<string[]>("path") { Description = "Envelopes, and folders with files that end with " + EncryptCommand.Extension, Arity = ArgumentArity.OneOrMore };
        var key = new Option<string?>("--key", "-k") { Description = "Name or identifier of the key to bring them under (default: 'key' of the configuration)", HelpName = "KEY" };
        var from = new Option<string?>("--from") { Description = "Configuration of the key provider they are under now (default: the same)", HelpName = "FILE" };
        var context = Arguments.Context();
        var command = new CliCommand("rewrap", "Bring envelopes under another key, its current version, or another key provider")
        {
            Remarks = "The data key is unwrapped by the one and wrapped by the other; what is encrypted is not touched. Files that are under\n"
                + "the key and its current version already are passed over, so an interrupted run is simply begun again. Each file is\n"
                + "replaced whole or not at all.",
            Examples =
            [
                "keyreeve rewrap archive --key archive-2027",
                "keyreeve rewrap archive --key archive --from old-vendor.conf --config keyreeve.conf --context purpose=archive",
            ],
        };
        command.Add(paths);
        command.Add(key);
        command.Add(from);
        command.Add(context);
        command.SetAction(ProviderSession.With(async (session, parsed, cancellationToken) =>
        {
            var target = parsed.GetValue(key) ?? session.Settings.Encryption.Key
                ?? throw new CliException(ExitCode.Usage, "No key is named.", "name it with --key, or by 'key' in the configuration");
            await using var source = parsed.GetValue(from) is { } path ? ClientConfiguration.LoadSettings(path).OpenProvider(TokenProvider.Open) : null;
            var work = new EnvelopeReWrapper(source ?? session.Provider, session.Provider, target);
            var account = await RunAsync(work, Files(parsed.GetRequiredValue(paths)), Arguments.ContextOf(parsed.GetValue(context)), cancellationToken);
            session.Output.WriteFields(
                account,
                new Column<Account>("re-wrapped", static a => Count(a.ReWrapped)),
                new Column<Account>("already there", static a => Count(a.AlreadyThere)),
                new Column<Account>("failed", static a => a.Failed.Count == 0 ? null : Count(a.Failed.Count)));
            if (account.Failed.Count > 0)
                throw new CliException(ExitCode.DecryptionFailed, string.Join('\n', account.Failed), "what failed is as it was; mend the cause and begin again");
        }));
        return command;
    }

    private static async Task<Account> RunAsync(EnvelopeReWrapper work, List<string> files, EncryptionContext context, CancellationToken cancellationToken)
    {
        var target = await work.FindTargetAsync(cancellationToken);
        var (done, there) = (0, 0);
        var failed = new List<string>();
        using var bar = ProgressBar.Start("re-wrapping", countsFiles: true);
        foreach (var file in files)
        {
            bar.Report(new FileProgress(done + there + failed.Count, files.Count));
            try
            {
                if (await IsUnderAsync(file, target, cancellationToken))
                {
                    there++;
                    continue;
                }

                await work.ReWrapFileAsync(file, context, cancellationToken);
                done++;
            }
            // What concerns this file alone: the others go on. That no server answers concerns them all.
            catch (KeyreeveClientException e) when (e.Is(ClientError.CryptographicFailure) || e.Is(ClientError.InvalidOptions))
            {
                failed.Add($"{file}: {e.Message}");
            }
        }

        return new Account(done, there, failed);
    }

    private static async Task<bool> IsUnderAsync(string file, ProvidedKey target, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(file);
        var start = new byte[LargestHeaderInBytes];
        var count = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        return EnvelopeReWrapper.IsUnder(start.AsSpan(0, count), target);
    }

    private static List<string> Files(IReadOnlyList<string> paths)
    {
        var files = new List<string>();
        foreach (var path in paths)
        {
            if (Directory.Exists(path))
                files.AddRange(Directory.EnumerateFiles(path, "*" + EncryptCommand.Extension, SearchOption.AllDirectories).Order(StringComparer.Ordinal));
            else
                files.Add(path);
        }

        return files;
    }

    private static string Count(int files) => files == 1 ? "1 file" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{files} files");

    private sealed record Account(int ReWrapped, int AlreadyThere, IReadOnlyList<string> Failed);
}
