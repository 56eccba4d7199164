using System.Buffers.Text;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;
using Keyreeve.Crypto;

namespace Keyreeve.Cli.Commands;

/// <summary>Shows the mask that the server makes of an encrypted value, to somebody who may not see the value itself.</summary>
internal static class MaskedRead
{
    private const int LargestPlaintextInBytes = 64 * 1024;

    // As text it is longer by a third; the header has the wrapped key.
    private const int MostBytes = 2 * LargestPlaintextInBytes;

    /// <summary>Reads an envelope, as bytes or as the text that columns hold, and writes its mask to standard output.</summary>
    public static async Task RunAsync(ProviderSession session, string path, EncryptionContext context, CancellationToken cancellationToken)
    {
        if (session.Provider is not KeyreeveProvider keyreeve)
            throw new CliException(ExitCode.Configuration, "Masks are made by a Keyreeve server, over REST.", "name a configuration with 'provider = keyreeve' by --config");
        var masked = await keyreeve.Client.DecryptMaskedAsync(await ReadAsync(path, cancellationToken), context, cancellationToken);
        session.Output.WriteValue(masked, masked.Masked);
    }

    private static async Task<byte[]> ReadAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = path is "-" ? Console.OpenStandardInput() : File.OpenRead(path);
        var buffer = new byte[MostBytes + 1];
        var count = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        if (count > MostBytes)
            throw new CliException(ExitCode.Refused, $"'{path}' is too large: values of {Size.Of(LargestPlaintextInBytes)} at most are shown masked.");
        var read = buffer.AsSpan(0, count);
        if (EnvelopeHeader.TryParse(read, out _))
            return read.ToArray();
        var text = read.Trim("\r\n "u8);
        var bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        return Base64Url.DecodeFromUtf8(text, bytes, out _, out var written) == System.Buffers.OperationStatus.Done && EnvelopeHeader.TryParse(bytes.AsSpan(0, written), out _)
            ? bytes[..written]
            : throw new CliException(ExitCode.DecryptionFailed, $"'{path}' is not an envelope of a kind known here.");
    }
}
