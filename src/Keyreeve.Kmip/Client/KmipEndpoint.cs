using System.Runtime.CompilerServices;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Client;

/// <summary>
/// A connection on which the server asks and this side answers, made by <see cref="KmipClient.ListenAsync"/>: the server puts new objects
/// over it and notifies of changes. Not for several threads at once.
/// </summary>
public sealed class KmipEndpoint : IAsyncDisposable
{
    private const int MostItems = 100;

    private readonly KmipConnection _connection;
    private readonly KmipClientOptions _options;
    private readonly ProtocolVersion _version;
    private bool _isOver;

    private KmipEndpoint(KmipConnection connection, KmipClientOptions options, ProtocolVersion version)
    {
        _connection = connection;
        _options = options;
        _version = version;
    }

    /// <summary>
    /// What the server sends, one after the other, until it gives this side its role back or leaves. Each is acknowledged when the next
    /// is asked for; what was not, the server knows to be unread.
    /// </summary>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="TtlvException">What the server sends is no KMIP request.</exception>
    public async IAsyncEnumerable<KmipPushed> ReceiveAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (!_isOver && await _connection.ReceiveAsync(Tag.RequestMessage, cancellationToken) is { } buffer)
        {
            using (buffer)
            using (var answer = new TtlvWriter())
            {
                var message = RequestMessage.Decode(buffer.Memory, MostItems);
                var response = new ResponseWriter(answer);
                response.Begin(new ResponseHeader { ProtocolVersion = message.Header.ProtocolVersion, TimeStamp = _options.TimeProvider.GetUtcNow() });
                foreach (var item in message.Items)
                {
                    if (Read(item, message.Header.ProtocolVersion) is { } pushed) yield return pushed;
                    Answer(item, response);
                }

                response.Complete();
                await _connection.SendAsync(answer.WrittenMemory, cancellationToken);
            }
        }

        _isOver = true;
    }

    /// <summary>Closes the connection.</summary>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>Has the server be the client of a new connection.</summary>
    internal static async Task<KmipEndpoint> OpenAsync(KmipClientOptions options, RequestHeader header, CancellationToken cancellationToken)
    {
        var connection = await KmipConnection.OpenAsync(options, cancellationToken);
        try
        {
            using var writer = new TtlvWriter();
            var message = new RequestWriter(writer);
            message.Begin(header);
            message.WriteItem(new RequestBatchItem { Operation = Operation.SetEndpointRole }, new SetEndpointRoleRequest { EndpointRole = EndpointRole.Client });
            message.Complete();
            using var buffer = await connection.ExchangeAsync(writer.WrittenMemory, cancellationToken);
            foreach (var item in ResponseMessage.Decode(buffer.Memory, maximumItems: 1).Items)
            {
                if (KmipClient.PayloadOf<SetEndpointRoleResponse>(item, header.ProtocolVersion, Operation.SetEndpointRole).EndpointRole != EndpointRole.Client)
                    throw new TtlvException(0, "the server takes another role than it was asked to");
            }

            return new KmipEndpoint(connection, options, header.ProtocolVersion);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static KmipPushed? Read(in RequestBatchItem item, ProtocolVersion version) => item.Operation switch
    {
        Operation.Put => new KmipPushed(item.RequestPayload.Decode<PutRequest>(version), null),
        Operation.Notify => new KmipPushed(null, item.RequestPayload.Decode<NotifyRequest>(version)),
        _ => null,
    };

    private void Answer(in RequestBatchItem item, ResponseWriter response)
    {
        var answer = new ResponseBatchItem { Operation = item.Operation, UniqueBatchItemId = item.UniqueBatchItemId };
        switch (item.Operation)
        {
            // spec: KMIP 2.1 §6.2.2 "The client SHALL send a response in the form of a Response containing no payload".
            case Operation.Put or Operation.Notify:
                response.WriteItem(answer);
                return;
            case Operation.SetEndpointRole when item.RequestPayload.Decode<SetEndpointRoleRequest>(_version).EndpointRole == EndpointRole.Client:
                _isOver = true;
                response.WriteItem(answer, new SetEndpointRoleResponse { EndpointRole = EndpointRole.Client });
                return;
            case Operation.DiscoverVersions:
                response.WriteItem(answer, new DiscoverVersionsResponse { ProtocolVersions = [_version] });
                return;
            default:
                response.WriteItem(new ResponseBatchItem
                {
                    Operation = item.Operation,
                    UniqueBatchItemId = item.UniqueBatchItemId,
                    ResultStatus = ResultStatus.OperationFailed,
                    ResultReason = ResultReason.OperationNotSupported,
                    ResultMessage = "This endpoint takes Put and Notify.",
                });
                return;
        }
    }
}

/// <summary>What the server sent of itself; one of the two. Holds views of the message, which is wiped when the next one is asked for.</summary>
/// <param name="Put">A new object, or one that replaces another.</param>
/// <param name="Notify">A change of an object's attributes.</param>
public readonly record struct KmipPushed(PutRequest? Put, NotifyRequest? Notify)
{
    /// <summary>The object that it is about.</summary>
    public UniqueIdentifier UniqueIdentifier => Put?.UniqueIdentifier ?? Notify!.UniqueIdentifier;
}
