using System.IO.Pipelines;
using System.Net.Security;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Tests.Kmip.Client;

/// <summary>A server in memory that answers each request as it is told to.</summary>
internal sealed class ScriptedServer(Action<RequestMessage, ResponseWriter> answer)
{
    private int _connections;

    public int Connections => _connections;

    /// <summary>The header of every request.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<RequestHeader> Requests { get; } = new();

    public KmipClientOptions Options => new()
    {
        Host = "server.invalid",
        Tls = new SslClientAuthenticationOptions(),
        OpenStream = _ => ValueTask.FromResult<Stream>(Connect()),
    };

    private DuplexStream Connect()
    {
        Interlocked.Increment(ref _connections);
        var toServer = new Pipe();
        var toClient = new Pipe();
        _ = ServeAsync(toServer.Reader, toClient.Writer);
        return new DuplexStream(toClient.Reader.AsStream(), toServer.Writer.AsStream());
    }

    private async Task ServeAsync(PipeReader reader, PipeWriter output)
    {
        await using var input = reader.AsStream();
        try
        {
            while (true)
            {
                var header = new byte[TtlvFraming.HeaderLengthInBytes];
                await input.ReadExactlyAsync(header);
                TtlvFraming.TryReadLength(header, Tag.RequestMessage, 1 << 20, out var length);
                var message = new byte[length];
                header.CopyTo(message, 0);
                await input.ReadExactlyAsync(message.AsMemory(header.Length));
                var request = RequestMessage.Decode(message, maximumItems: 10);
                Requests.Enqueue(request.Header);
                using var writer = new TtlvWriter();
                var response = new ResponseWriter(writer);
                response.Begin(new ResponseHeader { ProtocolVersion = request.Header.ProtocolVersion, TimeStamp = DateTimeOffset.UnixEpoch });
                answer(request, response);
                response.Complete();
                await output.WriteAsync(writer.WrittenMemory);
            }
        }
        catch (Exception e) when (e is EndOfStreamException or HangUpException)
        {
            await output.CompleteAsync();
        }
    }

    /// <summary>The server closes the connection without an answer.</summary>
    internal sealed class HangUpException : Exception;

    private sealed class DuplexStream(Stream input, Stream output) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => output.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => input.ReadAsync(buffer, cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => output.WriteAsync(buffer, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            input.Dispose();
            output.Dispose();
            base.Dispose(disposing);
        }
    }
}
