using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Sealing;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;
using Keyreeve.Integration.Operations;
using Xunit;

namespace Keyreeve.Integration.Sealing;

[Trait("Speed", "Slow")]
public sealed class TenantKeyRotationTests : IAsyncLifetime
{
    private const int Keys = 250;

    private readonly EngineFixture _fixture = new();
    private readonly List<string> _log = [];
    private readonly List<UniqueIdentifier> _ids = [];

    public async ValueTask InitializeAsync()
    {
        await _fixture.InitializeAsync();
        for (var i = 0; i < Keys; i++) _ids.Add(await _fixture.CreateAesAsync(active: false));
    }

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task Rotate_AllObjects_AreBroughtUnderTheNewKeyAndTheOldOneIsDestroyed()
    {
        var before = await MaterialAsync();
        await using (var reWrapping = await RotateAsync())
        {
            // Made meanwhile, read meanwhile.
            _ids.Add(await _fixture.CreateAesAsync(active: false));
            await WaitAsync(reWrapping);
            Assert.Equal(Keys, reWrapping.Progress.ReWrapped);
        }

        Assert.Equal([2], _fixture.Hierarchy.VersionsOf(TenantId.Default));
        Assert.Equal(["1/2", "2/1"], (await _fixture.Store.ListDocumentsAsync(KeyHierarchy.DocumentKind, default)).Select(static d => d.Key));
        await _fixture.RestartAsync();
        var after = await MaterialAsync();
        Assert.Equal(before, after.Take(Keys));
        // What hides values in the index has outlived the key that it came from.
        Assert.Single(await _fixture.Store.ListDocumentsAsync(KeyHierarchy.BlindingKind, default));
    }

    [Fact]
    public async Task Rotate_StoppedInItsMidst_GoesOnAfterARestart()
    {
        await using (var reWrapping = await RotateAsync(objectsPerSecond: 200)) SpinWait.SpinUntil(() => reWrapping.Progress.ReWrapped > 0, TimeSpan.FromSeconds(20));
        await _fixture.RestartAsync();
        Assert.Equal([1, 2], _fixture.Hierarchy.VersionsOf(TenantId.Default));

        await using var again = new TenantReWrapping(_fixture.Engine, Options(100_000), _log.Add);
        again.Start();
        await WaitAsync(again);

        Assert.Equal(Keys, (await MaterialAsync()).Count);
    }

    [Fact]
    public async Task Rotate_AnotherTenant_IsFinishedForItAlone()
    {
        var theirs = await _fixture.CreateAesAsync(principal: _fixture.Stranger, active: false);
        var tenant = _fixture.Stranger.Tenant;
        await _fixture.Hierarchy.RotateTenantAsync(tenant, default);

        await using var reWrapping = new TenantReWrapping(_fixture.Engine, Options(100_000), _log.Add);
        reWrapping.Start();
        await WaitUntilAsync(() => Task.FromResult(reWrapping.Progress.Tenants[tenant].Count == 1));

        Assert.Equal([2], reWrapping.Progress.Tenants[tenant]);
        Assert.Equal([1], reWrapping.Progress.Versions);
        Assert.Equal(1, reWrapping.Progress.ReWrapped);
        using var material = _fixture.Engine.Objects.Unwrap((await _fixture.Engine.Objects.FindAsync(tenant, theirs, default))!);
        Assert.Equal(32, material.LengthInBytes);
    }

    [Fact]
    public async Task Start_RowsOfAnOlderFormat_AreBroughtToTheNewest()
    {
        var before = await MaterialAsync();
        foreach (var id in _ids)
        {
            var found = (await _fixture.Engine.Objects.FindAsync(TenantId.Default, id, default))!;
            var old = StoredRow.Seal(found with { RowVersion = found.RowVersion + 1 }, _fixture.Hierarchy.Of(TenantId.Default), StoredRow.FirstVersion);
            await _fixture.Store.CommitAsync(new StoreChanges { Updates = [old] }, default);
        }

        var marker = await MarkerAsync();
        await _fixture.Store.CommitAsync(new StoreChanges { Documents = [marker! with { RowVersion = marker.RowVersion + 1, Body = null }] }, default);
        await _fixture.RestartAsync();
        Assert.Equal(before, await MaterialAsync());

        await using (var reWrapping = new TenantReWrapping(_fixture.Engine, Options(100_000), _log.Add))
        {
            reWrapping.Start();
            await WaitUntilAsync(async () => await MarkerAsync() is not null);
            Assert.Equal(Keys, reWrapping.Progress.ReWrapped);
        }

        Assert.Equal([1], _fixture.Hierarchy.VersionsOf(TenantId.Default));
        foreach (var id in _ids) Assert.Equal(StoredRow.Version, (await _fixture.Store.FindAsync(TenantId.Default, id, default))!.Seal.Span[0]);
        await _fixture.RestartAsync();
        Assert.Equal(before, await MaterialAsync());
    }

    [Fact]
    [Trait("Attack", "46")]
    public async Task Rotate_ObjectThatWasAltered_KeepsTheOldKey()
    {
        var altered = _ids[10];
        _fixture.Store.Alter = row => row.Id == altered ? row with { KeyVersion = row.KeyVersion + 1 } : row;

        await using var reWrapping = await RotateAsync();
        SpinWait.SpinUntil(() => reWrapping.Progress.Failed > 0 && reWrapping.Progress.ReWrapped == Keys - 1, TimeSpan.FromSeconds(60));

        Assert.Equal(1, reWrapping.Progress.Failed);
        Assert.Equal([1, 2], _fixture.Hierarchy.VersionsOf(TenantId.Default));
        Assert.Contains(_log, line => line.Contains(altered.ToString(), StringComparison.Ordinal));
    }

    private static ReWrapOptions Options(int objectsPerSecond) => new() { ObjectsPerSecond = objectsPerSecond, QuietTime = TimeSpan.Zero };

    private async Task<TenantReWrapping> RotateAsync(int objectsPerSecond = 100_000)
    {
        await _fixture.Hierarchy.RotateTenantAsync(TenantId.Default, default);
        var reWrapping = new TenantReWrapping(_fixture.Engine, Options(objectsPerSecond), _log.Add);
        reWrapping.Start();
        return reWrapping;
    }

    private async Task WaitAsync(TenantReWrapping reWrapping)
    {
        for (var i = 0; i < 1200 && reWrapping.Progress.Versions.Count > 1; i++) await Task.Delay(50);
        Assert.Equal([2], _fixture.Hierarchy.VersionsOf(TenantId.Default));
    }

    private async Task<StoredDocument?> MarkerAsync() => await _fixture.Store.FindDocumentAsync("row-format", "1", default) is { Body: not null } marker ? marker : null;

    private static async Task WaitUntilAsync(Func<Task<bool>> isSo)
    {
        for (var until = DateTimeOffset.UtcNow + TimeSpan.FromSeconds(60); DateTimeOffset.UtcNow < until; await Task.Delay(50))
            if (await isSo()) return;
        Assert.Fail("What was waited for did not come.");
    }

    private async Task<List<string>> MaterialAsync()
    {
        var material = new List<string>();
        foreach (var id in _ids)
        {
            var found = (await _fixture.Engine.Objects.FindAsync(TenantId.Default, id, default))!;
            using var secret = _fixture.Engine.Objects.Unwrap(found);
            using var lease = secret.Reveal();
            material.Add(Convert.ToHexString(lease.Span));
        }

        return material;
    }
}
