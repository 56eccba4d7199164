using Keyreeve.Core;
using Xunit;

namespace Keyreeve.Integration.Sealing;

[Trait("Speed", "Slow")]
public sealed class RollbackTests : IAsyncLifetime
{
    private readonly Fixture _server = new();

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    [Trait("Attack", "47")]
    public async Task Start_StoreOfYesterday_IsRefusedUnlessAReasonIsGiven()
    {
        using (var app = _server.Client(_server.App)) await app.CreateKeyAsync("old");
        await _server.Server.StopAsync();
        var yesterday = Directory.CreateDirectory(Path.Combine(_server.Folder, "yesterday")).FullName;
        foreach (var file in Directory.GetFiles(_server.DataDirectory, "keyreeve.db*")) File.Copy(file, Path.Combine(yesterday, Path.GetFileName(file)));
        await _server.RestartAsync();
        using (var app = _server.Client(_server.App)) await app.CreateKeyAsync("new");
        await _server.Server.StopAsync();
        foreach (var file in Directory.GetFiles(_server.DataDirectory, "keyreeve.db*")) File.Delete(file);
        foreach (var file in Directory.GetFiles(yesterday)) File.Copy(file, Path.Combine(_server.DataDirectory, Path.GetFileName(file)));

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
    }

    private sealed class Fixture : ServerFixture
    {
        public string? Reason { get; set; }

        protected override IReadOnlyList<string> Settings => Reason is null ? [] : [$"server.accept-rollback={Reason}"];
    }
}
