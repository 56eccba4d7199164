using System.Buffers.Binary;
using System.Collections.Immutable;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Integration.Kmip.Probe;

/// <summary>One request of a probe: what it is called where it fails, and its items, of which the last is the probe.</summary>
internal sealed record ProbeRequest(string What, Operation Operation, ImmutableArray<(Operation Operation, byte[] Payload)> Items)
{
    /// <summary>The header, where it says more than the version.</summary>
    public RequestHeader Header { get; init; }
}

/// <summary>How one item was answered.</summary>
internal sealed record ProbeAnswer(ResultStatus Status, ResultReason? Reason, string? Message);

/// <summary>A connection that sends many requests and then reads their answers: the server answers what is buffered in one go.</summary>
internal sealed class ProbeConnection(RawKmipClient client, ProtocolVersion version)
{
    private const int AtOnce = 40;

    /// <summary>The answers to every item of each probe.</summary>
    public async Task<IReadOnlyList<(ProbeRequest Probe, IReadOnlyList<ProbeAnswer> Answers)>> PlayAsync(IEnumerable<ProbeRequest> probes)
    {
        var played = new List<(ProbeRequest Probe, IReadOnlyList<ProbeAnswer> Answers)>();
        foreach (var some in probes.Chunk(AtOnce))
        {
            await client.SendAsync([.. some.SelectMany(MessageOf)]);
            foreach (var probe in some) played.Add((probe, await ReceiveAsync()));
        }

        return played;
    }

    private byte[] MessageOf(ProbeRequest probe)
    {
        using var writer = new TtlvWriter();
        var message = new RequestWriter(writer);
        message.Begin(new RequestHeader
        {
            ProtocolVersion = version,
            BatchCount = probe.Items.Length,
            MaximumResponseSize = probe.Header.MaximumResponseSize,
            BatchErrorContinuationOption = probe.Header.BatchErrorContinuationOption,
            BatchOrderOption = probe.Items.Length > 1 ? true : null,
        });
        for (var i = 0; i < probe.Items.Length; i++)
        {
            message.WriteItem(new RequestBatchItem
            {
                Operation = probe.Items[i].Operation,
                UniqueBatchItemId = probe.Items.Length > 1 ? new[] { (byte)i } : null,
                RequestPayload = new Keyreeve.Kmip.Codec.EncodedPayload(probe.Items[i].Payload),
            });
        }

        message.Complete();
        return writer.WrittenSpan.ToArray();
    }

    private async Task<IReadOnlyList<ProbeAnswer>> ReceiveAsync()
    {
        var header = new byte[8];
        await client.Stream.ReadExactlyAsync(header);
        var message = new byte[header.Length + BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4))];
        header.CopyTo(message, 0);
        await client.Stream.ReadExactlyAsync(message.AsMemory(header.Length));
        var answers = new List<ProbeAnswer>();
        foreach (var item in ResponseMessage.Decode(message, 1000).Items) answers.Add(new ProbeAnswer(item.ResultStatus, item.ResultReason, item.ResultMessage));
        return answers;
    }
}
