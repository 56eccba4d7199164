using Keyreeve.Crypto.Files;
using Microsoft.Win32.SafeHandles;

namespace Keyreeve.Crypto;

/// <summary>From where in one open file to where in another something is encrypted or decrypted.</summary>
/// <param name="Source">Read at its offsets, its own position is left alone.</param>
/// <param name="SourceOffsetInBytes">Where what is read begins.</param>
/// <param name="SourceLengthInBytes">How much is read.</param>
/// <param name="Destination">Written at its offsets, in no order; not opened for appending.</param>
/// <param name="DestinationOffsetInBytes">Where what is written begins.</param>
public sealed record FileToFile(
    SafeFileHandle Source, long SourceOffsetInBytes, long SourceLengthInBytes, SafeFileHandle Destination, long DestinationOffsetInBytes)
{
    /// <summary>Told how many bytes of plaintext are done, at each MiB and at the end, by one thread at a time. Null for nobody.</summary>
    public Action<long>? Progress { get; init; }

    /// <summary>
    /// From where one stream stands to its end, to where another stands. Null unless both are files that can be read and written at any
    /// offset: pipes, terminals and files opened for appending are not.
    /// </summary>
    public static FileToFile? Between(Stream source, Stream destination) =>
        source is FileStream { CanRead: true, CanSeek: true } from && destination is FileStream { CanWrite: true, CanSeek: true } to
        && from.Length > from.Position && !UnixFile.IsForAppending(to.SafeFileHandle)
            ? new FileToFile(from.SafeFileHandle, from.Position, from.Length - from.Position, to.SafeFileHandle, to.Position)
            : null;
}
