using System.Security.Cryptography;
using Keyreeve.Cli.Terminal;
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
        using var bar = ProgressBar.Start($"encrypting {Path.GetFileName(folder)}");
        await using (var writing = await session.Encryptor.OpenWriteAsync(key, pending.Stream, context, cancellationToken))
        {
            await FolderArchive.WriteAsync(folder, bar.Watch(writing, FolderArchive.SizeOf(folder)), cancellationToken);
            await writing.CompleteAsync(cancellationToken);
        }

        pending.Commit(overwrite);
        Report(session, new Account(folder, destination));
    }

    /// <summary>
    /// Decrypts what <see cref="EncryptAsync"/> made into a folder that is new, or empty. Nothing is written before the whole was
    /// authenticated; what a tar stream names outside of the folder is refused. A new folder appears when all of it is there: until then it
    /// is called otherwise. Should it fail, what was unpacked is taken away.
    /// </summary>
    public static async Task DecryptAsync(ProviderSession session, string source, string folder, EncryptionContext context, CancellationToken cancellationToken)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (File.Exists(full) || (Directory.Exists(full) && Directory.EnumerateFileSystemEntries(full).Any()))
            throw new IOException($"'{folder}' exists already.");
        await using var envelope = File.OpenRead(source);
        using var bar = ProgressBar.Start($"decrypting {Path.GetFileName(source)}");
        await using var reading = await session.Encryptor.OpenReadAsync(envelope, context, cancellationToken);
        await AuthenticateAsync(reading, bar, envelope.Length, cancellationToken);

        var archive = bar.Watch(reading, envelope.Length);
        if (Directory.Exists(full))
            await UnpackAsync(archive, full, full, cancellationToken);
        else
            await UnpackAsync(archive, Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}.part"), full, cancellationToken);
        Report(session, new Account(source, folder));
    }

    private static async Task UnpackAsync(Stream archive, string unpacked, string folder, CancellationToken cancellationToken)
    {
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(unpacked);
            else
                Directory.CreateDirectory(unpacked, PrivateFile.DirectoryMode);
            await FolderArchive.ExtractAsync(archive, unpacked, cancellationToken);
            if (!string.Equals(unpacked, folder, StringComparison.Ordinal))
                Directory.Move(unpacked, folder);
        }
        catch
        {
            TakeAway(unpacked, isOurs: !string.Equals(unpacked, folder, StringComparison.Ordinal));
            throw;
        }
    }

    // A folder that was there, and empty, is left so.
    private static void TakeAway(string folder, bool isOurs)
    {
        foreach (var entry in Directory.Exists(folder) ? new DirectoryInfo(folder).EnumerateFileSystemInfos().ToArray() : [])
        {
            if (entry is DirectoryInfo { LinkTarget: null } below)
                below.Delete(recursive: true);
            else
                entry.Delete();
        }

        if (isOurs && Directory.Exists(folder))
            Directory.Delete(folder);
    }

    private static async Task AuthenticateAsync(Stream reading, ProgressBar bar, long length, CancellationToken cancellationToken)
    {
        try
        {
            await bar.Watch(reading, length).CopyToAsync(Stream.Null, cancellationToken);
        }
        catch (CryptographicException e)
        {
            throw new KeyreeveClientException(ClientError.CryptographicFailure, "Decryption failed: the envelope was altered or cut short.", e);
        }

        reading.Position = 0;
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
