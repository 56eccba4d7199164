using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Keyreeve.Core.Operations;
using Keyreeve.Integration.Kmip;
using Keyreeve.Integration.Kmip.Https;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Kmip;

namespace Keyreeve.Integration.Doors;

/// <summary>KMIP over TLS, on its own port.</summary>
internal sealed class KmipTlsDoor : Door
{
    public override string Name => "kmip";

    public override string Protocol => "Kmip";

    public override async Task<DoorCaller> OpenAsync(ServerFixture server, TestPrincipal? who)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.KmipEndPoint);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await stream.AuthenticateAsClientAsync(KmipKeys.Tls(server, who));
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }

        return new KmipDoorCaller(server, who?.Name, message => ExchangeAsync(stream, message), stream.DisposeAsync);
    }

    public override Task<string> MakeKeyAsync(ServerFixture server, TestPrincipal maker, string name, string group) => KmipKeys.MakeAsync(server, maker, name);

    private static async Task<ResponseBatchItem> ExchangeAsync(SslStream stream, byte[] message)
    {
        await stream.WriteAsync(message);
        var header = new byte[8];
        await stream.ReadExactlyAsync(header);
        var answer = new byte[8 + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4))];
        header.CopyTo(answer, 0);
        await stream.ReadExactlyAsync(answer.AsMemory(8));
        return KmipKeys.First(ResponseMessage.Decode(answer, 1000));
    }
}

/// <summary>KMIP in the body of an HTTPS request.</summary>
internal sealed class KmipHttpsDoor : Door
{
    public override string Name => "kmip-https";

    public override string Protocol => "Kmip";

    public override Task<DoorCaller> OpenAsync(ServerFixture server, TestPrincipal? who)
    {
        var client = new KmipHttpsClient(server, who?.Certificate);
        return Task.FromResult<DoorCaller>(new KmipDoorCaller(
            server,
            who?.Name,
            async message =>
            {
                var reply = await client.SendAsync("application/octet-stream", message);
                return reply.Status == HttpStatusCode.OK ? reply.Item : throw new IOException($"{reply.Status}: {Encoding.UTF8.GetString(reply.Body)}");
            },
            () =>
            {
                client.Dispose();
                return ValueTask.CompletedTask;
            }));
    }

    public override Task<string> MakeKeyAsync(ServerFixture server, TestPrincipal maker, string name, string group) => KmipKeys.MakeAsync(server, maker, name);
}

/// <summary>What both doors of KMIP are asked.</summary>
internal sealed class KmipDoorCaller(ServerFixture server, string? who, Func<byte[], Task<ResponseBatchItem>> exchange, Func<ValueTask> close) : DoorCaller
{
    private static readonly ProtocolVersion Version = ProtocolVersion.Kmip21;

    /// <summary>Whom the messages speak for, beside the certificate.</summary>
    public Credential? Credential { get; set; }

    public override Task<DoorAnswer> AskAsync() => SendAsync(new QueryRequest { QueryFunctions = [QueryFunction.QueryOperations] });

    public override Task<DoorAnswer> UseAsync(string key) => SendAsync(new EncryptRequest
    {
        UniqueIdentifier = UniqueIdentifier.From(key),
        CryptographicParameters = new CryptographicParameters { BlockCipherMode = BlockCipherMode.GCM, RandomIV = true, TagLength = 16 },
        Data = DataReference.From(new byte[16]),
    });

    public override Task<DoorAnswer> SeeAsync(string key) => SendAsync(new GetAttributesRequest { UniqueIdentifier = UniqueIdentifier.From(key) });

    public override Task<DoorAnswer> TakeAsync(string key) => SendAsync(new GetRequest { UniqueIdentifier = UniqueIdentifier.From(key) });

    public override Task<DoorAnswer> DestroyAsync(string key) => SendAsync(new DestroyRequest { UniqueIdentifier = UniqueIdentifier.From(key) });

    public override Task<DoorAnswer> ListAsync(string? name = null) => SendAsync(
        new LocateRequest { Attributes = name is null ? AttributeList.Empty : new AttributeList(KmipAttribute.Name(name)) },
        static item => item.ResponsePayload!.Value.Decode<LocateResponse>(Version).UniqueIdentifiers.Select(static id => id.ToString()));

    /// <summary>Sends one operation with its payload.</summary>
    public Task<DoorAnswer> SendAsync<TRequest>(TRequest request, Func<ResponseBatchItem, IEnumerable<string>>? found = null)
        where TRequest : IWireStructure<TRequest>, new() => SendRawAsync(OperationOf(typeof(TRequest)), RawKmipClient.Payload(request, Version), found);

    /// <summary>Sends one operation with a payload as it is.</summary>
    public async Task<DoorAnswer> SendRawAsync(Operation operation, byte[] payload, Func<ResponseBatchItem, IEnumerable<string>>? found = null)
    {
        var item = await ExchangeAsync(operation, payload);
        return item.ResultStatus == ResultStatus.Success
            ? DoorAnswer.Served with { Found = [.. found?.Invoke(item) ?? []] }
            : new DoorAnswer(IsServed: false, $"{item.ResultReason} {item.ResultMessage}");
    }

    /// <summary>Sends one operation, and gives what came back.</summary>
    public async Task<ResponseBatchItem> ExchangeAsync(Operation operation, byte[] payload, AsynchronousIndicator? asynchronous = null)
    {
        using var writer = new TtlvWriter();
        var message = new RequestWriter(writer);
        var id = RefusalLedger.NewRequestId();
        message.Begin(new RequestHeader
        {
            ClientCorrelationValue = Encoding.ASCII.GetBytes(id),
            ProtocolVersion = Version, BatchCount = 1, AsynchronousIndicator = asynchronous,
            Authentication = Credential is { } shown ? new Authentication { Credentials = [shown] } : null,
        });
        message.WriteItem(new RequestBatchItem { Operation = operation, RequestPayload = new EncodedPayload(payload) });
        message.Complete();
        var item = await exchange(writer.WrittenSpan.ToArray());
        if (item.ResultStatus == ResultStatus.OperationFailed)
            RefusalLedger.Note(new Refused(server, id, who, NameOf(operation), error => KmipErrors.ReasonFor(error, Version, operation) == item.ResultReason, $"{operation}: {item.ResultReason} {item.ResultMessage}"));
        return item;
    }

    public override ValueTask DisposeAsync() => close();

    // What no client asks for has no name of its own.
    private static OperationName? NameOf(Operation operation) => Enum.IsDefined(operation) && Enum.TryParse<OperationName>(operation.ToString(), out var name) && name is not OperationName.Notify and not OperationName.Put ? name : null;

    private static Operation OperationOf(Type request) => (Operation)request.GetProperty("Operation")!.GetValue(null)!;
}

/// <summary>Keys as KMIP makes them, and what else its doors share.</summary>
internal static class KmipKeys
{
    public static SslClientAuthenticationOptions Tls(ServerFixture server, TestPrincipal? who) => new()
    {
        TargetHost = "localhost",
        ClientCertificates = who is null ? [] : [who.Certificate],
        LocalCertificateSelectionCallback = who is null ? null : (_, _, _, _, _) => who.Certificate,
        CertificateChainPolicy = TestAuthority.TrustOnly(server.Authority),
    };

    /// <summary>An active key that may leave, or as the parameters say.</summary>
    public static async Task<string> MakeAsync(ServerFixture server, TestPrincipal maker, string name, bool leaves = true, bool isActive = true)
    {
        await using var client = server.Kmip(maker);
        var id = await client.CreateAsync(ObjectType.SymmetricKey, new AttributeList(
            KmipAttribute.Name(name), KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES),
            KmipAttribute.CryptographicLength(256), KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt),
            KmipAttribute.Extractable(leaves)));
        if (isActive) await client.ActivateAsync(id);
        return id.ToString();
    }

    public static ResponseBatchItem First(ResponseMessage message)
    {
        foreach (var item in message.Items) return item;
        throw new InvalidOperationException("A response without items.");
    }
}
