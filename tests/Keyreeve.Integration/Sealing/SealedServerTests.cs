using System.Text.Json.Nodes;
using Keyreeve.Integration.Kmip;
using Keyreeve.Integration.Rest;
using Xunit;

namespace Keyreeve.Integration.Sealing;

/// <summary>A server each, whose passphrase is taken away.</summary>
[Trait("Speed", "Slow")]
public sealed class SealedServerTests : IAsyncLifetime
{
    private readonly Fixture _server = new();
    private RestClient _admin = null!;

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        _admin = _server.Client(_server.Admin);
    }

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Status_NewServer_HasOneSlotOfAPassphrase()
    {
        var status = (await _admin.GetAsync("/v1/seal")).Expect(200).Json;

        Assert.False(status["sealed"]!.GetValue<bool>());
        var slot = Assert.Single(status["slots"]!.AsArray())!;
        Assert.Equal("passphrase-file", slot["kind"]!.GetValue<string>());
    }

    [Fact]
    public async Task Remove_TheLastSlot_IsRefused()
    {
        var reply = await _admin.DeleteAsync("/v1/seal/slots/" + await SlotAsync("passphrase-file"));

        Assert.Equal("InvalidField", reply.Expect(400).Error);
        Assert.Contains("last slot", reply.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Seal_WhoIsNoOfficer_IsRefused()
    {
        using var app = _server.Client(_server.App);

        Assert.Equal("PermissionDenied", (await app.GetAsync("/v1/seal")).Expect(403).Error);
        Assert.Equal("PermissionDenied", (await app.PostAsync("/v1/seal/rotate")).Expect(403).Error);
        Assert.Equal("PermissionDenied", (await app.PostAsync("/v1/seal/slots", new JsonObject { ["kind"] = "passphrase-file" })).Expect(403).Error);
        using var nobody = _server.Client();
        (await nobody.GetAsync("/v1/seal")).Expect(401);
    }

    [Fact]
    public async Task Drill_PassphraseThatIsGone_SaysSoWithoutAStop()
    {
        var slot = await SlotAsync("passphrase-file");
        (await _admin.PostAsync($"/v1/seal/slots/{slot}/drill")).Expect(200);
        Assert.NotNull((await _admin.GetAsync("/v1/seal")).Json["slots"]![0]!["drilledAt"]);
        File.Delete(_server.PassphraseFile);

        Assert.Equal("Sealed", (await _admin.PostAsync($"/v1/seal/slots/{slot}/drill")).Expect(503).Error);

        (await _admin.GetAsync("/v1/ready")).Expect(200);
    }

    [Fact]
    public async Task Rotate_UnderTraffic_FailsNoRequestAndSurvivesARestart()
    {
        using var app = _server.Client(_server.App);
        await app.CreateKeyAsync("before");
        var ciphertext = await app.EncryptAsync("before", [1, 2, 3]);
        using var ending = new CancellationTokenSource();
        var traffic = Task.Run(async () =>
        {
            var count = 0;
            for (; !ending.IsCancellationRequested; count++) (await app.DecryptAsync(await app.EncryptAsync("before", [4, 5]))).Expect(200);
            return count;
        });
        for (var i = 0; i < 3; i++) (await _admin.PostAsync("/v1/seal/rotate")).Expect(200);
        await ending.CancelAsync();
        Assert.True(await traffic > 0);
        await app.CreateKeyAsync("after");

        await _server.RestartAsync();

        using var again = _server.Client(_server.App);
        (await again.DecryptAsync(ciphertext)).Expect(200);
        Assert.Equal(4, (await Client(_server.Admin).GetAsync("/v1/seal")).Expect(200).Json["generation"]!.GetValue<int>());
    }

    [Fact]
    [Trait("Attack", "33")]
    public async Task Unseal_SharesOneAtATimeEachByItsOwnPerson_OpensTheServer()
    {
        var (custodians, shares) = await MakeSharesAsync();
        using (var app = _server.Client(_server.App)) await app.CreateKeyAsync("kept");
        await SealAsync();

        using var first = Client(custodians[0]);
        using var second = Client(custodians[1]);
        using var third = Client(custodians[2]);
        Assert.Equal(2, Missing(await first.PostAsync("/v1/seal/shares", Share(shares[0]))));
        // Another's share, one's own a second time, another's with its owner's name, and a mistyped one.
        Assert.Equal("PermissionDenied", (await first.PostAsync("/v1/seal/shares", Share(shares[1]))).Expect(403).Error);
        Assert.Equal("Conflict", (await first.PostAsync("/v1/seal/shares", Share(shares[0]))).Expect(409).Error);
        Assert.Equal("InvalidField", (await second.PostAsync("/v1/seal/shares", Share(shares[1].Replace(shares[1][20], shares[1][20] == '0' ? '1' : '0')))).Expect(400).Error);
        // Who takes no part in it cannot end it.
        Assert.Equal("PermissionDenied", (await second.DeleteAsync("/v1/seal/shares")).Expect(403).Error);
        using var stranger = Client(_server.App);
        Assert.Equal("PermissionDenied", (await stranger.DeleteAsync("/v1/seal/shares")).Expect(403).Error);
        using var nobody = Client(null);
        (await nobody.DeleteAsync("/v1/seal/shares")).Expect(401);
        (await nobody.PostAsync("/v1/seal/shares", Share(shares[1]))).Expect(401);
        Assert.Equal([1], (await nobody.GetAsync("/v1/seal")).Expect(200).Json["ceremony"]!["entered"]!.AsArray().Select(static n => n!.GetValue<int>()));

        Assert.Equal(1, Missing(await second.PostAsync("/v1/seal/shares", Share(shares[1]))));
        Assert.Equal(0, Missing(await third.PostAsync("/v1/seal/shares", Share(shares[2]))));
        await _server.Server.WhenOpen;

        using var again = Client(_server.App);
        (await again.PostAsync("/v1/keys/kept/encrypt", new JsonObject { ["plaintext"] = "AAAA" })).Expect(200);
        using var admin = Client(_server.Admin);
        var slots = (await admin.GetAsync("/v1/seal")).Expect(200).Json["slots"]!.AsArray();
        Assert.NotNull(slots.Single(static slot => slot!["kind"]!.GetValue<string>() is "shares")!["drilledAt"]);
        var trail = _server.ReadAudit().Where(static record => record.ToJsonString().Contains("EnterShare", StringComparison.Ordinal)).ToList();
        Assert.Contains(trail, static record => record.ToJsonString().Contains("0 missing", StringComparison.Ordinal));
        Assert.All(shares, share => Assert.DoesNotContain(share[9..30], string.Concat(_server.ReadAudit().Select(static r => r.ToJsonString())), StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Attack", "33")]
    public async Task Unseal_CancelledByWhoTakesPart_BeginsAnew()
    {
        var (custodians, shares) = await MakeSharesAsync();
        await SealAsync();
        using var first = Client(custodians[0]);
        using var second = Client(custodians[1]);
        Assert.Equal(2, Missing(await first.PostAsync("/v1/seal/shares", Share(shares[0]))));

        (await first.DeleteAsync("/v1/seal/shares")).Expect(204);

        Assert.Equal(2, Missing(await second.PostAsync("/v1/seal/shares", Share(shares[1]))));
    }

    [Fact]
    public async Task Sealed_Everything_IsRefusedAndSaysWhy()
    {
        await MakeSharesAsync();
        await SealAsync();
        using var app = Client(_server.App);

        (await app.GetAsync("/v1/health")).Expect(200);
        foreach (var path in (string[])["/v1/ready", "/v1/keys", "/v1/whoami", "/v1/audit", "/anything"])
            Assert.Equal("Sealed", (await app.GetAsync(path)).Expect(503).Error);
        Assert.Equal("Sealed", (await app.PostAsync("/v1/keys", new JsonObject { ["name"] = "new" })).Expect(503).Error);
        Assert.True((await app.GetAsync("/v1/seal")).Expect(200).Json["sealed"]!.GetValue<bool>());

        await using var kmip = await RawKmipClient.ConnectAsync(_server.KmipEndPoint, _server.Authority, _server.App.Certificate);
        await kmip.SendAsync(RawKmipClient.Query());
        var item = Assert.NotNull(await kmip.ReceiveAsync());
        Assert.Equal(Keyreeve.Kmip.ResultStatus.OperationFailed, item.ResultStatus);
        Assert.Contains("sealed", item.ResultMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sealed_PassphraseComesBack_OpensByItself()
    {
        var passphrase = await File.ReadAllTextAsync(_server.PassphraseFile);
        File.Delete(_server.PassphraseFile);
        await _server.RestartAsync();
        Assert.NotNull(_server.Server.WhySealed);
        await File.WriteAllTextAsync(_server.PassphraseFile, passphrase);
        File.SetUnixFileMode(_server.PassphraseFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        await _server.Server.WhenOpen;

        using var app = Client(_server.App);
        await app.CreateKeyAsync("again");
        Assert.Null(_server.Server.WhySealed);
    }

    [Fact]
    public async Task Drill_Shares_NotesTheDateAndReleasesNothing()
    {
        var (custodians, shares) = await MakeSharesAsync();
        for (var i = 0; i < 3; i++)
        {
            using var custodian = _server.Client(custodians[i]);
            Assert.Equal(2 - i, Missing(await custodian.PostAsync("/v1/seal/shares", Share(shares[i]))));
        }

        var slot = (await _admin.GetAsync("/v1/seal")).Json["slots"]!.AsArray().Single(static s => s!["kind"]!.GetValue<string>() is "shares")!;
        Assert.NotNull(slot["drilledAt"]);
        // After a rotation the same shares open, though nobody came together for it.
        (await _admin.PostAsync("/v1/seal/rotate")).Expect(200);
        await SealAsync();
        for (var i = 4; i >= 2; i--)
        {
            using var custodian = Client(custodians[i]);
            (await custodian.PostAsync("/v1/seal/shares", Share(shares[i]))).Expect(200);
        }

        await _server.Server.WhenOpen;
    }

    private static JsonObject Share(string text) => new() { ["share"] = text };

    private static int Missing(RestReply reply) => reply.Expect(200).Json["missing"]!.GetValue<int>();

    private RestClient Client(TestPrincipal? principal) => _server.Client(principal);

    private async Task<string> SlotAsync(string kind) =>
        (await _admin.GetAsync("/v1/seal")).Expect(200).Json["slots"]!.AsArray().First(slot => slot!["kind"]!.GetValue<string>() == kind)!["id"]!.GetValue<string>();

    private async Task<(List<TestPrincipal> Custodians, List<string> Shares)> MakeSharesAsync()
    {
        var custodians = new List<TestPrincipal>();
        for (var i = 1; i <= 5; i++) custodians.Add(await _server.EnrolAsync($"custodian-{i}", "*", "audit"));
        var body = new JsonObject
        {
            ["kind"] = "shares", ["shares"] = 5, ["threshold"] = 3, ["custodians"] = new JsonArray([.. custodians.Select(static c => JsonValue.Create(c.Name))]),
        };
        var added = (await _admin.PostAsync("/v1/seal/slots", body)).Expect(201).Json;
        return (custodians, [.. added["shares"]!.AsArray().Select(static share => share!.GetValue<string>())]);
    }

    private async Task SealAsync()
    {
        File.Delete(_server.PassphraseFile);
        await _server.RestartAsync();
        Assert.NotNull(_server.Server.WhySealed);
    }

    private sealed class Fixture : ServerFixture
    {
        protected override IReadOnlyList<string> Settings => ["seal.retry-interval=200ms"];
    }
}
