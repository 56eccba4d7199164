using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Kmip.Ttlv;
using Xunit;

namespace Keyreeve.Tests.Kmip.Messages;

public sealed class ResponseWriterTests
{
    private static readonly ResponseBatchItem Success = new() { Operation = Operation.Activate, ResultStatus = ResultStatus.Success };

    private static readonly IdentifierResponse Payload = new() { UniqueIdentifier = UniqueIdentifier.From("1") };

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 0)]
    public void Complete_SeveralItems_FillsInTheBatchCount(int major, int minor)
    {
        var version = new ProtocolVersion(major, minor);
        using var writer = new TtlvWriter();
        writer.WriteInteger(Tag.BatchCount, 0); // whatever stands before in the buffer
        var response = new ResponseWriter(writer);
        response.Begin(new ResponseHeader { ProtocolVersion = version, TimeStamp = DateTimeOffset.UnixEpoch, BatchCount = 7 });
        for (var i = 0; i < 3; i++) response.WriteItem(Success, Payload);
        response.WriteItem(new ResponseBatchItem { ResultStatus = ResultStatus.OperationFailed, ResultReason = ResultReason.ItemNotFound, ResultMessage = "gone" });
        response.Complete();

        var message = ResponseMessage.Decode(writer.WrittenMemory[16..], maximumItems: 10);
        Assert.Equal(4, message.ItemCount);
        Assert.Equal(version.Major < 3 ? 4 : null, message.Header.BatchCount);
        var items = message.Items.GetEnumerator();
        Assert.True(items.MoveNext());
        Assert.Equal("1", items.Current.ResponsePayload!.Value.Decode<IdentifierResponse>(version).UniqueIdentifier.ToString());
        while (items.MoveNext() && items.Current.ResultStatus == ResultStatus.Success)
        {
        }

        Assert.Equal(ResultReason.ItemNotFound, items.Current.ResultReason);
        Assert.Null(items.Current.ResponsePayload);
        Assert.Null(items.Current.UniqueBatchItemId);
    }

    [Fact]
    public void RollBackItem_WrittenOrHalfWritten_TakesItBack()
    {
        using var writer = new TtlvWriter();
        var response = new ResponseWriter(writer);
        response.Begin(new ResponseHeader { ProtocolVersion = ProtocolVersion.Kmip14, TimeStamp = DateTimeOffset.UnixEpoch });
        response.WriteItem(Success, Payload);
        var length = response.Length;

        response.WriteItem(Success, Payload);
        response.RollBackItem();
        Assert.Equal((length, 1), (response.Length, response.ItemCount));

        response.BeginItem(Success);
        response.Payload.WriteTextString(Tag.UniqueIdentifier, "half");
        response.RollBackItem();
        Assert.Equal((length, 1), (response.Length, response.ItemCount));

        response.Complete();
        Assert.Equal(1, ResponseMessage.Decode(writer.WrittenMemory, maximumItems: 10).ItemCount);
    }

    [Fact]
    public void WriteItem_QueryResponseForAnOlderVersion_LeavesOutWhatItDoesNotHave()
    {
        var full = new QueryResponse
        {
            Operations = [Operation.Query],
            VendorIdentification = "Keyreeve",
            RNGParameters = [new() { RNGAlgorithm = RNGAlgorithm.DRBG }],
            CapabilityInformation = [new() { StreamingCapability = true, BatchUndoCapability = true, QuantumSafeCapability = false }],
            ProtectionStorageMasks = new() { Masks = [ProtectionStorageMask.Software] },
        };

        Assert.Empty(Decoded(ProtocolVersion.Kmip12).RNGParameters);
        Assert.Empty(Decoded(ProtocolVersion.Kmip12).CapabilityInformation);
        Assert.Equal((true, null), (Decoded(ProtocolVersion.Kmip13).CapabilityInformation[0].StreamingCapability, Decoded(ProtocolVersion.Kmip13).CapabilityInformation[0].BatchUndoCapability));
        Assert.Null(Decoded(ProtocolVersion.Kmip14).CapabilityInformation[0].QuantumSafeCapability);
        Assert.Null(Decoded(ProtocolVersion.Kmip14).ProtectionStorageMasks);
        Assert.Equal([ProtectionStorageMask.Software], Decoded(ProtocolVersion.Kmip21).ProtectionStorageMasks!.Masks);

        QueryResponse Decoded(ProtocolVersion version)
        {
            using var writer = new TtlvWriter();
            var response = new ResponseWriter(writer);
            response.Begin(new ResponseHeader { ProtocolVersion = version, TimeStamp = DateTimeOffset.UnixEpoch });
            response.WriteItem(new ResponseBatchItem { Operation = Operation.Query }, full);
            response.Complete();
            var items = ResponseMessage.Decode(writer.WrittenSpan.ToArray(), maximumItems: 1).Items.GetEnumerator();
            Assert.True(items.MoveNext());
            return items.Current.ResponsePayload!.Value.Decode<QueryResponse>(version);
        }
    }
}
