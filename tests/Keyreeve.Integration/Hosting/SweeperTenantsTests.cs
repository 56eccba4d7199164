using System.Text.Json.Nodes;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Integration.Operations;
using Keyreeve.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Keyreeve.Integration.Hosting;

public sealed class SweeperTenantsTests : IAsyncLifetime
{
    private readonly EngineFixture _fixture = new();

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task Destruction_OfAnotherTenantsKey_IsDoneTooAndRecordedThere()
    {
        var stranger = _fixture.Stranger;
        var key = await _fixture.RunAsync(new CreateKeyOperation(), new CreateKeyRequest { Name = "doomed" }, stranger);
        await _fixture.RunAsync(new ScheduleDestructionOperation(), new ScheduleDestructionRequest(KeySelector.Of(key.Id), DestructionRule.ShortestWait), stranger);
        _fixture.Time.Advance(DestructionRule.ShortestWait + TimeSpan.FromMinutes(1));

        await using var sweeper = new DestructionSweeper(_fixture.Pipeline, _fixture.Engine, NullLogger<DestructionSweeper>.Instance);
        sweeper.Start(TimeSpan.FromHours(1));
        for (var until = DateTimeOffset.UtcNow + TimeSpan.FromSeconds(60); DateTimeOffset.UtcNow < until; await Task.Delay(20))
            if (await StateAsync(stranger.Tenant, key.Id) == State.Destroyed) break;

        Assert.Equal(State.Destroyed, await StateAsync(stranger.Tenant, key.Id));
        var record = JsonNode.Parse(_fixture.Audit.Committed.Last().Record.Span)!;
        Assert.Equal((stranger.Tenant.Value, "server", "Destroy"), (record["tenant"]!.GetValue<int>(), record["principal"]!.GetValue<string>(), record["operation"]!.GetValue<string>()));
    }

    private async Task<State> StateAsync(TenantId tenant, UniqueIdentifier id) => (await _fixture.Engine.Objects.FindAsync(tenant, id, default))!.State;
}
