using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Forwarding.Transports;

/// <summary>
/// A file that <c>logrotate</c> may rename or cut at any time: it is opened anew for each batch, so that what stands under the
/// name is what is written to. Mode 0640, so that a collector's group can read it; symbolic links are refused.
/// </summary>
internal sealed class FileTransport(SinkOptions options) : ISinkTransport
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    public SinkAssurance Assurance => SinkAssurance.Confirmed;

    public ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        Open().Dispose();
        return ValueTask.CompletedTask;
    }

    public async ValueTask SendAsync(IReadOnlyList<byte[]> messages, CancellationToken cancellationToken)
    {
        // In one piece, so that a full disk leaves at most one line in halves; it is begun again on a line of its own.
        await using var file = Open();
        await file.WriteAsync(MessageLines.Join(messages), cancellationToken);
    }

    public void ThrowIfClosed()
    {
        // Nothing is held open.
    }

    public ValueTask<bool> CloseAsync() => ValueTask.FromResult(true);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private FileStream Open()
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("Log files need Unix modes.");
        try
        {
            if (new FileInfo(options.Path).LinkTarget is not null)
                throw new IOException($"'{options.Path}' is a symbolic link; name the file itself.");
            var file = new FileStream(options.Path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite | FileShare.Delete,
                UnixCreateMode = Mode,
                BufferSize = 0,
            });
            BeginLine(file);
            return file;
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new IOException(failure.Message, failure);
        }
    }

    private static void BeginLine(FileStream file)
    {
        file.Seek(0, SeekOrigin.End);
        if (file.Position == 0) return;
        file.Seek(-1, SeekOrigin.End);
        if (file.ReadByte() is not '\n') file.WriteByte((byte)'\n');
    }
}
