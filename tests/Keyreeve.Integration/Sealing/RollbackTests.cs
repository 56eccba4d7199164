using Keyreeve.Core;
using Xunit;

namespace Keyreeve.Integration.Sealing;

[Trait("Speed", "Slow")]
public sealed class RollbackTests : IAsyncLifetime
{
    private readonly RestorableServer _server = new();

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    [Trait("Attack", "47")]
    [Trait("Attack", "48")]
    public async Task Start_StoreOfYesterday_IsRefusedUnlessAReasonIsGiven()
    {
        var ciphertext = "";
        using (var app = _server.Client(_server.App))
        {
            await app.CreateKeyAsync("old");
            await app.CreateKeyAsync("doomed");
            ciphertext = await app.EncryptAsync("doomed", [1, 2, 3]);
            (await app.PostAsync("/v1/keys/doomed/rotate")).Expect(200);
        }

        await _server.KeepCopyAsync();
        using (var app = _server.Client(_server.App))
        {
            await app.CreateKeyAsync("new");
            (await app.DecryptAsync(ciphertext)).Expect(200);
            (await app.DeleteAsync("/v1/keys/doomed?confirm=doomed")).Expect(204);
        }

        await _server.PutBackAsync();

        var refusal = await Assert.ThrowsAsync<KeyreeveException>(_server.RestartAsync);
        Assert.Equal(KeyreeveError.IntegrityFailure, refusal.Error);
        Assert.Contains("older than the audit trail", refusal.Message, StringComparison.Ordinal);

        _server.Reason = "the disk was replaced, ticket 4711";
        await _server.RestartAsync();
        Assert.Contains(_server.ReadAudit(), static record => record.ToJsonString().Contains("ticket 4711", StringComparison.Ordinal));

        _server.Reason = null;
        await _server.RestartAsync();
        using var again = _server.Client(_server.App);
        (await again.GetAsync("/v1/keys/old")).Expect(200);
        // What was destroyed after the copy was made has not come back with it: no version of it.
        Assert.NotEqual(200, (await again.DecryptAsync(ciphertext)).Status);
        (await again.PostAsync("/v1/keys/doomed/encrypt", new System.Text.Json.Nodes.JsonObject { ["plaintext"] = "AAAA" })).Expect(404);
        Assert.Contains(_server.ReadAudit(), static record => record.ToJsonString().Contains("again: the store was put back", StringComparison.Ordinal));
    }
}
