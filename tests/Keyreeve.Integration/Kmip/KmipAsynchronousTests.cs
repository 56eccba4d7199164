using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Operations;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Server.Kmip;
using Keyreeve.Server.Kmip.Asynchronous;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>Requests that are answered later: whose they are, how many, for how long.</summary>
public sealed class KmipAsynchronousTests(KmipAsynchronousTests.StillDoor still) : IClassFixture<KmipAsynchronousTests.StillDoor>
{
    private static readonly AttributeList Aes = new(
        KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES), KmipAttribute.CryptographicLength(128),
        KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt));

    private readonly KmipDoor _door = still.Door;

    [Fact]
    [Trait("Attack", "28")]
    public async Task Pending_IsOpenToNobodyButWhoSentIt()
    {
        await using var people = new KmipPeople(_door, "own-officer");
        await people.UserAsync("own-fred", "f");
        await people.UserAsync("own-barney", "b");
        using var certificate = _door.Enrol("own-app");
        using var other = _door.Enrol("own-other");
        await using var client = _door.Client(certificate, ProtocolVersion.Kmip21);
        await using var stranger = _door.Client(other, ProtocolVersion.Kmip21);
        var fred = KmipPeople.As(client, "own-fred", "f");

        using var started = await fred.StartAsync(new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Aes }, mandatory: true);
        var value = started.CorrelationValue!.Value;
        foreach (var somebody in new[] { stranger, client, KmipPeople.As(client, "own-barney", "b"), KmipPeople.As(stranger, "own-fred", "f") })
        {
            var refused = await Assert.ThrowsAsync<KmipException>(() => somebody.SendAsync(new PollRequest { AsynchronousCorrelationValue = value }));
            Assert.Equal(ResultReason.InvalidAsynchronousCorrelationValue, refused.ResultReason);
            refused = await Assert.ThrowsAsync<KmipException>(() => somebody.SendAsync(new ProcessRequest { AsynchronousCorrelationValue = value }));
            Assert.Equal(ResultReason.InvalidAsynchronousCorrelationValue, refused.ResultReason);
            using var canceled = await somebody.SendAsync(new CancelRequest { AsynchronousCorrelationValue = value });
            Assert.Equal(CancellationResult.Unavailable, canceled.Payload.CancellationResult);
            using var listed = await somebody.SendAsync(new QueryAsynchronousRequestsRequest());
            Assert.Empty(listed.Payload.AsynchronousRequests);
        }

        using var own = await fred.SendAsync(new QueryAsynchronousRequestsRequest());
        Assert.Single(own.Payload.AsynchronousRequests);
        using var made = await started.PollAsync();
        Assert.NotNull(made);
    }

    [Fact]
    public async Task Pending_WithATicketThatAllowsLess_IsOfThatTicketAlone()
    {
        using var certificate = _door.Enrol("del-app");
        await using var client = _door.Client(certificate, ProtocolVersion.Kmip21);
        using var started = await client.StartAsync(new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Aes }, mandatory: true);
        using var login = await client.SendAsync(new DelegatedLoginRequest
        {
            Rights = new Rights { Items = [new Right { Operations = new() { Items = [Operation.Poll, Operation.QueryAsynchronousRequests] } }] },
        });
        var delegated = KmipPeople.As(client, new TicketCredential { Ticket = Copy(login.Payload.Ticket) });
        var refused = await Assert.ThrowsAsync<KmipException>(() => delegated.SendAsync(new PollRequest { AsynchronousCorrelationValue = started.CorrelationValue!.Value }));
        Assert.Equal(ResultReason.InvalidAsynchronousCorrelationValue, refused.ResultReason);
        using var listed = await delegated.SendAsync(new QueryAsynchronousRequestsRequest());
        Assert.Empty(listed.Payload.AsynchronousRequests);
        using var made = await started.PollAsync();
        Assert.NotNull(made);
    }

    [Fact]
    public async Task Cancel_BeforeItBegins_LeavesNothing()
    {
        using var certificate = _door.Enrol("cancel-app", "cancel");
        await using var client = _door.Client(certificate, ProtocolVersion.Kmip21);
        using var started = await client.StartAsync(new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Aes }, mandatory: true);
        Assert.Equal(CancellationResult.Canceled, await started.CancelAsync());
        var refused = await Assert.ThrowsAsync<KmipException>(() => started.PollAsync());
        Assert.Equal(ResultReason.InvalidAsynchronousCorrelationValue, refused.ResultReason);
        Assert.Empty(await client.LocateAsync(AttributeList.Empty));
    }

    [Fact]
    public async Task Result_AfterTenMinutes_IsGone()
    {
        using var certificate = _door.Enrol("old-app");
        await using var client = _door.Client(certificate, ProtocolVersion.Kmip21);
        using var started = await client.StartAsync(new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Aes }, mandatory: true);
        using (await client.SendAsync(new ProcessRequest { AsynchronousCorrelationValue = started.CorrelationValue!.Value }))
            _door.Time.Jump(PendingRequests.Life + TimeSpan.FromSeconds(1));
        var refused = await Assert.ThrowsAsync<KmipException>(() => started.PollAsync());
        Assert.Equal(ResultReason.InvalidAsynchronousCorrelationValue, refused.ResultReason);
    }

    [Fact]
    public async Task Requests_MoreThanAPrincipalMayHave_AreRefusedUntilItPolls()
    {
        using var certificate = _door.Enrol("many-app");
        await using var client = _door.Client(certificate, ProtocolVersion.Kmip21);
        var query = new QueryRequest { QueryFunctions = [QueryFunction.QueryObjects] };
        var pending = new List<KmipAsynchronousOperation<QueryResponse>>();
        for (var i = 0; i < PendingRequests.MostPerPrincipal; i++) pending.Add(await client.StartAsync(query, mandatory: true));
        var refused = await Assert.ThrowsAsync<KmipException>(() => client.StartAsync(query, mandatory: true));
        Assert.Contains("Too many requests are pending", refused.Message, StringComparison.Ordinal);
        // Others have room of their own, and what may be answered at once is.
        using var other = _door.Enrol("many-other");
        await using var elsewhere = _door.Client(other, ProtocolVersion.Kmip21);
        (await elsewhere.StartAsync(query, mandatory: true)).Dispose();
        Assert.Empty(await client.LocateAsync(new AttributeList(KmipAttribute.Name("many-nothing"))));

        (await pending[0].PollAsync())!.Dispose();
        (await client.StartAsync(query, mandatory: true)).Dispose();
    }

    [Fact]
    public async Task Results_ThatNobodyFetches_TakeBoundedMemory()
    {
        using var certificate = _door.Enrol("big-app", "big");
        await using var client = _door.Client(certificate, ProtocolVersion.Kmip21);
        var big = await client.RegisterAsync(ManagedObject.FromOpaque((OpaqueDataType)0x80000000, RandomNumberGenerator.GetBytes(700_000)), AttributeList.Empty);
        var pending = new List<KmipAsynchronousOperation<GetResponse>>();
        for (var i = 0; i < 10; i++) pending.Add(await client.StartAsync(new GetRequest { UniqueIdentifier = big }, mandatory: true));
        foreach (var one in pending) (await client.SendAsync(new ProcessRequest { AsynchronousCorrelationValue = one.CorrelationValue!.Value })).Dispose();
        var full = await Assert.ThrowsAsync<KmipException>(() => client.StartAsync(new GetRequest { UniqueIdentifier = big }, mandatory: true));
        Assert.Contains("Too many requests are pending", full.Message, StringComparison.Ordinal);

        var fetched = 0;
        foreach (var one in Enumerable.Reverse(pending))
        {
            var refused = await Record.ExceptionAsync(async () => (await one.PollAsync())!.Dispose());
            if (refused is null) fetched++;
            else Assert.Contains("nobody has polled for", Assert.IsType<KmipException>(refused).Message, StringComparison.Ordinal);
        }

        Assert.Equal(6, fetched);
        using var again = await client.StartAsync(new GetRequest { UniqueIdentifier = big }, mandatory: true);
        (await again.PollAsync())!.Dispose();
    }

    [Fact]
    [Trait("Attack", "26")]
    public async Task Request_OfAUserWhoIsGone_IsNotExecuted()
    {
        await using var people = new KmipPeople(_door, "gone-officer");
        var (user, _) = await people.UserAsync("gone-fred", "f");
        using var certificate = _door.Enrol("gone-app", "gone");
        await using var client = _door.Client(certificate, ProtocolVersion.Kmip21);
        using var started = await KmipPeople.As(client, "gone-fred", "f").StartAsync(new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Aes }, mandatory: true);
        await people.Officer.DestroyAsync(user);
        var pending = Assert.Single(_door.Services.Pending.List(CallOf(certificate, new CallUser($"user:{user}", "gone-fred"))));
        await pending.Message.StartAsync();
        Assert.IsType<FailedItem>(pending.Result);
        Assert.Empty(await client.LocateAsync(AttributeList.Empty));
    }

    [Fact]
    [Trait("Attack", "26")]
    public async Task Request_OfAPrincipalThatIsDisabled_IsNotExecuted()
    {
        using var certificate = _door.Enrol("off-app", "off");
        using var witness = _door.Enrol("off-witness", "off");
        await using var client = _door.Client(certificate, ProtocolVersion.Kmip21);
        using var started = await client.StartAsync(new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Aes }, mandatory: true);
        _door.Disable(certificate);
        var pending = Assert.Single(_door.Services.Pending.List(CallOf(certificate, null)));
        await pending.Message.StartAsync();
        Assert.IsType<FailedItem>(pending.Result);
        await using var seeing = _door.Client(witness, ProtocolVersion.Kmip21);
        Assert.Empty(await seeing.LocateAsync(AttributeList.Empty));
        // He cannot poll for it any more: only the trail tells that something of his waited.
        var record = Assert.Single(_door.ReadAudit().Select(static line => line["event"]!), static r => r["principal"]!.GetValue<string>() == "off-app");
        Assert.Equal(
            ("Authenticate", "Denied", "principal-disabled", "asynchronous, not executed: Create"),
            (record["operation"]!.GetValue<string>(), record["result"]!.GetValue<string>(), record["rule"]!.GetValue<string>(), record["detail"]!.GetValue<string>()));
    }

    private Call CallOf(X509Certificate2 certificate, CallUser? user) => new()
    {
        Principal = _door.PrincipalOf(certificate), User = user, Protocol = Protocol.Kmip, SourceAddress = "", SourcePort = 0, CorrelationId = "", Time = _door.Time.GetUtcNow(),
    };

    private static Ticket Copy(in Ticket ticket) => new() { TicketType = ticket.TicketType, TicketValue = ticket.TicketValue.ToArray() };

    /// <summary>A door at which nothing happens because time passes: no request is executed before it is polled for.</summary>
    public sealed class StillDoor : IAsyncLifetime
    {
        public KmipDoor Door { get; } = new() { Time = new StillTime() };

        public ValueTask InitializeAsync() => Door.InitializeAsync();

        public ValueTask DisposeAsync() => Door.DisposeAsync();
    }

    private sealed class StillTime : JumpingTime
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
