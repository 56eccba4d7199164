using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>Operations that PyKMIP's server does not have, or has in part: our client with our server.</summary>
public sealed class KmipClientOperationsTests(KmipDoor door) : IClassFixture<KmipDoor>, IDisposable
{
    private static readonly CryptographicParameters Sha256 = new() { HashingAlgorithm = HashingAlgorithm.SHA_256 };

    private readonly X509Certificate2 _certificate = door.Enrol("operations");

    public void Dispose() => _certificate.Dispose();

    [Theory]
    [InlineData("1.2")]
    [InlineData("1.4")]
    [InlineData("2.1")]
    [InlineData("3.0")]
    public async Task CryptographicOperations_ByTheirMethods_GiveWhatTheyShould(string version)
    {
        await using var client = Client(version);
        byte[] secret = RandomNumberGenerator.GetBytes(32), data = "message"u8.ToArray();
        var mask = CryptographicUsageMask.MACGenerate | CryptographicUsageMask.MACVerify;
        var key = await client.RegisterAsync(KmipObjects.Hmac(secret), new AttributeList(KmipAttribute.CryptographicUsageMask(mask)));
        await client.ActivateAsync(key);
        var hmac = new CryptographicParameters { CryptographicAlgorithm = CryptographicAlgorithm.HMAC_SHA256 };

        using var made = await client.MACAsync(new() { UniqueIdentifier = key, CryptographicParameters = hmac, Data = DataReference.From(data) });
        Assert.Equal(HMACSHA256.HashData(secret, data), made.Payload.MACData!.Value.ToArray());
        using var genuine = await client.MACVerifyAsync(new()
        {
            UniqueIdentifier = key, CryptographicParameters = hmac, Data = DataReference.From(data), MACData = made.Payload.MACData,
        });
        Assert.Equal(ValidityIndicator.Valid, genuine.Payload.ValidityIndicator);

        using var digest = await client.HashAsync(new() { CryptographicParameters = Sha256, Data = DataReference.From(data) });
        Assert.Equal(SHA256.HashData(data), digest.Payload.Data!.Value.ToArray());
        using var random = await client.RNGRetrieveAsync(new() { DataLength = 40 });
        Assert.Equal(40, random.Payload.Data!.Value.Length);
        using var seeded = await client.RNGSeedAsync(new() { Data = DataReference.From(data) });
        Assert.InRange(seeded.Payload.DataLength, 0, data.Length);
    }

    [Fact]
    public async Task KeyPair_SignsAndIsReplaced()
    {
        await using var client = Client("2.1");
        var (privateKey, publicKey) = await client.CreateKeyPairAsync(
            new AttributeList(KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.RSA), KmipAttribute.CryptographicLength(2048)),
            new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Sign)),
            new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Verify)));
        await client.ActivateAsync(privateKey);
        await client.ActivateAsync(publicKey);
        var pss = new CryptographicParameters { PaddingMethod = PaddingMethod.PSS, HashingAlgorithm = HashingAlgorithm.SHA_256, CryptographicAlgorithm = CryptographicAlgorithm.RSA };
        var data = "so it is"u8.ToArray();
        using var signed = await client.SignAsync(new() { UniqueIdentifier = privateKey, CryptographicParameters = pss, Data = DataReference.From(data) });
        using var genuine = await client.SignatureVerifyAsync(new()
        {
            UniqueIdentifier = publicKey, CryptographicParameters = pss, Data = DataReference.From(data), SignatureData = signed.Payload.SignatureData,
        });
        Assert.Equal(ValidityIndicator.Valid, genuine.Payload.ValidityIndicator);

        using var replaced = await client.ReKeyKeyPairAsync(new() { PrivateKeyUniqueIdentifier = privateKey });
        Assert.NotEqual(privateKey, replaced.Payload.PrivateKeyUniqueIdentifier);
        Assert.NotEqual(publicKey, replaced.Payload.PublicKeyUniqueIdentifier);
    }

    [Theory]
    [InlineData("1.0")]
    [InlineData("1.4")]
    [InlineData("2.1")]
    public async Task Key_IsDerivedReplacedCheckedLeasedArchivedAndRecovered(string version)
    {
        await using var client = Client(version);
        var secret = RandomNumberGenerator.GetBytes(32);
        var parent = await client.RegisterAsync(KmipObjects.Aes(secret), new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.DeriveKey)));
        await client.ActivateAsync(parent);
        using var derived = await client.DeriveKeyAsync(new()
        {
            ObjectType = ObjectType.SymmetricKey,
            UniqueIdentifiers = [parent],
            DerivationMethod = DerivationMethod.HMAC,
            DerivationParameters = new() { CryptographicParameters = Sha256, DerivationData = [KmipValue.Bytes("for orders"u8.ToArray())] },
            Attributes = Aes256(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt),
        });
        var key = derived.Payload.UniqueIdentifier;
        using (var got = await client.GetAsync(key))
            Assert.Equal(HMACSHA256.HashData(secret, "for orders"u8), got.Payload.Object.KeyBlock.KeyValue!.Value.KeyMaterial.AsBytes().ToArray());

        await client.ActivateAsync(key);
        using var replaced = await client.ReKeyAsync(new() { UniqueIdentifier = key });
        Assert.NotEqual(key, replaced.Payload.UniqueIdentifier);
        using var usable = await client.CheckAsync(new() { UniqueIdentifier = key, CryptographicUsageMask = CryptographicUsageMask.Encrypt });
        Assert.Equal(key, usable.Payload.UniqueIdentifier);
        using var leased = await client.ObtainLeaseAsync(new() { UniqueIdentifier = key });
        Assert.Equal(key, leased.Payload.UniqueIdentifier);

        using var archived = await client.ArchiveAsync(new() { UniqueIdentifier = key });
        var thrown = await Assert.ThrowsAsync<KmipException>(() => client.GetAsync(key));
        Assert.Equal(ResultReason.ObjectArchived, thrown.ResultReason);
        using var recovered = await client.RecoverAsync(new() { UniqueIdentifier = key });
        using var back = await client.GetAsync(key);
        Assert.Equal(key, back.Payload.UniqueIdentifier);
    }

    [Fact]
    public async Task SplitKey_IsJoinedToTheKeyThatItWas()
    {
        await using var client = Client("2.0");
        var secret = RandomNumberGenerator.GetBytes(16);
        var key = await client.RegisterAsync(KmipObjects.Aes(secret), new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt)));
        using var split = await client.CreateSplitKeyAsync(new()
        {
            ObjectType = ObjectType.SplitKey, UniqueIdentifier = key, SplitKeyParts = 4, SplitKeyThreshold = 3, SplitKeyMethod = SplitKeyMethod.PolynomialSharingGF2_8,
        });
        Assert.Equal(4, split.Payload.UniqueIdentifiers.Length);
        using var joined = await client.JoinSplitKeyAsync(new() { ObjectType = ObjectType.SymmetricKey, UniqueIdentifiers = [.. split.Payload.UniqueIdentifiers.Skip(1)] });
        using var got = await client.GetAsync(joined.Payload.UniqueIdentifier);
        Assert.Equal(secret, got.Payload.Object.KeyBlock.KeyValue!.Value.KeyMaterial.AsBytes().ToArray());
    }

    // Each has a shorthand beside, which takes something else that can be made by new().
    [Fact]
    public async Task Operation_AskedForByNew_IsItsRequest()
    {
        await using var client = Client("2.1");
        using var query = await client.QueryAsync(new() { QueryFunctions = [QueryFunction.QueryOperations] });
        Assert.NotEmpty(query.Payload.Operations);
        using var versions = await client.DiscoverVersionsAsync(new() { ProtocolVersions = [ProtocolVersion.Kmip21] });
        Assert.Equal([ProtocolVersion.Kmip21], versions.Payload.ProtocolVersions);
        var key = await client.CreateAsync(ObjectType.SymmetricKey, Aes256(CryptographicUsageMask.Encrypt));
        using var attributes = await client.GetAttributesAsync(new() { UniqueIdentifier = key, AttributeReferences = [Tag.State] });
        Assert.Single(attributes.Payload.Attributes!);
        using var list = await client.GetAttributeListAsync(new() { UniqueIdentifier = key });
        Assert.Contains(Tag.State, list.Payload.AttributeReferences);
        using var got = await client.GetAsync(new() { UniqueIdentifier = key });
        Assert.Equal(key, got.Payload.UniqueIdentifier);
        using var activated = await client.ActivateAsync(new() { UniqueIdentifier = key });
        using var revoked = await client.RevokeAsync(new() { UniqueIdentifier = key, RevocationReason = new() { RevocationReasonCode = RevocationReasonCode.CessationOfOperation } });
        using var destroyed = await client.DestroyAsync(new() { UniqueIdentifier = key });
        Assert.Equal(key, destroyed.Payload.UniqueIdentifier);
    }

    [Fact]
    public async Task Object_ExportedAndDestroyed_IsImportedAgain()
    {
        await using var client = Client("2.1");
        var secret = RandomNumberGenerator.GetBytes(32);
        var key = await client.RegisterAsync(KmipObjects.Aes(secret), new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Export)));
        using var exported = await client.ExportAsync(new() { UniqueIdentifier = key });
        Assert.Equal(secret, exported.Payload.Object!.Value.KeyBlock.KeyValue!.Value.KeyMaterial.AsBytes().ToArray());
        await client.DestroyAsync(key);
        using var imported = await client.ImportAsync(new()
        {
            UniqueIdentifier = key, ReplaceExisting = true, ObjectType = ObjectType.SymmetricKey, Object = exported.Payload.Object.Value, Attributes = Aes256(CryptographicUsageMask.Encrypt),
        });
        using var got = await client.GetAsync(key);
        Assert.Equal(secret, got.Payload.Object.KeyBlock.KeyValue!.Value.KeyMaterial.AsBytes().ToArray());
    }

    [Fact]
    public async Task Ticket_FromLogin_AuthenticatesUntilLogout()
    {
        await using var client = Client("2.1");
        using var login = await client.LoginAsync(new());
        var ticket = login.Payload.Ticket;
        var session = client.With(new KmipRequestOptions { Authentication = new() { Credentials = [Credential.From(new TicketCredential { Ticket = ticket })] } });
        using (var alive = await session.PingAsync(new()))
            Assert.Equal(ProtocolVersion.Kmip21, alive.Header.ProtocolVersion);
        using (var ended = await client.LogoutAsync(new() { Ticket = ticket }))
            Assert.NotEqual(default, ended.Header.TimeStamp);
        var thrown = await Assert.ThrowsAsync<KmipException>(() => session.QueryAsync([QueryFunction.QueryOperations]));
        Assert.Equal(ResultReason.InvalidTicket, thrown.ResultReason);
    }

    [Theory]
    [InlineData("1.2", false)]
    [InlineData("2.1", true)]
    public async Task StartAsync_WithOurServer_GivesTheResultInTheEnd(string version, bool mandatory)
    {
        await using var client = Client(version);
        using var started = await client.StartAsync(
            new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Aes256(CryptographicUsageMask.Encrypt) }, mandatory);
        Assert.True(started.CorrelationValue is not null || !mandatory);
        using var result = await started.WaitAsync(TimeSpan.FromMilliseconds(20));
        Assert.Contains((AttributeReference)Tag.State, await client.GetAttributeListAsync(result.Payload.UniqueIdentifier));
    }

    [Fact]
    public async Task With_MaximumResponseSizeTooSmall_IsRefusedByTheServer()
    {
        await using var client = Client("1.4");
        var narrow = client.With(new KmipRequestOptions { MaximumResponseSize = 256, ClientCorrelationValue = "narrow" });
        var thrown = await Assert.ThrowsAsync<KmipException>(() => narrow.QueryAsync([QueryFunction.QueryOperations, QueryFunction.QueryObjects]));
        Assert.Equal(ResultReason.ResponseTooLarge, thrown.ResultReason);
        Assert.NotEmpty((await client.QueryAsync([QueryFunction.QueryOperations])).Operations);
    }

    private KmipClient Client(string version) => door.Client(_certificate, new ProtocolVersion(version[0] - '0', version[2] - '0'));

    private static AttributeList Aes256(CryptographicUsageMask mask) => new(
        KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES), KmipAttribute.CryptographicLength(256), KmipAttribute.CryptographicUsageMask(mask));
}
