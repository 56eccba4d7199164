using Keyreeve.Client;
using Keyreeve.Integration.Cli;
using Xunit;

namespace Keyreeve.Integration.Approvals;

/// <summary>kill -9 between asking, approving and carrying out.</summary>
[Trait("Speed", "Slow")]
public sealed class ApprovalCrashTests
{
    [Fact]
    public async Task Server_KilledBetweenApprovalAndExecution_CarriesOutWhatWasApprovedOnce()
    {
        await using var server = await ServerProcess.StartNewAsync();
        var options = await server.EnrolAsync("admin", server.AdministratorCode);
        var officer = await server.EnrolAsync(options, "olga", "*", "officer");
        using var admin = ServerProcess.Connect(options);
        using var olga = ServerProcess.Connect(officer);
        await admin.Keys.CreateAsync(new NewKey { Name = "doomed", Group = "g" });
        await admin.Keys.CreateAsync(new NewKey { Name = "spared", Group = "g" });

        var id = await AskAsync(admin, "doomed");
        await server.KillAsync();
        await server.StartAsync();
        Assert.Equal(id, await AskAsync(admin, "doomed"));
        await olga.Approvals.ApproveAsync(id);
        await server.KillAsync();
        await server.StartAsync();

        Assert.NotEqual(id, await AskAsync(admin, "spared"));
        await admin.Keys.DestroyAsync("doomed");
        await server.KillAsync();
        await server.StartAsync();
        var ended = await admin.Approvals.GetAsync(id);
        Assert.Equal("Executed", ended.State);
        Assert.Equal("olga", Assert.Single(ended.Approvals).Principal);
        var gone = await Assert.ThrowsAsync<KeyreeveClientException>(() => admin.Keys.GetAsync("doomed"));
        Assert.True(gone.Is(ClientError.ItemNotFound));
        Assert.Equal("Active", (await admin.Keys.GetAsync("spared")).State);
        Assert.Equal(0, (await server.StopAsync()).ExitCode);
    }

    private static async Task<string> AskAsync(KeyreeveClient client, string key)
    {
        var refusal = await Assert.ThrowsAsync<KeyreeveClientException>(() => client.Keys.DestroyAsync(key));
        Assert.True(refusal.Is(ClientError.ApprovalRequired), refusal.Message);
        return refusal.Reference!;
    }
}
