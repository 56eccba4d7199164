using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Server.Kmip.Notifications;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>What is another's is not there, in whatever way one asks.</summary>
public sealed class KmipIsolationTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    private static readonly KmipAttribute Comment = new(Tag.Comment, KmipValue.Text("mine now"));

    // Every operation that is about an object that exists.
    private static readonly (string Name, Func<KmipClient, UniqueIdentifier, Task> Ask)[] Operations =
    [
        Of<GetRequest, GetResponse>("Get", static id => new GetRequest { UniqueIdentifier = id }),
        Of<ExportRequest, ExportResponse>("Export", static id => new ExportRequest { UniqueIdentifier = id }),
        Of<GetAttributesRequest, GetAttributesResponse>("GetAttributes", static id => new GetAttributesRequest { UniqueIdentifier = id }),
        Of<GetAttributeListRequest, GetAttributeListResponse>("GetAttributeList", static id => new GetAttributeListRequest { UniqueIdentifier = id }),
        Of<AddAttributeRequest, AttributeChangeResponse>("AddAttribute", static id => new AddAttributeRequest { UniqueIdentifier = id, NewAttribute = Comment }),
        Of<ModifyAttributeRequest, AttributeChangeResponse>("ModifyAttribute", static id => new ModifyAttributeRequest { UniqueIdentifier = id, NewAttribute = Comment }),
        Of<SetAttributeRequest, AttributeChangeResponse>("SetAttribute", static id => new SetAttributeRequest { UniqueIdentifier = id, NewAttribute = Comment }),
        Of<DeleteAttributeRequest, AttributeChangeResponse>("DeleteAttribute", static id => new DeleteAttributeRequest { UniqueIdentifier = id, AttributeReference = Tag.Comment }),
        Of<ActivateRequest, IdentifierResponse>("Activate", static id => new ActivateRequest { UniqueIdentifier = id }),
        Of<RevokeRequest, IdentifierResponse>("Revoke", static id => new RevokeRequest { UniqueIdentifier = id, RevocationReason = new() { RevocationReasonCode = RevocationReasonCode.KeyCompromise } }),
        Of<DestroyRequest, IdentifierResponse>("Destroy", static id => new DestroyRequest { UniqueIdentifier = id }),
        Of<ArchiveRequest, IdentifierResponse>("Archive", static id => new ArchiveRequest { UniqueIdentifier = id }),
        Of<RecoverRequest, IdentifierResponse>("Recover", static id => new RecoverRequest { UniqueIdentifier = id }),
        Of<CheckRequest, CheckResponse>("Check", static id => new CheckRequest { UniqueIdentifier = id }),
        Of<ObtainLeaseRequest, ObtainLeaseResponse>("ObtainLease", static id => new ObtainLeaseRequest { UniqueIdentifier = id }),
        Of<GetUsageAllocationRequest, IdentifierResponse>("GetUsageAllocation", static id => new GetUsageAllocationRequest { UniqueIdentifier = id, UsageLimitsCount = 1 }),
        Of<ReKeyRequest, ReKeyResponse>("ReKey", static id => new ReKeyRequest { UniqueIdentifier = id }),
        Of<EncryptRequest, EncryptResponse>("Encrypt", static id => new EncryptRequest { UniqueIdentifier = id, Data = DataReference.From(new byte[16]) }),
        Of<DecryptRequest, DecryptResponse>("Decrypt", static id => new DecryptRequest { UniqueIdentifier = id, Data = DataReference.From(new byte[16]) }),
        Of<MACRequest, MACResponse>("MAC", static id => new MACRequest { UniqueIdentifier = id, Data = DataReference.From(new byte[16]) }),
        Of<SignRequest, SignResponse>("Sign", static id => new SignRequest { UniqueIdentifier = id, Data = DataReference.From(new byte[16]) }),
        Of<DeriveKeyRequest, DeriveKeyResponse>("DeriveKey", static id => new DeriveKeyRequest
        {
            ObjectType = ObjectType.SymmetricKey, UniqueIdentifiers = [id], DerivationMethod = DerivationMethod.HASH, DerivationParameters = new(), Attributes = Aes("derived"),
        }),
        Of<CreateSplitKeyRequest, CreateSplitKeyResponse>("CreateSplitKey", static id => new CreateSplitKeyRequest
        {
            ObjectType = ObjectType.SplitKey, UniqueIdentifier = id, SplitKeyParts = 2, SplitKeyThreshold = 2, SplitKeyMethod = SplitKeyMethod.XOR,
        }),
        Of<JoinSplitKeyRequest, JoinSplitKeyResponse>("JoinSplitKey", static id => new JoinSplitKeyRequest { ObjectType = ObjectType.SymmetricKey, UniqueIdentifiers = [id, id] }),
    ];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Attack", "28")]
    public async Task Object_OfAnother_IsAsIfItWereAbsent_InEveryOperation(bool isOtherTenant)
    {
        var kind = isOtherTenant ? "tenant" : "group";
        using var certificate = door.Enrol($"{kind}-owner", $"{kind}-theirs");
        using var other = isOtherTenant ? await door.EnrolElsewhereAsync($"{kind}-stranger") : door.Enrol($"{kind}-stranger", $"{kind}-own");
        await using var owner = door.Client(certificate, ProtocolVersion.Kmip21);
        await using var stranger = door.Client(other, ProtocolVersion.Kmip21);
        var theirs = await owner.CreateAsync(ObjectType.SymmetricKey, Aes($"{kind}-key"));
        var absent = UniqueIdentifier.From(Guid.CreateVersion7().ToString());
        foreach (var (name, ask) in Operations)
        {
            var missing = await Assert.ThrowsAsync<KmipException>(() => ask(stranger, absent));
            var existing = await Assert.ThrowsAsync<KmipException>(() => ask(stranger, theirs));
            Assert.True((missing.ResultReason, missing.Message) == (existing.ResultReason, existing.Message), $"{name}: {missing.Message} / {existing.Message}");
        }

        // And nothing of it has happened.
        Assert.Equal([theirs], await owner.LocateAsync(AttributeList.Empty));
        Assert.Equal(State.PreActive, (await owner.GetAttributesAsync(theirs, [Tag.State])).Single().Value.AsEnumeration<State>());
    }

    [Fact]
    [Trait("Attack", "29")]
    public async Task Locate_AndQuery_TellNothingOfAnothersObjects()
    {
        using var certificate = door.Enrol("list-owner", "list-theirs");
        using var other = door.Enrol("list-stranger", "list-own");
        await using var owner = door.Client(certificate, ProtocolVersion.Kmip21);
        await using var stranger = door.Client(other, ProtocolVersion.Kmip21);
        QueryFunction[] all = [QueryFunction.QueryOperations, QueryFunction.QueryObjects, QueryFunction.QueryServerInformation, QueryFunction.QueryCapabilities, QueryFunction.QueryDefaultsInformation];
        var before = await QueryAsync(stranger, all);
        await owner.CreateAsync(ObjectType.SymmetricKey, Aes("list-key"));
        Assert.Empty(await stranger.LocateAsync(AttributeList.Empty));
        Assert.Empty(await stranger.LocateAsync(new AttributeList(KmipAttribute.Name("list-key"))));
        using var counted = await stranger.SendAsync(new LocateRequest { Attributes = AttributeList.Empty, MaximumItems = 0 });
        Assert.Equal(0, counted.Payload.LocatedItems ?? 0);
        Assert.Equal(before, await QueryAsync(stranger, all));
    }

    [Fact]
    [Trait("Attack", "29")]
    public async Task Device_LinkedToAUser_IsThatUser_AndAnotherDeviceIsOneByItself()
    {
        await using var people = new KmipPeople(door, "device-officer");
        var password = await people.CredentialAsync(CredentialType.Password, KmipPeople.Password("w"));
        await people.UserAsync("device-wilma", password, await DeviceAsync(people, "SN-wilma"));
        await DeviceAsync(people, "SN-alone");
        using var certificate = door.Enrol("device-app", "device-own");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        var wilmas = await Device(client, "SN-wilma").CreateAsync(ObjectType.SymmetricKey, Aes("wilmas-key"));
        var alones = await Device(client, "SN-alone").CreateAsync(ObjectType.SymmetricKey, Aes("alones-key"));

        Assert.Equal([wilmas], await KmipPeople.As(client, "device-wilma", "w").LocateAsync(AttributeList.Empty));
        Assert.Equal([wilmas], await Device(client, "SN-wilma").LocateAsync(AttributeList.Empty));
        Assert.Equal([alones], await Device(client, "SN-alone").LocateAsync(AttributeList.Empty));
        Assert.Empty(await client.LocateAsync(AttributeList.Empty));
        var unknown = await Assert.ThrowsAsync<KmipException>(() => Device(client, "SN-nobody").LocateAsync(AttributeList.Empty));
        Assert.Equal(ResultReason.AuthenticationNotSuccessful, unknown.ResultReason);
    }

    private static Task<UniqueIdentifier> DeviceAsync(KmipPeople people, string serialNumber) => people.CredentialAsync(CredentialType.Device, ManagedObject.FromFields(
        ObjectType.DeviceCredential,
        KmipValue.Structure(new KmipField(Tag.DeviceSerialNumber, KmipValue.Text(serialNumber)), new KmipField(Tag.Password, KmipValue.Text("secret")))));

    private static KmipClient Device(KmipClient client, string serialNumber) =>
        KmipPeople.As(client, new DeviceCredential { DeviceSerialNumber = serialNumber, Password = "secret"u8.ToArray() });

    [Fact]
    [Trait("Attack", "29")]
    public async Task Object_OfAUser_IsForOtherUsersOfTheCertificateNeitherListedNorOpen()
    {
        await using var people = new KmipPeople(door, "user-officer");
        await people.UserAsync("user-fred", "f");
        await people.UserAsync("user-barney", "b");
        using var certificate = door.Enrol("user-app", "user-own");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        var freds = await KmipPeople.As(client, "user-fred", "f").CreateAsync(ObjectType.SymmetricKey, Aes("user-key"));
        foreach (var somebody in new[] { client, KmipPeople.As(client, "user-barney", "b") })
        {
            Assert.Empty(await somebody.LocateAsync(AttributeList.Empty));
            foreach (var (name, ask) in Operations)
            {
                var refused = await Assert.ThrowsAsync<KmipException>(() => ask(somebody, freds));
                Assert.True(refused.ResultReason is ResultReason.PermissionDenied or ResultReason.ObjectNotFound or ResultReason.ItemNotFound, $"{name}: {refused.Message}");
            }
        }

        Assert.Equal([freds], await KmipPeople.As(client, "user-fred", "f").LocateAsync(AttributeList.Empty));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Attack", "58")]
    public async Task Endpoint_ThatShowsAnotherKey_IsSentNothing(bool isTheOne)
    {
        using var authority = new TestAuthority();
        using var shown = authority.IssueServer("localhost");
        using var other = authority.IssueServer("localhost");
        using var own = authority.IssueClient("server");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync();
        var opening = EndpointConnection.OpenAsync(
            new DnsEndPoint("localhost", ((IPEndPoint)listener.LocalEndpoint).Port), new PinnedTls(TestAuthority.FingerprintOf(isTheOne ? shown : other), own), TestContext.Current.CancellationToken);
        if (isTheOne) await (await opening).DisposeAsync();
        else await Assert.ThrowsAsync<AuthenticationException>(() => opening);
        Assert.Equal(0, await serving);

        async Task<int> ServeAsync()
        {
            using var client = await listener.AcceptTcpClientAsync();
            await using var stream = new SslStream(client.GetStream());
            try
            {
                await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = shown });
                return await stream.ReadAsync(new byte[1]);
            }
            catch (Exception refused) when (refused is IOException or AuthenticationException)
            {
                return 0;
            }
        }
    }

    private static (string, Func<KmipClient, UniqueIdentifier, Task>) Of<TRequest, TResponse>(string name, Func<UniqueIdentifier, TRequest> request)
        where TRequest : IRequestPayload<TRequest, TResponse>, new()
        where TResponse : Keyreeve.Kmip.Codec.IWireStructure<TResponse>, new() => (name, async (client, id) => (await client.SendAsync<TRequest, TResponse>(request(id))).Dispose());

    private static async Task<byte[]> QueryAsync(KmipClient client, QueryFunction[] functions) =>
        Keyreeve.Kmip.Codec.KmipCodec.ToValue(await client.QueryAsync([.. functions]), ProtocolVersion.Kmip21).Encoded.ToArray();

    private static AttributeList Aes(string name) => new(
        KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES), KmipAttribute.CryptographicLength(128),
        KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt | CryptographicUsageMask.DeriveKey), KmipAttribute.Name(name));
}
