using System.Collections.Concurrent;
using System.Diagnostics;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Core.Operations.Principals;
using Keyreeve.Core.Operations.Tenants;
using Keyreeve.Integration.Approvals;
using Xunit;

namespace Keyreeve.Integration.Access;

/// <summary>A thousand tenants, with a principal and a key each: that each has its own, over a restart, and what they cost.</summary>
[Trait("Speed", "Slow")]
public sealed class ThousandTenantsTests : IAsyncLifetime
{
    private const int Tenants = 1000;
    private const int AtOnce = 32;

    private ApprovalEngine _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await ApprovalEngine.StartAsync("ann");

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    [Trait("Attack", "28")]
    public async Task EachOfAThousand_HasItsOwnKeyAndPrincipal_AlsoAfterARestart()
    {
        var keys = new ConcurrentDictionary<TenantId, UniqueIdentifier>();
        var began = Stopwatch.GetTimestamp();
        await EachAsync(Enumerable.Range(0, Tenants), async number => await MakeAsync(number, keys));
        Tell($"made {Tenants} tenants with a principal and a key each", began);

        var before = GC.GetTotalMemory(forceFullCollection: true);
        began = Stopwatch.GetTimestamp();
        await _engine.RestartAsync();
        Tell("opened store, key hierarchy and directories", began);
        TestContext.Current.TestOutputHelper?.WriteLine($"memory: {GC.GetTotalMemory(forceFullCollection: true) / 1024} KiB, and {before / 1024} KiB before the restart");

        began = Stopwatch.GetTimestamp();
        var listed = await _engine.Core.RunAsync(new ListTenantsOperation(_engine.Directory), new ListTenantsRequest(), _engine.Ann);
        Tell("listed the tenants", began);
        Assert.Equal(Tenants, listed.Length - 1);

        began = Stopwatch.GetTimestamp();
        await EachAsync(keys, async pair => await UseAsync(pair.Key, pair.Value));
        Tell("each looked at its own key and at another's", began);
    }

    private async Task MakeAsync(int number, ConcurrentDictionary<TenantId, UniqueIdentifier> keys)
    {
        var issuer = $"https://customer-{number}.example.org";
        var made = await _engine.Core.RunAsync(
            new CreateTenantOperation(_engine.Directory), new CreateTenantRequest { Name = $"customer-{number}", Administrator = "alice", Issuers = [issuer] }, _engine.Ann);
        await _engine.Core.RunAsync(
            new AddPrincipalOperation(_engine.Directory),
            new AddPrincipalRequest { Name = "app", Roles = [Role.KeyAdministrator], Credential = PrincipalCredential.OfSubject(issuer, "app") },
            Principal.Local(made.Tenant.Id));
        keys[made.Tenant.Id] = (await _engine.Core.RunAsync(new CreateKeyOperation(), new CreateKeyRequest { Name = "orders" }, AppOf(made.Tenant.Id))).Id;
    }

    // All of them have the name in common, and nothing else.
    private async Task UseAsync(TenantId tenant, UniqueIdentifier key)
    {
        var app = AppOf(tenant);
        var seen = await _engine.Core.RunAsync(new ListKeysOperation(), new ListKeysRequest(), app);
        Assert.Equal(key, Assert.Single(seen.Keys).Id);
        Assert.Equal(key, (await _engine.Core.RunAsync(new GetKeyOperation(), new GetKeyRequest(KeySelector.Parse("orders")), app)).Id);
    }

    private Principal AppOf(TenantId tenant) => _engine.Directory.FindByName(tenant, "app")!.Principal;

    private static Task EachAsync<T>(IEnumerable<T> items, Func<T, Task> act) =>
        Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (item, _) => await act(item));

    private static void Tell(string what, long began) =>
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: {Stopwatch.GetElapsedTime(began).TotalMilliseconds:F0} ms");
}
