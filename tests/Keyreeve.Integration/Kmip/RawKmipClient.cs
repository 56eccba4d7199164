using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Integration.Kmip;

/// <summary>A connection over which a test sends whatever bytes it likes.</summary>
internal sealed class RawKmipClient : IAsyncDisposable
{
    private RawKmipClient(SslStream stream) => Stream = stream;

    public SslStream Stream { get; }

    public static async Task<RawKmipClient> ConnectAsync(KmipDoor door, X509Certificate2? certificate, int receiveBufferInBytes = 0)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBufferInBytes > 0) socket.ReceiveBufferSize = receiveBufferInBytes;
        await socket.ConnectAsync(door.EndPoint);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await stream.AuthenticateAsClientAsync(door.ClientTls(certificate));
        return new RawKmipClient(stream);
    }

    /// <summary>A connection to a whole server.</summary>
    public static async Task<RawKmipClient> ConnectAsync(IPEndPoint endPoint, X509Certificate2 authority, X509Certificate2 certificate)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endPoint);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ClientCertificates = [certificate],
            LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate,
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, CustomTrustStore = { authority },
            },
        });
        return new RawKmipClient(stream);
    }

    /// <summary>A message of these items.</summary>
    public static byte[] Message(ProtocolVersion version, int? maximumResponseSize, params (Operation Operation, byte[] Payload)[] items)
    {
        using var writer = new TtlvWriter();
        var message = new RequestWriter(writer);
        message.Begin(new RequestHeader { ProtocolVersion = version, MaximumResponseSize = maximumResponseSize, BatchCount = items.Length });
        for (var i = 0; i < items.Length; i++)
        {
            message.WriteItem(new RequestBatchItem
            {
                Operation = items[i].Operation,
                UniqueBatchItemId = items.Length > 1 ? BitConverter.GetBytes(i) : null,
                RequestPayload = new EncodedPayload(items[i].Payload),
            });
        }

        message.Complete();
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>A payload, encoded.</summary>
    public static byte[] Payload<TPayload>(TPayload payload, ProtocolVersion version)
        where TPayload : IWireStructure<TPayload>, new() => KmipCodec.ToValue(payload, version).Encoded.ToArray();

    /// <summary>A Query, which every server answers.</summary>
    /// <summary>A Query whose header has one field more, before its Batch Count.</summary>
    public static byte[] WithHeaderField(ProtocolVersion version, Tag tag, KmipValue value)
    {
        using var writer = new TtlvWriter();
        writer.BeginStructure(Tag.RequestMessage);
        writer.BeginStructure(Tag.RequestHeader);
        KmipCodec.Encode(writer, Tag.ProtocolVersion, version, version);
        value.WriteTo(writer, tag);
        writer.WriteInteger(Tag.BatchCount, 1);
        writer.EndStructure();
        writer.BeginStructure(Tag.BatchItem);
        writer.WriteEnumeration(Tag.Operation, Operation.Query);
        writer.BeginStructure(Tag.RequestPayload);
        writer.EndStructure();
        writer.EndStructure();
        writer.EndStructure();
        return writer.WrittenSpan.ToArray();
    }

    public static byte[] Query(int? maximumResponseSize = null) => Message(
        ProtocolVersion.Kmip14, maximumResponseSize,
        (Operation.Query, Payload(new QueryRequest { QueryFunctions = [QueryFunction.QueryOperations, QueryFunction.QueryObjects] }, ProtocolVersion.Kmip14)));

    public Task SendAsync(byte[] bytes) => Stream.WriteAsync(bytes).AsTask();

    /// <summary>The first item of the next response; null if the connection was closed instead.</summary>
    public async Task<ResponseBatchItem?> ReceiveAsync()
    {
        if (await ReceiveMessageAsync() is not { } message) return null;
        foreach (var item in message.Items) return item;
        return null;
    }

    /// <summary>The header of the next response; null if the connection was closed instead.</summary>
    public async Task<ResponseHeader?> ReceiveHeaderAsync() => (await ReceiveMessageAsync())?.Header;

    private async Task<ResponseMessage?> ReceiveMessageAsync()
    {
        var header = new byte[8];
        if (await Stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false) < header.Length) return null;
        var message = new byte[header.Length + BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4))];
        header.CopyTo(message, 0);
        await Stream.ReadExactlyAsync(message.AsMemory(header.Length));
        return ResponseMessage.Decode(message, 1000);
    }

    /// <summary>The first item of the next message, which the server sends as a client.</summary>
    public async Task<RequestBatchItem> ReceiveRequestAsync()
    {
        var header = new byte[8];
        await Stream.ReadExactlyAsync(header);
        var message = new byte[header.Length + BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4))];
        header.CopyTo(message, 0);
        await Stream.ReadExactlyAsync(message.AsMemory(header.Length));
        foreach (var item in RequestMessage.Decode(message, 1).Items) return item;
        throw new InvalidOperationException("A message has an item.");
    }

    /// <summary>An answer to what the server has sent.</summary>
    public static byte[] Answer<TPayload>(Operation operation, TPayload payload)
        where TPayload : IWireStructure<TPayload>, new()
    {
        using var writer = new TtlvWriter();
        var message = new ResponseWriter(writer);
        message.Begin(new ResponseHeader { ProtocolVersion = ProtocolVersion.Kmip21 });
        message.WriteItem(new ResponseBatchItem { Operation = operation }, payload);
        message.Complete();
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>Whether the other side has closed the connection.</summary>
    public async Task<bool> IsClosedAsync()
    {
        try
        {
            return await Stream.ReadAsync(new byte[1]) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}
