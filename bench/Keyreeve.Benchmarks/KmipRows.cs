using System.Security.Cryptography;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Benchmarks;

/// <summary>
/// KMIP over mutual TLS, durable audit on, against a server that does TLS and one AES-GCM a request and nothing else. Requests
/// are encoded once, so that what is measured is the server's work, not its client's.
/// </summary>
internal static class KmipRows
{
    public const int PlaintextSizeInBytes = 128;

    private const string ReferenceName = "SslStream and one AES-GCM";

    /// <summary>At how many connections.</summary>
    public static IReadOnlyList<int> Connections { get; } = [1, 16, 64];

    private static AttributeList NewKeyAttributes => new(
        new(Tag.CryptographicAlgorithm, KmipValue.Enumeration(CryptographicAlgorithm.AES)),
        new(Tag.CryptographicLength, KmipValue.Integer(256)),
        new(Tag.CryptographicUsageMask, KmipValue.Integer((int)(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt))));

    public static async Task<Comparison> EncryptAsync(Stage stage, int connections, int inFlight)
    {
        var server = await stage.ServerAsync();
        var key = await NewKeyAsync(server, ProtocolVersion.Kmip21);
        var name = inFlight == 1 ? $"kmip-encrypt-{connections}" : $"kmip-encrypt-{connections}x{inFlight}";
        return await AgainstEchoAsync(stage, name, connections, inFlight, EncryptRequest(key, ProtocolVersion.Kmip21), Operation.Encrypt);
    }

    public static async Task<Comparison> GetAsync(Stage stage, int connections)
    {
        var server = await stage.ServerAsync();
        var key = await NewKeyAsync(server, ProtocolVersion.Kmip21);
        return await AgainstEchoAsync(stage, $"kmip-get-{connections}", connections, inFlight: 1, GetRequest(key, ProtocolVersion.Kmip21), Operation.Get);
    }

    /// <summary>Keys made at so many connections: each with its rows, wrapped below the tenant's key, and its record.</summary>
    public static Task<Comparison> CreateAsync(Stage stage, int connections) =>
        AgainstEchoAsync(stage, $"kmip-create-{connections}", connections, inFlight: 1, Encode(ProtocolVersion.Kmip21, new CreateRequest
        {
            ObjectType = ObjectType.SymmetricKey, Attributes = NewKeyAttributes,
        }), Operation.Create);

    /// <summary>A load on our server.</summary>
    public static Task<RequestLoad> LoadAsync(ServerUnderTest server, int connections, byte[] request, int inFlight, Operation operation) =>
        RequestLoad.OpenAsync(() => TlsPeer.ConnectAsync(server.Kmip, server.Certificate), connections, request, inFlight, answer => Check(answer, operation));

    /// <summary>A new, active AES-256 key.</summary>
    public static async Task<UniqueIdentifier> NewKeyAsync(ServerUnderTest server, ProtocolVersion version)
    {
        await using var client = new KmipClient(new KmipClientOptions
        {
            Host = server.Kmip.Address.ToString(),
            Port = server.Kmip.Port,
            Versions = [version],
            Tls = TlsPeer.ClientOptions(server.Certificate),
        });
        return await NewKeyAsync(client);
    }

    /// <summary>A new, active AES-256 key on any server.</summary>
    public static async Task<UniqueIdentifier> NewKeyAsync(KmipClient client)
    {
        var key = await client.CreateAsync(ObjectType.SymmetricKey, NewKeyAttributes);
        await client.ActivateAsync(key);
        return key;
    }

    /// <summary>Encrypt 128 bytes with AES-GCM; the server makes the nonce.</summary>
    public static byte[] EncryptRequest(UniqueIdentifier key, ProtocolVersion version) => Encode(version, new EncryptRequest
    {
        UniqueIdentifier = key,
        CryptographicParameters = new CryptographicParameters
        {
            BlockCipherMode = BlockCipherMode.GCM,
            CryptographicAlgorithm = CryptographicAlgorithm.AES,
            RandomIV = true,
            TagLength = 16,
        },
        Data = DataReference.From(RandomNumberGenerator.GetBytes(PlaintextSizeInBytes)),
    });

    public static byte[] GetRequest(UniqueIdentifier key, ProtocolVersion version) => Encode(version, new GetRequest { UniqueIdentifier = key });

    public static byte[] Encode<TRequest, TResponse>(ProtocolVersion version, IRequestPayload<TRequest, TResponse> request)
        where TRequest : IRequestPayload<TRequest, TResponse>, new()
        where TResponse : IWireStructure<TResponse>, new()
    {
        using var writer = new TtlvWriter();
        var message = new RequestWriter(writer);
        message.Begin(new RequestHeader { ProtocolVersion = version });
        message.WriteItem(new RequestBatchItem { Operation = TRequest.Operation }, (TRequest)request);
        message.Complete();
        return writer.WrittenMemory.ToArray();
    }

    /// <summary>Throws unless the answer is the operation's success.</summary>
    public static void Check(byte[] answer, Operation operation)
    {
        var items = ResponseMessage.Decode(answer, maximumItems: 1).Items.GetEnumerator();
        if (!items.MoveNext()) throw new InvalidOperationException($"{operation}: the answer is empty.");
        if (items.Current.ResultStatus != ResultStatus.Success)
            throw new InvalidOperationException($"{operation} was refused: {items.Current.ResultReason}, {items.Current.ResultMessage}");
    }

    private static async Task<Comparison> AgainstEchoAsync(
        Stage stage, string name, int connections, int inFlight, byte[] request, Operation operation)
    {
        var server = await stage.ServerAsync();
        var echo = await stage.EchoAsync();
        var ours = await LoadAsync(server, connections, request, inFlight, operation);
        var reference = await RequestLoad.OpenAsync(() => TlsPeer.ConnectAsync(echo.EndPoint, server.Certificate), connections, request, inFlight);
        return new Comparison
        {
            Name = name,
            Unit = "requests/s",
            Ours = ours.RunAsync,
            Reference = reference.RunAsync,
            ReferenceName = ReferenceName,
            WarmUp = stage.WarmUpOf("kmip"),
            Owned = [ours, reference],
        };
    }
}
