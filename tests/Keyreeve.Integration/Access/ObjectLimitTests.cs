using System.Text.Json.Nodes;
using Keyreeve.Integration.Kmip;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Access;

/// <summary>How many objects a principal may have, against each operation that makes some: one too many is not made, and as many as there is room for are.</summary>
public sealed class ObjectLimitTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 32).Select(static i => (byte)i)];

    private static readonly IReadOnlyDictionary<string, Maker> Makers = new Dictionary<string, Maker>(StringComparer.Ordinal)
    {
        ["Create"] = new(1, static client => Same(() => CreateAsync(client))),
        ["CreateKeyPair"] = new(2, static client => Same(() => CreatePairAsync(client))),
        ["Register"] = new(1, static client => Same(() => client.RegisterAsync(KmipObjects.Password("open sesame"u8.ToArray()), AttributeList.Empty))),
        ["Import"] = new(1, static client => Same(() => client.SendAsync(new ImportRequest
        {
            UniqueIdentifier = UniqueIdentifier.From($"{Guid.CreateVersion7()}"), ObjectType = ObjectType.SymmetricKey, Attributes = Mask(CryptographicUsageMask.Encrypt), Object = KmipObjects.Aes(Bytes),
        }))),
        ["DeriveKey"] = new(1, static async client =>
        {
            var from = await CreateAsync(client);
            await client.ActivateAsync(from);
            return () => client.SendAsync(new DeriveKeyRequest
            {
                ObjectType = ObjectType.SymmetricKey,
                UniqueIdentifiers = [from],
                DerivationMethod = DerivationMethod.HMAC,
                DerivationParameters = new() { CryptographicParameters = new() { HashingAlgorithm = HashingAlgorithm.SHA_256 }, DerivationData = [KmipValue.Bytes(Bytes)] },
                Attributes = Aes,
            });
        }),
        ["CreateSplitKey"] = new(3, static client => Same(() => SplitAsync(client))),
        ["JoinSplitKey"] = new(1, static async client =>
        {
            var parts = (await SplitAsync(client)).UniqueIdentifiers;
            return () => SendAsync(client, new JoinSplitKeyRequest { ObjectType = ObjectType.SymmetricKey, UniqueIdentifiers = [.. parts] });
        }),
        ["ReKey"] = new(1, static async client =>
        {
            var latest = await CreateAsync(client);
            return async () => latest = (await SendAsync(client, new ReKeyRequest { UniqueIdentifier = latest })).UniqueIdentifier;
        }),
        ["ReKeyKeyPair"] = new(2, static async client =>
        {
            var latest = (await CreatePairAsync(client)).PrivateKey;
            return async () => latest = (await SendAsync(client, new ReKeyKeyPairRequest { PrivateKeyUniqueIdentifier = latest })).PrivateKeyUniqueIdentifier;
        }),
        ["Certify"] = new(1, static async client =>
        {
            var key = (await CreatePairAsync(client)).PublicKey;
            return () => CertifyAsync(client, key);
        }),
        ["ReCertify"] = new(1, static async client =>
        {
            var latest = (await CertifyAsync(client, (await CreatePairAsync(client)).PublicKey)).UniqueIdentifier;
            return async () => latest = (await SendAsync(client, new ReCertifyRequest { UniqueIdentifier = latest })).UniqueIdentifier;
        }),
    };

    public static TheoryData<string> Operations => [.. Makers.Keys];

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Limit_OfObjects_HoldsForEachOperationThatMakesSome(string operation)
    {
        var name = "maker-" + operation.ToLowerInvariant();
        var principal = await server.EnrolAsync(name, name, "use", "manage", "export");
        await using var kmip = server.Kmip(principal);
        // Whoever has the first certificate made has the tenant's authority made with it.
        await using (var app = server.Kmip(server.App)) await CertifyAsync(app, (await CreatePairAsync(app)).PublicKey);
        // A limit is of one at least.
        await CreateAsync(kmip);
        var (makes, prepareAsync) = Makers[operation];
        var makeAsync = await prepareAsync(kmip);
        var had = await CountAsync(kmip);

        await LimitAsync(name, had + makes - 1);
        await RefusedAsync(makeAsync);
        Assert.Equal(had, await CountAsync(kmip));

        await LimitAsync(name, had + makes);
        await makeAsync();
        Assert.Equal(had + makes, await CountAsync(kmip));
        await RefusedAsync(makeAsync);
        Assert.Equal(had + makes, await CountAsync(kmip));
    }

    private static AttributeList Aes => new(
        KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES), KmipAttribute.CryptographicLength(256),
        KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt | CryptographicUsageMask.DeriveKey));

    private static AttributeList Mask(CryptographicUsageMask mask) => new(KmipAttribute.CryptographicUsageMask(mask));

    private static Task<UniqueIdentifier> CreateAsync(KmipClient client) => client.CreateAsync(ObjectType.SymmetricKey, Aes);

    private static Task<CreateSplitKeyResponse> SplitAsync(KmipClient client) => SendAsync(client, new CreateSplitKeyRequest
    {
        ObjectType = ObjectType.SplitKey, SplitKeyParts = 3, SplitKeyThreshold = 2, SplitKeyMethod = SplitKeyMethod.PolynomialSharingGF2_16, Attributes = Aes,
    });

    private static Task<(UniqueIdentifier PrivateKey, UniqueIdentifier PublicKey)> CreatePairAsync(KmipClient client) => client.CreateKeyPairAsync(
        new AttributeList(KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.ECDSA), KmipAttribute.CryptographicLength(256)),
        Mask(CryptographicUsageMask.Sign), Mask(CryptographicUsageMask.Verify));

    private static Task<CertifyResponse> CertifyAsync(KmipClient client, UniqueIdentifier key) => SendAsync(client, new CertifyRequest
    {
        UniqueIdentifier = key,
        Attributes = new(new KmipAttribute(Tag.CertificateType, KmipValue.Enumeration(CertificateType.X_509)), new KmipAttribute(Tag.CertificateSubjectCN, KmipValue.Text("made"))),
    });

    private static async Task<TResponse> SendAsync<TRequest, TResponse>(KmipClient client, IRequestPayload<TRequest, TResponse> request)
        where TRequest : IRequestPayload<TRequest, TResponse>, new()
        where TResponse : IWireStructure<TResponse>, new() => (await client.SendAsync(request)).Payload;

    private static Task<Func<Task>> Same(Func<Task> makeAsync) => Task.FromResult(makeAsync);

    // All that lies in the group of the principal, which alone makes there.
    private static async Task<int> CountAsync(KmipClient client) => (await client.LocateAsync(AttributeList.Empty)).Length;

    private static async Task RefusedAsync(Func<Task> makeAsync)
    {
        var refused = await Assert.ThrowsAsync<KmipException>(makeAsync);
        Assert.Equal(ResultReason.ServerLimitExceeded, refused.ResultReason);
        Assert.Contains("objects", refused.Message, StringComparison.Ordinal);
    }

    private Task LimitAsync(string name, int objects) => server.ChangePolicyAsync(
        policy => policy["limits"] = new JsonArray(new JsonObject { ["principal"] = name, ["objects"] = objects }));

    /// <summary>An operation that makes objects.</summary>
    /// <param name="Makes">How many it makes.</param>
    /// <param name="PrepareAsync">Makes what it takes, and says how to do it.</param>
    private sealed record Maker(int Makes, Func<KmipClient, Task<Func<Task>>> PrepareAsync);
}
