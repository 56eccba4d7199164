using System.CommandLine;
using System.Globalization;
using Keyreeve.Cli.Terminal;
using Keyreeve.Crypto;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve inspect</c></summary>
internal static class InspectCommand
{
    private const int LargestHeaderInBytes = 26 + ushort.MaxValue;

    public static Command Create()
    {
        var source = new Argument<string>("file") { Description = "The envelope; '-' for standard input" };
        var command = new CliCommand("inspect", "Show what an envelope says of itself; needs neither server nor key")
        {
            Remarks = "What is shown is not authentic until the envelope is decrypted: anybody can have changed it.",
            Examples = ["keyreeve inspect report.pdf.kre"],
        };
        command.Add(source);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(source);
            await using var stream = path is "-" ? Console.OpenStandardInput() : File.OpenRead(path);
            var start = new byte[LargestHeaderInBytes];
            var count = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
            if (!EnvelopeHeader.TryParse(start.AsSpan(0, count), out var header))
                throw new CliException(ExitCode.DecryptionFailed, $"'{path}' is not an envelope of a kind known here.");
            var size = stream.CanSeek ? stream.Length : await RestAsync(stream, count, cancellationToken);
            Write(new OutputWriter(Console.Out, GlobalOptions.FormatOf(parsed)), Describe(header, start.AsSpan(0, count), size));
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<long> RestAsync(Stream stream, long size, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
            size += read;
        return size;
    }

    private static Description Describe(EnvelopeHeader header, ReadOnlySpan<byte> start, long size)
    {
        var body = size - header.LengthInBytes;
        long? plaintext = header.Mode == EnvelopeMode.Chunked
            ? ChunkedEncryption.TryGetPlaintextLength(body, out var length) ? length : null
            : body >= CommittingAead.OverheadInBytes ? body - CommittingAead.OverheadInBytes : null;
        var wrapping = EnvelopeHeader.TryParse(header.WrappedKeyIn(start), out var wrapped) ? wrapped.UniqueIdentifier : (Guid?)null;
        return new Description(
            header.Version,
            header.Mode.ToString(),
            header.Suite.ToString(),
            header.Mode == EnvelopeMode.Direct ? null : header.UniqueIdentifier,
            header.Mode == EnvelopeMode.Direct ? null : header.KeyVersion,
            header.Mode == EnvelopeMode.Direct ? header.UniqueIdentifier : wrapping,
            size,
            plaintext);
    }

    private static void Write(OutputWriter output, Description description) => output.WriteFields(
        description,
        new Column<Description>("format", static d => $"Keyreeve envelope, version {d.FormatVersion}"),
        new Column<Description>("kind", static d => d.Mode switch
        {
            nameof(EnvelopeMode.Direct) => "small value under a key of the server",
            nameof(EnvelopeMode.WrappedKey) => "small value under a data key that travels along, wrapped",
            _ => "file or stream in chunks of 16 KiB, under a data key that travels along, wrapped",
        }),
        new Column<Description>("cipher", static d => d.Suite),
        new Column<Description>("key", static d => d.KeyId?.ToString()),
        new Column<Description>("key version", static d => d.KeyVersion?.ToString(CultureInfo.InvariantCulture)),
        new Column<Description>("version's id", static d => d.KeyVersionId?.ToString()),
        new Column<Description>("size", static d => $"{d.SizeInBytes.ToString("N0", CultureInfo.InvariantCulture)} bytes"),
        new Column<Description>("plaintext", static d => d.PlaintextLengthInBytes is { } length
            ? $"{length.ToString("N0", CultureInfo.InvariantCulture)} bytes"
            : "unknown: the envelope is not whole"));

    private sealed record Description(
        int FormatVersion, string Mode, string Suite, Guid? KeyId, uint? KeyVersion, Guid? KeyVersionId, long SizeInBytes, long? PlaintextLengthInBytes);
}
