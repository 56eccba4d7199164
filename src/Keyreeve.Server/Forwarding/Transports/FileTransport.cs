using System.Globalization;
using System.Text;
using Keyreeve.Crypto.Files;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Forwarding.Formats;

namespace Keyreeve.Server.Forwarding.Transports;

/// <summary>
/// A file that <c>logrotate</c> may rename or cut at any time: it is opened anew for each batch, so that what stands under the
/// name is what is written to. With <c>{date}</c> in its name there is a file for each day (UTC). Mode 0640, so that a
/// collector's group can read it; symbolic links are refused. A file system that hangs is a sink that takes nothing.
/// </summary>
internal sealed class FileTransport(SinkOptions options) : ISinkTransport
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private static readonly TimeSpan CallTimeLimit = TimeSpan.FromSeconds(10);

    private readonly HangingCalls _calls = new(CallTimeLimit);

    public SinkAssurance Assurance => SinkAssurance.Confirmed;

    private bool IsTable => options.Format == RecordFormatName.Csv;

    public ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(options.Path)!;
        return _calls.RunAsync(() => RequireFolder(folder), cancellationToken);
    }

    public async ValueTask SendAsync(IReadOnlyList<SinkMessage> messages, CancellationToken cancellationToken)
    {
        for (var i = 0; i < messages.Count;)
        {
            var path = PathFor(messages[i].Time);
            var ofOneFile = messages.Skip(i).TakeWhile(m => string.Equals(PathFor(m.Time), path, StringComparison.Ordinal)).ToList();
            var lines = MessageLines.Join(ofOneFile, IsTable ? CsvFormat.RowEnd : "\n");
            await _calls.RunAsync(() => Append(path, lines), cancellationToken);
            i += ofOneFile.Count;
        }
    }

    public void ThrowIfClosed()
    {
        // Nothing is held open.
    }

    public ValueTask<bool> CloseAsync() => ValueTask.FromResult(true);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private string PathFor(DateTimeOffset time) =>
        options.Path.Replace(SinkOptions.DateInPath, time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), StringComparison.Ordinal);

    private static void RequireFolder(string folder)
    {
        if (!Directory.Exists(folder)) throw new IOException($"there is no directory '{folder}'");
    }

    // In one piece, so that a full disk leaves at most one line in halves; what follows begins on a line of its own.
    private void Append(string path, byte[] lines)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("Log files need Unix modes.");
        try
        {
            if (new FileInfo(path).LinkTarget is not null) throw new IOException($"'{path}' is a symbolic link; name the file itself");
            if (File.Exists(path) && !PrivateFile.IsRegular(path)) throw new IOException($"'{path}' is no file");
            using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite | FileShare.Delete,
                UnixCreateMode = Mode,
                BufferSize = 0,
            });
            byte[] before = IsTable && file.Length == 0
                ? Encoding.UTF8.GetBytes(CsvFormat.ByteOrderMark + CsvFormat.Header + CsvFormat.RowEnd)
                : EndsInALine(file) ? [] : [(byte)'\n'];
            file.Seek(0, SeekOrigin.End);
            file.Write([.. before, .. lines]);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new IOException(failure.Message, failure);
        }
    }

    private static bool EndsInALine(FileStream file)
    {
        if (file.Length == 0) return true;
        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() is '\n';
    }
}
