using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Keyreeve.Client.Rest;

/// <summary>
/// The body of an answer. It may hold a key in clear, so its buffers are pinned, lest the garbage collector leave copies, and
/// are wiped when they are outgrown and at the end.
/// </summary>
internal sealed class AnswerBody : IDisposable
{
    /// <summary>More than any answer of the server has: a page of 1,000 keys is below 1 MiB.</summary>
    private const int MaxSizeInBytes = 16 * 1024 * 1024;

    private byte[] _buffer;
    private int _length;

    private AnswerBody(int capacity) => _buffer = GC.AllocateUninitializedArray<byte>(capacity, pinned: true);

    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, _length);

    public static async Task<AnswerBody> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var announced = content.Headers.ContentLength ?? 4096;
        var body = new AnswerBody((int)Math.Clamp(announced + 1, 256, 64 * 1024));
        try
        {
            var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                int read;
                while ((read = await stream.ReadAsync(body.Room(), cancellationToken).ConfigureAwait(false)) > 0)
                    body._length += read;
            }

            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>The body as a message.</summary>
    /// <exception cref="KeyreeveClientException">It is not one.</exception>
    public T Read<T>(JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(Span, type) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new KeyreeveClientException(ClientError.UnexpectedAnswer, $"The answer is not the JSON that was expected: {e.Message}", cause: e);
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_buffer);

    private Memory<byte> Room()
    {
        if (_length < _buffer.Length)
            return _buffer.AsMemory(_length);
        if (_length >= MaxSizeInBytes)
            throw new KeyreeveClientException(ClientError.UnexpectedAnswer, $"The answer is larger than {MaxSizeInBytes} bytes.");

        var larger = GC.AllocateUninitializedArray<byte>(_buffer.Length * 4, pinned: true);
        Span.CopyTo(larger);
        CryptographicOperations.ZeroMemory(_buffer);
        _buffer = larger;
        return _buffer.AsMemory(_length);
    }
}
