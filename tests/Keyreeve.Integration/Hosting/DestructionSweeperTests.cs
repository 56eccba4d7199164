using System.Diagnostics;
using System.Text.Json.Nodes;
using Xunit;

namespace Keyreeve.Integration.Hosting;

/// <summary>A server whose clock the test sets forward.</summary>
public sealed class ServerAheadOfTime : ServerFixture
{
    public JumpingTime Clock { get; } = new();

    public override TimeProvider Time => Clock;

    protected override IReadOnlyList<string> Settings => ["server.sweep-interval=100ms"];
}

public sealed class DestructionSweeperTests(ServerAheadOfTime server) : IClassFixture<ServerAheadOfTime>
{
    [Fact]
    public async Task Destruction_ThatIsDue_IsDoneByTheServerAndRecorded()
    {
        using var app = server.Client(server.App);
        var doomed = await app.CreateKeyAsync("doomed");
        await app.CreateKeyAsync("spared");
        var ciphertext = await app.EncryptAsync("doomed", [1]);
        (await app.PostAsync("/v1/keys/doomed/rotate")).Expect(200);
        (await app.PostAsync("/v1/keys/doomed/destruction", new JsonObject { ["after"] = "PT1H" })).Expect(200);
        (await app.PostAsync("/v1/keys/spared/destruction", new JsonObject { ["after"] = "P2D" })).Expect(200);

        server.Clock.Jump(TimeSpan.FromMinutes(59));
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        (await app.DecryptAsync(ciphertext)).ExpectError(409, "KeyDisabled");

        server.Clock.Jump(TimeSpan.FromMinutes(2));
        await WaitUntilAsync(async () => (await app.GetAsync("/v1/keys/" + doomed.Text("id"))).Text("state") == "Destroyed");
        (await app.DecryptAsync(ciphertext)).ExpectError(410, "ObjectDestroyed");
        Assert.Equal("Active", (await app.GetAsync("/v1/keys/spared")).Expect(200).Text("state"));
        var record = server.ReadAudit().Select(line => line["event"]!.AsObject()).Last(r => r["operation"]!.GetValue<string>() == "Destroy");
        Assert.Equal("server", record["principal"]!.GetValue<string>());
        Assert.Equal("Internal", record["protocol"]!.GetValue<string>());
        Assert.Equal(2, record["count"]!.GetValue<int>());
    }

    private static async Task WaitUntilAsync(Func<Task<bool>> condition)
    {
        var waited = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(30), "It did not happen.");
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }
}
