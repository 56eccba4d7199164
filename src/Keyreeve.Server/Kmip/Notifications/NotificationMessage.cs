using System.Security.Cryptography;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Conversation;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Kmip.Translation;
using Own = Keyreeve.Core.Objects;
using Standard = Keyreeve.Core.Operations.Standard;
using Wire = Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Notifications;

/// <summary>Makes the message that tells of a change: what the endpoint's principal may be told, decided and recorded as if it had asked.</summary>
internal sealed class NotificationMessage(OperationPipeline pipeline, TimeProvider time)
{
    private readonly PutOperation _put = new();
    private readonly NotifyOperation _notify = new();
    private readonly NotifyObliteratedOperation _obliterated = new();

    /// <summary>Writes it.</summary>
    /// <param name="change">What it tells of.</param>
    /// <param name="principal">Whom it is for.</param>
    /// <param name="user">The user for whom the principal is told; null if for itself.</param>
    /// <param name="version">The version to write it in.</param>
    /// <param name="output">Where to.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False if there is nothing to tell.</returns>
    /// <exception cref="Keyreeve.Core.KeyreeveException">The principal may not be told.</exception>
    public ValueTask<bool> WriteAsync(
        CommittedChange change, Principal principal, CallUser? user, ProtocolVersion version, TtlvWriter output, CancellationToken cancellationToken)
    {
        var call = new Call
        {
            Principal = principal,
            Protocol = Protocol.Internal,
            SourceAddress = "",
            SourcePort = 0,
            CorrelationId = change.Call.CorrelationId,
            Time = time.GetUtcNow(),
            User = user,
        };
        // Nobody has asked for it: that somebody may not be told of something is no refusal, and is not recorded.
        if (!pipeline.WouldAllow(change.Before is null ? OperationName.Put : OperationName.Notify, call, change.After)) return new(false);
        if (change.IsObliterated) return NotifyAsync(_obliterated, new NotifyObliteratedRequest(change.After), call, version, output, cancellationToken);
        return change.Before is { } before
            ? NotifyAsync(_notify, new NotifyRequest(before, change.After), call, version, output, cancellationToken)
            : PutAsync(change.After, call, version, output, cancellationToken);
    }

    private async ValueTask<bool> PutAsync(
        Own.ManagedObject made, Call call, ProtocolVersion version, TtlvWriter output, CancellationToken cancellationToken)
    {
        var secrets = new List<byte[]>();
        try
        {
            var keyBlocks = new KeyBlocks(version, secret => { secrets.Add(secret); return secret; });
            var held = await pipeline.RunAsync(
                _put, call, new PutRequest(new Standard.GetRequest { Id = made.Id, KeyValueEncoding = keyBlocks }), cancellationToken);
            using var put = await held.ReleaseAsync(cancellationToken);
            var replaced = ReplacedBy(put.Attributes);
            Write(output, version, Operation.Put, new Wire.PutRequest
            {
                UniqueIdentifier = Identifiers.ToWire(put.Id),
                PutFunction = replaced is null ? PutFunction.New : PutFunction.Replace,
                ReplacedUniqueIdentifier = replaced is null ? null : UniqueIdentifier.From(replaced),
                Object = Objects.ToWire(put.Value, keyBlocks),
                Attributes = AttributeTranslator.ToWire(AttributeOrder.Of(put.Attributes), version),
            });
            return true;
        }
        finally
        {
            foreach (var secret in secrets) CryptographicOperations.ZeroMemory(secret);
        }
    }

    private async ValueTask<bool> NotifyAsync<TRequest>(
        Operation<TRequest, NotifyResponse> notify, TRequest request, Call call, ProtocolVersion version, TtlvWriter output, CancellationToken cancellationToken)
        where TRequest : class
    {
        var held = await pipeline.RunAsync(notify, call, request, cancellationToken);
        var told = await held.ReleaseAsync(cancellationToken);
        // The Last Change Date alone: what changed is the server's own business.
        if (told.Changed.Length <= 1 && told.Deleted.IsEmpty) return false;
        Write(output, version, Operation.Notify, new Wire.NotifyRequest
        {
            UniqueIdentifier = Identifiers.ToWire(told.Id),
            Attributes = AttributeTranslator.ToWire(AttributeOrder.Of(Own.AttributeSet.From(told.Changed)), version),
            DeletedAttributes = [.. told.Deleted.Select(AttributeTranslator.ToReference).OfType<AttributeReference>()],
        });
        return true;
    }

    private static string? ReplacedBy(Own.AttributeSet attributes)
    {
        foreach (var instance in attributes.All(Own.AttributeName.Link))
        {
            if (instance.Value is Own.StructureValue link
                && link[Own.AttributeField.LinkType] is Own.EnumerationValue { Value: (uint)Own.LinkType.ReplacedObjectLink })
                return (link[Own.AttributeField.LinkedObjectIdentifier] as Own.TextValue)?.Value;
        }

        return null;
    }

    private static void Write<TPayload>(TtlvWriter output, ProtocolVersion version, Operation operation, in TPayload payload)
        where TPayload : IWireStructure<TPayload>, new()
    {
        var message = new RequestWriter(output);
        message.Begin(new RequestHeader { ProtocolVersion = version, BatchCount = 1 });
        message.WriteItem(new RequestBatchItem { Operation = operation }, payload);
        message.Complete();
    }
}
