using System.Numerics;
using System.Security.Cryptography;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>What one message may cost the server.</summary>
public sealed class KmipWorkTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    [Fact]
    public async Task Batch_OfManyExpensiveItems_IsRefusedBeyondItsBudget()
    {
        using var certificate = door.Enrol("work-app");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        var batch = new KmipBatch { BatchErrorContinuationOption = BatchErrorContinuationOption.Continue };
        // To tell whether so long a number is prime may take seconds; that this one is not is seen at once.
        var items = Enumerable.Range(0, 12).Select(_ => batch.Add(new CreateSplitKeyRequest
        {
            ObjectType = ObjectType.SplitKey,
            SplitKeyParts = 2,
            SplitKeyThreshold = 2,
            SplitKeyMethod = SplitKeyMethod.PolynomialSharingPrimeField,
            PrimeFieldSize = KmipValue.BigInteger(BigInteger.One << 4090),
            Attributes = new AttributeList(
                KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES), KmipAttribute.CryptographicLength(128),
                KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt)),
        })).ToList();
        using var answer = await client.SendAsync(batch);
        var reasons = items.ConvertAll(item => Assert.Throws<KmipException>(() => answer.Get(item)).ResultReason);
        Assert.All(reasons.Take(6), static reason => Assert.Equal(ResultReason.InvalidField, reason));
        Assert.All(reasons.Skip(6), static reason => Assert.Equal(ResultReason.ServerLimitExceeded, reason));

        // The next message has a budget of its own.
        var next = new KmipBatch();
        var first = next.Add(new CreateRequest
        {
            ObjectType = ObjectType.SymmetricKey,
            Attributes = new AttributeList(
                KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES), KmipAttribute.CryptographicLength(128),
                KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt)),
        });
        using var after = await client.SendAsync(next);
        Assert.NotEqual(default, after.Get(first).UniqueIdentifier);
    }

    [Fact]
    public async Task Batch_WhoseResultsGrowWithoutEnd_IsCutOff()
    {
        using var certificate = door.Enrol("size-app");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        var big = await client.RegisterAsync(ManagedObject.FromOpaque((OpaqueDataType)0x80000000, RandomNumberGenerator.GetBytes(1_000_000)), AttributeList.Empty);
        var batch = new KmipBatch { BatchErrorContinuationOption = BatchErrorContinuationOption.Continue };
        var items = Enumerable.Range(0, 20).Select(_ => batch.Add(new GetRequest { UniqueIdentifier = big })).ToList();
        await using var patient = new KmipClient(new KmipClientOptions
        {
            Host = "127.0.0.1", Port = door.EndPoint.Port, Tls = door.ClientTls(certificate), Versions = [ProtocolVersion.Kmip21], MaximumResponseLengthInBytes = 64 << 20,
            RequestTimeout = TimeSpan.FromMinutes(2),
        });
        using var answer = await patient.SendAsync(batch);
        var refusals = items.ConvertAll(item => Record.Exception(() => answer.Get(item)) as KmipException);
        Assert.Equal(17, refusals.Count(static refused => refused is null));
        Assert.All(refusals.Skip(17), static refused => Assert.Equal(ResultReason.ServerLimitExceeded, refused!.ResultReason));
    }
}
