using System.Security.Cryptography;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>A message in several parts belongs to whom it was begun by: principal, user, operation and key.</summary>
public sealed class KmipStreamOwnerTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    [Fact]
    [Trait("Attack", "28")]
    public async Task Continue_StreamOfAnother_IsAsIfThereWereNone()
    {
        await using var people = new KmipPeople(door, "stream-officer");
        await people.UserAsync("stream-fred", "f");
        using var mine = door.Enrol("stream-mine");
        using var others = door.Enrol("stream-others");
        using var elsewhere = await door.EnrolElsewhereAsync("stream-elsewhere");
        await using var owner = door.Client(mine, ProtocolVersion.Kmip21);
        await using var neighbour = door.Client(others, ProtocolVersion.Kmip21);
        await using var stranger = door.Client(elsewhere, ProtocolVersion.Kmip21);
        using var begun = await owner.HashAsync(Hash("abc", init: true));
        var correlation = begun.Payload.CorrelationValue!.Value.ToArray();

        foreach (var somebody in new[] { neighbour, stranger, KmipPeople.As(owner, "stream-fred", "f") })
            Assert.Equal(ResultReason.InvalidCorrelationValue, await ReasonAsync(() => somebody.HashAsync(Hash("def", correlation, final: true))));
        // Nor is it one of another operation, or of a key.
        var key = await HmacKeyAsync(owner);
        Assert.Equal(ResultReason.InvalidCorrelationValue, await ReasonAsync(() => owner.MACAsync(
            new MACRequest { UniqueIdentifier = key, Data = DataReference.From("def"u8.ToArray()), CorrelationValue = correlation, FinalIndicator = true })));

        // What the others tried has changed nothing, and the value holds once.
        using var ended = await owner.HashAsync(Hash("def", correlation, final: true));
        Assert.Equal(SHA256.HashData("abcdef"u8), ended.Payload.Data!.Value.ToArray());
        Assert.Equal(ResultReason.InvalidCorrelationValue, await ReasonAsync(() => owner.HashAsync(Hash("def", correlation, final: true))));
    }

    [Fact]
    public async Task Continue_WithAnotherKey_IsAsIfThereWereNone()
    {
        using var certificate = door.Enrol("stream-keys");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        var (first, second) = (await HmacKeyAsync(client), await HmacKeyAsync(client));
        using var begun = await client.MACAsync(new MACRequest { UniqueIdentifier = first, Data = DataReference.From("abc"u8.ToArray()), InitIndicator = true });
        var correlation = begun.Payload.CorrelationValue!.Value.ToArray();
        MACRequest Last(UniqueIdentifier key) => new() { UniqueIdentifier = key, Data = DataReference.From("def"u8.ToArray()), CorrelationValue = correlation, FinalIndicator = true };
        Assert.Equal(ResultReason.InvalidCorrelationValue, await ReasonAsync(() => client.MACAsync(Last(second))));
        using var ended = await client.MACAsync(Last(first));
        using var whole = await client.MACAsync(new MACRequest { UniqueIdentifier = first, Data = DataReference.From("abcdef"u8.ToArray()) });
        Assert.Equal(whole.Payload.MACData!.Value.ToArray(), ended.Payload.MACData!.Value.ToArray());
    }

    private static HashRequest Hash(string data, byte[]? correlation = null, bool init = false, bool final = false) => new()
    {
        CryptographicParameters = new CryptographicParameters { HashingAlgorithm = HashingAlgorithm.SHA_256 },
        Data = DataReference.From(System.Text.Encoding.ASCII.GetBytes(data)),
        CorrelationValue = correlation is null ? default(ReadOnlyMemory<byte>?) : correlation,
        InitIndicator = init ? true : null,
        FinalIndicator = final ? true : null,
    };

    private static async Task<UniqueIdentifier> HmacKeyAsync(KmipClient client)
    {
        var id = await client.RegisterAsync(
            KmipObjects.Hmac(RandomNumberGenerator.GetBytes(32)),
            new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.MACGenerate | CryptographicUsageMask.MACVerify)));
        await client.ActivateAsync(id);
        return id;
    }

    private static async Task<ResultReason?> ReasonAsync<TResult>(Func<Task<TResult>> operation) => (await Assert.ThrowsAsync<KmipException>(operation)).ResultReason;
}
