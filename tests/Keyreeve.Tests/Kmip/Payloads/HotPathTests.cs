using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Kmip.Ttlv;
using Xunit;

namespace Keyreeve.Tests.Kmip.Payloads;

/// <summary>Encrypt, Decrypt and Get decode and encode without allocating.</summary>
public sealed class HotPathTests(ITestOutputHelper output)
{
    private static readonly byte[] Data = new byte[128];

    private static readonly UniqueIdentifier Key = UniqueIdentifier.From("0195f3a1-7c00-7000-8000-000000000001");

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 1)]
    public void Decode_EncryptRequest_AllocatesNothing(int major, int minor)
    {
        var message = Request(new ProtocolVersion(major, minor), new EncryptRequest
        {
            UniqueIdentifier = Key,
            CryptographicParameters = new CryptographicParameters { BlockCipherMode = BlockCipherMode.GCM, TagLength = 16 },
            Data = (DataReference)(ReadOnlyMemory<byte>)Data,
            AuthenticatedEncryptionAdditionalData = Data,
        });

        var allocated = Allocated(() =>
        {
            var request = RequestMessage.Decode(message, maximumItems: 100);
            var sum = 0;
            foreach (var item in request.Items)
            {
                var payload = item.RequestPayload.Decode<EncryptRequest>(request.Header.ProtocolVersion);
                sum += payload.Data!.Value.Bytes!.Value.Length + payload.UniqueIdentifier!.Value.Utf8.Length + payload.CryptographicParameters!.Value.TagLength!.Value;
            }

            return sum;
        });
        output.WriteLine($"decode of an Encrypt request of {message.Length} bytes: {allocated} bytes allocated");
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void WriteItem_EncryptResponse_AllocatesNothing()
    {
        using var writer = new TtlvWriter(4096);
        var response = new ResponseWriter(writer);
        var allocated = Allocated(() =>
        {
            writer.Clear();
            response.Begin(new ResponseHeader { ProtocolVersion = ProtocolVersion.Kmip21, TimeStamp = DateTimeOffset.UnixEpoch });
            response.WriteItem(
                new ResponseBatchItem { Operation = Operation.Encrypt, ResultStatus = ResultStatus.Success },
                new EncryptResponse { UniqueIdentifier = Key, Data = Data, IVCounterNonce = Data, AuthenticatedEncryptionTag = Data });
            response.Complete();
            return writer.Length;
        });
        output.WriteLine($"encode of an Encrypt response of {writer.Length} bytes: {allocated} bytes allocated");
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void DecodeAndWriteItem_Get_AllocatesNothing()
    {
        var message = Request(ProtocolVersion.Kmip14, new GetRequest { UniqueIdentifier = Key, KeyFormatType = KeyFormatType.Raw });
        using var writer = new TtlvWriter(4096);
        var response = new ResponseWriter(writer);
        var allocated = Allocated(() =>
        {
            writer.Clear();
            var request = RequestMessage.Decode(message, maximumItems: 100);
            response.Begin(new ResponseHeader { ProtocolVersion = request.Header.ProtocolVersion, TimeStamp = DateTimeOffset.UnixEpoch });
            foreach (var item in request.Items)
            {
                var get = item.RequestPayload.Decode<GetRequest>(request.Header.ProtocolVersion);
                var block = new KeyBlock
                {
                    KeyFormatType = get.KeyFormatType!.Value,
                    KeyValue = KeyValue.FromBytes(Data),
                    CryptographicAlgorithm = CryptographicAlgorithm.AES,
                    CryptographicLength = 256,
                };
                response.WriteItem(
                    new ResponseBatchItem { Operation = item.Operation, UniqueBatchItemId = item.UniqueBatchItemId },
                    new GetResponse
                    {
                        ObjectType = ObjectType.SymmetricKey,
                        UniqueIdentifier = get.UniqueIdentifier!.Value,
                        Object = ManagedObject.FromKey(ObjectType.SymmetricKey, block),
                    });
            }

            response.Complete();
            return writer.Length;
        });
        output.WriteLine($"Get, decoded and answered: {allocated} bytes allocated");
        Assert.Equal(0, allocated);
    }

    private static byte[] Request<TPayload, TResponse>(ProtocolVersion version, IRequestPayload<TPayload, TResponse> payload)
        where TPayload : IRequestPayload<TPayload, TResponse>, new()
        where TResponse : Keyreeve.Kmip.Codec.IWireStructure<TResponse>, new()
    {
        using var writer = new TtlvWriter();
        var request = new RequestWriter(writer);
        request.Begin(new RequestHeader { ProtocolVersion = version });
        request.WriteItem(new RequestBatchItem { Operation = TPayload.Operation }, (TPayload)payload);
        request.Complete();
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>What one call allocates once everything is compiled and built: the least of several, for other threads' sake.</summary>
    private static long Allocated(Func<int> action)
    {
        var least = long.MaxValue;
        for (var i = 0; i < 50; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.True(action() > 0);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
