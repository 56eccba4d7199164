using System.Formats.Tar;
using Keyreeve.Client;
using Keyreeve.Crypto;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Cli.Commands;

/// <summary>A folder as a tar stream in an envelope: nothing of it lies on the disk in clear, or as a second copy, on the way.</summary>
internal static class FolderWork
{
    /// <summary>What the name of an encrypted folder ends with.</summary>
    public const string Extension = ".tar" + EncryptCommand.Extension;

    /// <summary>Encrypts a folder; the envelope comes into being whole or not at all.</summary>
    public static async Task EncryptAsync(
        ProviderSession session, string key, string folder, string destination, EncryptionContext context, bool overwrite, CancellationToken cancellationToken)
    {
        if (!overwrite && Path.Exists(destination))
            throw new IOException($"'{destination}' exists already.");
        if (PrivateFile.IsInside(Path.GetFullPath(destination), folder))
            throw new CliException(ExitCode.Usage, $"'{destination}' lies in the folder that is encrypted.", "name a place outside with --to");
        using var pending = PendingFile.Create(destination);
        await using (var writing = await session.Encryptor.OpenWriteAsync(key, pending.Stream, context, cancellationToken))
        {
            await TarFile.CreateFromDirectoryAsync(folder, writing, includeBaseDirectory: false, cancellationToken);
            await writing.CompleteAsync(cancellationToken);
        }

        pending.Commit(overwrite);
        Report(session, new Account(folder, destination));
    }

    /// <summary>
    /// Decrypts what <see cref="EncryptAsync"/> made into a folder that is new, or empty. Nothing is written before the whole was
    /// authenticated; what a tar stream names outside of the folder is refused.
    /// </summary>
    public static async Task DecryptAsync(ProviderSession session, string source, string folder, EncryptionContext context, CancellationToken cancellationToken)
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new IOException($"'{folder}' exists already.");
        await using var envelope = File.OpenRead(source);
        await using var reading = await session.Encryptor.OpenReadAsync(envelope, context, cancellationToken);
        try
        {
            await reading.CopyToAsync(Stream.Null, cancellationToken);
        }
        catch (System.Security.Cryptography.CryptographicException e)
        {
            throw new KeyreeveClientException(ClientError.CryptographicFailure, "Decryption failed: the envelope was altered or cut short.", e);
        }

        reading.Position = 0;
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await TarFile.ExtractToDirectoryAsync(reading, folder, overwriteFiles: false, cancellationToken);
        Report(session, new Account(source, folder));
    }

    private static void Report(ProviderSession session, Account account)
    {
        if (session.Output.IsJson)
            session.Output.WriteJson(account);
        else
            session.Output.WriteRemark($"{account.Source} to {account.Destination}");
    }

    private sealed record Account(string Source, string Destination);
}
