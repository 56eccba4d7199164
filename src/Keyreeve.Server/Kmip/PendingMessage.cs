using System.Security.Cryptography;
using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Kmip.Asynchronous;
using Keyreeve.Server.Kmip.Notifications;
using Keyreeve.Server.Kmip.Translation;

namespace Keyreeve.Server.Kmip;

/// <summary>A request that has been executed and whose response waits for the audit trail. Used by one thread at a time.</summary>
internal sealed class PendingMessage(RequestHeader header, int requestSizeInBytes) : IDisposable
{
    private readonly List<byte[]> _secrets = [];
    private readonly List<IDisposable> _owned = [];

    /// <summary>How many bytes of the buffer the request took; they stay until the response is written.</summary>
    public int RequestSizeInBytes { get; } = requestSizeInBytes;

    /// <summary>The version in which to answer.</summary>
    public ProtocolVersion Version { get; } = header.ProtocolVersion;

    /// <summary>The longest response the client takes.</summary>
    public int? MaximumResponseSize { get; } = header.MaximumResponseSize;

    /// <summary>Whether the response tells what the server calls the request.</summary>
    public bool NamesRequest { get; } = header.NamesRequest;

    /// <summary>What the server calls the request, in its log and in the audit trail; null if the client is not to be told.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>The server's own proof that it knows the password, which a hashed password asks for.</summary>
    public ReadOnlyMemory<byte>? ServerHashedPassword { get; set; }

    /// <summary>What the client is asked to attest to; null if nothing.</summary>
    public Nonce? Nonce { get; set; }

    /// <summary>Whether an item was refused for want of an attestation.</summary>
    public bool DemandsAttestation => Items.Exists(static item => item is FailedItem { Error: KeyreeveError.AttestationRequired });

    /// <summary>Whether the connection is closed after the answer: the client's next bytes cannot be trusted to begin a message.</summary>
    public bool ClosesConnection { get; init; }

    /// <summary>Whether the connection that it came by can be turned.</summary>
    public bool CanTurn { get; init; }

    /// <summary>The server's turn to be the client once the message is answered; null if it stays the server.</summary>
    public Turn? Turn { get; set; }

    /// <summary>The results so far.</summary>
    public List<PendingItem> Items { get; } = new(1);

    /// <summary>Whether what its items return is measured; not worth it for a single one that is written at once.</summary>
    public bool IsMeasured { get; init; }

    /// <summary>How much its items return so far, if it is measured.</summary>
    public long SizeInBytes { get; private set; }

    /// <summary>What was measured does not count: it begins anew.</summary>
    public void MeasureAnew() => SizeInBytes = 0;

    /// <summary>Measures what an item returns.</summary>
    public TPayload Measured<TPayload>(TPayload payload)
        where TPayload : IWireStructure<TPayload>, new()
    {
        if (!IsMeasured) return payload;
        using var writer = new TtlvWriter();
        KmipCodec.Encode(writer, Tag.ResponsePayload, payload, Version);
        SizeInBytes += writer.Length;
        return payload;
    }

    /// <summary>An item keeps so many bytes for later ones, which are not returned.</summary>
    public void Keeps(int bytes) => SizeInBytes += bytes;

    /// <summary>Bytes to wipe once the response is written.</summary>
    public byte[] Wiped(byte[] secret)
    {
        _secrets.Add(secret);
        return secret;
    }

    /// <summary>Something to dispose of once the response is written.</summary>
    public void Owns(IDisposable disposable) => _owned.Add(disposable);

    /// <summary>The answer to what is refused as a whole.</summary>
    /// <param name="version">The version in which to answer.</param>
    /// <param name="refusal">Why.</param>
    /// <param name="requestSizeInBytes">Its length; zero if that is not known, so that the connection is closed.</param>
    public static PendingMessage Refused(ProtocolVersion version, KeyreeveException refusal, int requestSizeInBytes = 0) =>
        new(new RequestHeader { ProtocolVersion = version }, requestSizeInBytes)
        {
            Items = { new FailedItem(default, refusal, withoutOperation: true) },
            ClosesConnection = requestSizeInBytes == 0,
        };

    /// <summary>Every item of the message is refused for the same reason.</summary>
    public void RefuseAll(RequestMessage message, KeyreeveException refusal)
    {
        foreach (var item in message.Items) Items.Add(new FailedItem(item, refusal));
    }

    /// <summary>The message is refused as one, whatever its items ask.</summary>
    public void RefuseWhole(KeyreeveException refusal) => Items.Add(new FailedItem(default, refusal, withoutOperation: true));

    /// <summary>Every item of the message is answered later.</summary>
    public void AcceptAll(RequestMessage message, IReadOnlyList<DeferredItem> accepted)
    {
        foreach (var item in message.Items) Items.Add(new AcceptedItem(item, accepted[Items.Count]));
    }

    /// <summary>The turn, which is not the message's any more.</summary>
    public Turn? TakeTurn()
    {
        var turn = Turn;
        Turn = null;
        return turn;
    }

    /// <summary>Wipes what was secret.</summary>
    public void Dispose()
    {
        foreach (var secret in _secrets) CryptographicOperations.ZeroMemory(secret);
        _secrets.Clear();
        foreach (var disposable in _owned) disposable.Dispose();
        _owned.Clear();
        Turn?.Dispose();
    }
}

/// <summary>The result of a batch item.</summary>
internal abstract class PendingItem(RequestBatchItem request)
{
    /// <summary>What was asked.</summary>
    protected RequestBatchItem Request { get; private set; } = request;

    /// <summary>The item answers another request of its own, such as a Poll, which has this Unique Batch Item ID.</summary>
    public void Answers(ReadOnlyMemory<byte>? uniqueBatchItemId) => Request = new()
    {
        Operation = Request.Operation,
        UniqueBatchItemId = uniqueBatchItemId,
        RequestPayload = Request.RequestPayload,
        MessageExtensions = Request.MessageExtensions,
    };

    /// <summary>Waits for the audit record and writes the result.</summary>
    public abstract ValueTask WriteAsync(ResponseWriter writer, ProtocolVersion version, CancellationToken cancellationToken);

    /// <summary>What was done has been taken back, with all of its batch.</summary>
    public virtual void Undo()
    {
    }

    /// <summary>The item, refused after it had been done.</summary>
    public FailedItem Refused(KeyreeveException refusal) => new(Request, refusal);

    /// <summary>The item as a failure.</summary>
    public virtual ResponseBatchItem Failure(KeyreeveException refusal, ProtocolVersion version) => new()
    {
        Operation = Request.Operation,
        UniqueBatchItemId = Request.UniqueBatchItemId,
        ResultStatus = ResultStatus.OperationFailed,
        ResultReason = KmipErrors.ReasonFor(refusal.Error, version, Request.Operation),
        ResultMessage = refusal.Message,
    };
}

/// <summary>An item that was done.</summary>
/// <param name="request">What was asked.</param>
/// <param name="held">What it returns.</param>
/// <param name="givesOut">Whether that is a secret, or was made with one.</param>
internal sealed class SucceededItem<TPayload>(RequestBatchItem request, Held<TPayload> held, bool givesOut) : PendingItem(request)
    where TPayload : IWireStructure<TPayload>, new()
{
    private ResultStatus _status = ResultStatus.Success;

    public override ValueTask WriteAsync(ResponseWriter writer, ProtocolVersion version, CancellationToken cancellationToken) =>
        WriteAsync(writer, cancellationToken);

    // spec: KMIP 2.1 §9.19 "Operation Undone – The requested operation was performed, but had to be undone". Nothing was given out for it.
    public override void Undo() => _status = ResultStatus.OperationUndone;

    private async ValueTask WriteAsync(ResponseWriter writer, CancellationToken cancellationToken)
    {
        var payload = await held.ReleaseAsync(cancellationToken);
        var item = new ResponseBatchItem
        {
            Operation = Request.Operation,
            UniqueBatchItemId = Request.UniqueBatchItemId,
            ResultStatus = _status,
        };
        if (_status == ResultStatus.Success || !givesOut) writer.WriteItem(item, payload);
        else writer.WriteItem(item);
    }
}

/// <summary>An item that was refused; its audit record is durable already.</summary>
internal sealed class FailedItem(RequestBatchItem request, KeyreeveException refusal, bool withoutOperation = false) : PendingItem(request)
{
    /// <summary>Why.</summary>
    public KeyreeveError Error => refusal.Error;

    public override ValueTask WriteAsync(ResponseWriter writer, ProtocolVersion version, CancellationToken cancellationToken)
    {
        writer.WriteItem(Failure(refusal, version));
        return ValueTask.CompletedTask;
    }

    public override ResponseBatchItem Failure(KeyreeveException refusal, ProtocolVersion version)
    {
        if (!withoutOperation) return base.Failure(refusal, version);
        return new()
        {
            ResultStatus = ResultStatus.OperationFailed,
            ResultReason = KmipErrors.ReasonFor(refusal.Error, version),
            ResultMessage = refusal.Message,
        };
    }
}

/// <summary>A call on its way through a batch.</summary>
/// <param name="Call">Who calls.</param>
/// <param name="Message">What becomes of the message.</param>
internal sealed record KmipCall(Call Call, PendingMessage Message)
{
    /// <summary>The version of the message.</summary>
    public ProtocolVersion Version => Message.Version;

    /// <summary>Whether the Data that the item gives is for later items alone.</summary>
    public bool WithholdsData { get; init; }

    /// <summary>What the items so far have made or found.</summary>
    public BatchResults Results { get; } = new();

    /// <summary>Translates keys of this message.</summary>
    public KeyBlocks KeyBlocks { get; } = new(Message.Version, Message.Wiped);
}
