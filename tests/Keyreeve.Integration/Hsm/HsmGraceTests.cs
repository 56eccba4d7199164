using Keyreeve.Pkcs11;
using Keyreeve.Pkcs11.Interop;
using Xunit;

namespace Keyreeve.Integration.Hsm;

/// <summary>A token that stays away for longer than the configuration allows.</summary>
[Trait("Speed", "Slow")]
[Collection(SoftHsmTests.Name)]
public sealed class HsmGraceTests(SoftHsm softHsm) : IAsyncLifetime
{
    private readonly Fixture _server = new();

    public async ValueTask InitializeAsync()
    {
        _server.Token = softHsm.MakeToken();
        await _server.InitializeAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    [Trait("Attack", "57")]
    public async Task Token_AwayUnderLoad_ServesForTheGraceThenNothingAndAgainWhenItIsBack()
    {
        using var app = _server.Client(_server.App);
        using var admin = _server.Client(_server.Admin);
        await app.CreateKeyAsync("busy");
        using var ending = new CancellationTokenSource();
        var (served, refused) = (0, 0);
        var load = Task.Run(async () =>
        {
            while (!ending.IsCancellationRequested)
            {
                var reply = await app.PostAsync("/v1/keys/busy/encrypt", new System.Text.Json.Nodes.JsonObject { ["plaintext"] = "AAAA" });
                // Served, or refused for that one reason: nothing else.
                if (reply.Status == 200) Interlocked.Increment(ref served);
                else if (reply.ExpectError(503, "Sealed").Status == 503) Interlocked.Increment(ref refused);
            }
        });
        await WaitAsync(() => Task.FromResult(Volatile.Read(ref served) > 0));
        var away = softHsm.TokenDirectory + ".away";
        Directory.Move(softHsm.TokenDirectory, away);
        Directory.CreateDirectory(softHsm.TokenDirectory);
        try
        {
            using (var module = CryptokiModule.Acquire(_server.Token.ModulePath)) Assert.True(module.TryRestart(module.Generation, TimeSpan.FromSeconds(60)));
            await WaitAsync(async () => (await admin.GetAsync("/v1/ready")).Status == 503);
            await WaitAsync(() => Task.FromResult(Volatile.Read(ref refused) > 0 || load.IsCompleted));
            Assert.Equal("Sealed", (await app.GetAsync("/v1/keys")).Expect(503).Error);
            // Who has to put it right sees how it stands.
            Assert.NotEqual("Ready", (await admin.GetAsync("/v1/seal")).Expect(200).Json["hsm"]!["state"]!.GetValue<string>());
            Assert.Contains(_server.Log.Lines, static line => line.Contains("SUSPENDED", StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(softHsm.TokenDirectory);
            Directory.Move(away, softHsm.TokenDirectory);
        }

        await WaitAsync(async () => (await admin.GetAsync("/v1/ready")).Status == 200);
        (await app.PostAsync("/v1/keys/busy/encrypt", new System.Text.Json.Nodes.JsonObject { ["plaintext"] = "AAAA" })).Expect(200);
        await ending.CancelAsync();
        await load;
    }

    private static async Task WaitAsync(Func<Task<bool>> isSo)
    {
        for (var until = DateTimeOffset.UtcNow + TimeSpan.FromSeconds(60); DateTimeOffset.UtcNow < until; await Task.Delay(50))
            if (await isSo()) return;
        Assert.Fail("What was waited for did not come.");
    }

    private sealed class Fixture : ServerFixture
    {
        public HsmOptions Token { get; set; } = null!;

        protected override IReadOnlyList<string> Settings =>
            [$"hsm.module={Token.ModulePath}", $"hsm.token-label={Token.TokenLabel}", $"hsm.pin-file={Token.PinFile}", "hsm.check-interval=200ms", "hsm.grace=1s", "hsm.call-time-limit=1m", "audit.wait-limit=1m"];
    }
}
