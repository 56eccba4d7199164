using System.Globalization;
using System.Text.Json;

namespace Keyreeve.Client.Rest;

/// <summary>An answer that goes on, a line at a time. Not thread safe.</summary>
internal sealed class AnswerLines(HttpResponseMessage answer) : IDisposable
{
    // More than any record has.
    private const int LongestLineInBytes = 1024 * 1024;

    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;
    private Stream? _stream;

    /// <summary>After which record of the trail it began.</summary>
    /// <exception cref="KeyreeveClientException">The server does not say.</exception>
    public long FollowsAfter =>
        answer.Headers.TryGetValues("X-Keyreeve-Audit-After", out var values) && long.TryParse(values.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var after)
            ? after
            : throw new KeyreeveClientException(ClientError.UnexpectedAnswer, "The server does not say after which record it began.");

    /// <summary>Reads a line, without its end, until the next is read; null if there are no more, or the connection is lost.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                var line = _buffer.AsMemory(_start, length);
                _start += length + 1;
                return line;
            }

            if (!await ReadMoreAsync(cancellationToken).ConfigureAwait(false))
                return null;
        }
    }

    /// <summary>The record in a line.</summary>
    /// <exception cref="KeyreeveClientException">The refusal in it; or it is neither.</exception>
    public static ClientAuditRecord Parse(ReadOnlySpan<byte> line)
    {
        if (RestTransport.RefusalIn(line) is { } refusal)
            throw refusal;
        try
        {
            return JsonSerializer.Deserialize(line, ClientJson.Default.ClientAuditRecord) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new KeyreeveClientException(ClientError.UnexpectedAnswer, $"The answer is not the JSON that was expected: {e.Message}", cause: e);
        }
    }

    public void Dispose() => answer.Dispose();

    private async ValueTask<bool> ReadMoreAsync(CancellationToken cancellationToken)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length)
        {
            if (_end >= LongestLineInBytes)
                throw new KeyreeveClientException(ClientError.UnexpectedAnswer, $"A line of the answer is longer than {LongestLineInBytes} bytes.");
            Array.Resize(ref _buffer, 2 * _end);
        }

        try
        {
            _stream ??= await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            var read = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            _end += read;
            return read > 0;
        }
        catch (IOException)
        {
            // Lost: whoever follows asks anew for what comes after the last line.
            return false;
        }
    }
}
