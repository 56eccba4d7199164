using System.Text.Json.Nodes;
using Keyreeve.Crypto;
using Keyreeve.Integration.Audit;
using Xunit;

namespace Keyreeve.Integration.Hosting;

/// <summary>A server at which cryptography goes wrong.</summary>
public sealed class SelfTestTests : IAsyncLifetime
{
    private readonly Fixture _server = new();

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Run_AnswerThatStopsComingOut_ServesNoKeyUntilTheNextStart()
    {
        using var app = _server.Client(_server.App);
        using var admin = _server.Client(_server.Admin);
        await app.CreateKeyAsync("kept");
        var ciphertext = await app.EncryptAsync("kept", [1, 2, 3]);
        Assert.True((await admin.PostAsync("/v1/self-test")).Expect(200).Json["passed"]!.GetValue<bool>());
        Assert.Equal("PermissionDenied", (await app.PostAsync("/v1/self-test")).Expect(403).Error);

        _server.Breaks = true;
        Assert.Equal(["breakable"], (await admin.PostAsync("/v1/self-test")).Expect(200).Json["failed"]!.AsArray().Select(static name => name!.GetValue<string>()));

        Assert.Single(_server.Log.Lines, static line => line.Contains("A self-test has failed: known answers did not come out: breakable", StringComparison.Ordinal));

        // It is not served again because it came out later.
        _server.Breaks = false;
        Assert.False((await admin.PostAsync("/v1/self-test")).Expect(200).Json["passed"]!.GetValue<bool>());
        Assert.Equal("SelfTestFailed", (await app.DecryptAsync(ciphertext)).Expect(503).Error);
        Assert.Equal("SelfTestFailed", (await app.PostAsync("/v1/keys", new JsonObject { ["name"] = "new" })).Expect(503).Error);
        Assert.Equal("SelfTestFailed", (await app.GetAsync("/v1/ready")).Expect(503).Error);
        (await app.GetAsync("/v1/keys/kept")).Expect(200);
        Assert.False((await app.GetAsync("/v1/cryptography")).Expect(200).Json["selfTest"]!["passed"]!.GetValue<bool>());

        await _server.RestartAsync();
        using var again = _server.Client(_server.App);
        (await again.DecryptAsync(ciphertext)).Expect(200);
    }

    [Fact]
    public async Task Start_AnswerThatDoesNotComeOut_ServesNoKeyAndSaysSo()
    {
        using (var app = _server.Client(_server.App)) await app.CreateKeyAsync("kept");
        _server.Breaks = true;

        await _server.RestartAsync();

        using var again = _server.Client(_server.App);
        Assert.Equal("SelfTestFailed", (await again.GetAsync("/v1/ready")).Expect(503).Error);
        var refused = await again.SendAsync(HttpMethod.Post, "/v1/keys/kept/encrypt", new JsonObject { ["plaintext"] = "AQID" });
        Assert.Equal("SelfTestFailed", refused.Expect(503).Error);
        Assert.Contains(_server.Log.Lines, static line => line.Contains("breakable", StringComparison.Ordinal));
        Assert.Contains(_server.ReadAudit(), static record => record.ToJsonString().Contains("\"SelfTest\"", StringComparison.Ordinal)
            && record.ToJsonString().Contains("SelfTestFailed", StringComparison.Ordinal));
        await TrailFixture.UntilAsync(
            () => _server.Log.Lines.Any(static line => line.Contains("ALERT Critical self-test", StringComparison.Ordinal) && line.Contains("breakable", StringComparison.Ordinal)), "the alert");
    }

    [Fact]
    public async Task Cryptography_SaysWhatTheLibrarySays()
    {
        using var app = _server.Client(_server.App);

        var said = (await app.GetAsync("/v1/cryptography")).Expect(200).Json;

        Assert.StartsWith("OpenSSL ", said["library"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains(said["providers"]!.AsArray(), static provider => string.Equals(provider!["name"]!.GetValue<string>(), "default", StringComparison.Ordinal));
        Assert.Equal(CryptographyLibrary.SaysFipsMode, said["librarySaysFipsMode"]!.GetValue<bool>());
        Assert.Equal("strict", said["mode"]!.GetValue<string>());
        Assert.Equal(PostQuantum.Families.Count(static f => f.IsAvailable), said["postQuantumInLibrary"]!.AsArray().Count);
        (await _server.Client().GetAsync("/v1/cryptography")).Expect(401);
    }

    private sealed class Fixture : ServerFixture
    {
        public bool Breaks { get; set; }

        internal override IReadOnlyList<KnownAnswer> Answers => [.. KnownAnswer.All, new KnownAnswer("breakable", () => Breaks ? [1] : [2], "02")];
    }
}
