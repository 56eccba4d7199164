using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;
using Keyreeve.Integration.Identity;
using Keyreeve.Storage.Sqlite;
using Xunit;

namespace Keyreeve.Integration.Sealing;

public sealed class RootRotationTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-root-").FullName;
    private SqliteObjectStore _store = null!;

    private SealFile File => new(_folder);

    public async ValueTask InitializeAsync() => _store = await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { DataDirectory = Path.Combine(_folder, "store") });

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Rotate_NewRoot_OpensAllAndTheOldOneNothing()
    {
        using var first = await File.CreateAsync(new MemorySlot(), default);
        byte[] wrapped;
        SecretBytes derived;
        using (var hierarchy = await KeyHierarchy.OpenAsync(_store, first, default))
        {
            await hierarchy.EnsureTenantAsync(TenantId.Default, default);
            await hierarchy.EnsureTenantAsync(new TenantId(2), default);
            await hierarchy.RotateTenantAsync(new TenantId(2), default);
            using var secret = SecretBytes.Random(32);
            wrapped = hierarchy.WrapForServer("label", secret);
            derived = hierarchy.Derive("label", 32);
            using var keeper = new SealKeeper(File, [new MemorySlot()], hierarchy, TimeProvider.System);

            Assert.Equal(2, await RotateAsync(keeper));

            Assert.Equal([1, 2], keeper.Slots.Select(static slot => slot.Generation));
            Assert.False(hierarchy.IsRoot(first));
            // A key made after it hangs from the new one.
            await hierarchy.RotateTenantAsync(TenantId.Default, default);
        }

        Assert.Equal(2, await KeyHierarchy.ReadGenerationAsync(_store, default));
        var old = await Assert.ThrowsAsync<KeyreeveException>(async () => await KeyHierarchy.OpenAsync(_store, first, default));
        Assert.Equal(KeyreeveError.IntegrityFailure, old.Error);
        using var root = await File.OpenAsync([new MemorySlot()], 2, default);
        using var reopened = await KeyHierarchy.OpenAsync(_store, root, default);
        using (var again = reopened.Derive("label", 32)) Assert.Equal(derived, again);
        reopened.UnwrapForServer("label", wrapped).Dispose();
        Assert.Equal([1, 2], reopened.VersionsOf(TenantId.Default));
        Assert.Equal([1, 2], reopened.VersionsOf(new TenantId(2)));
        derived.Dispose();
    }

    [Fact]
    public async Task Rotate_InterruptedBeforeTheStoreFollowed_OpensWithTheOldRootAndCanBeDoneAgain()
    {
        using var first = await File.CreateAsync(new MemorySlot(), default);
        using (var hierarchy = await KeyHierarchy.OpenAsync(_store, first, default)) await hierarchy.EnsureTenantAsync(TenantId.Default, default);
        // As a rotation leaves it that was killed between the file and the store.
        var entry = Assert.Single(File.Read());
        await File.AddSlotAsync(new MemorySlot(), first, default);
        var path = Path.Combine(_folder, SealFile.FileName);
        var file = System.Text.Json.Nodes.JsonNode.Parse(await System.IO.File.ReadAllTextAsync(path))!;
        file["slots"]![1]!["generation"] = 2;
        await System.IO.File.WriteAllTextAsync(path, file.ToJsonString());

        using var root = await File.OpenAsync([new MemorySlot()], await KeyHierarchy.ReadGenerationAsync(_store, default), default);
        using var reopened = await KeyHierarchy.OpenAsync(_store, root, default);
        using var keeper = new SealKeeper(File, [new MemorySlot()], reopened, TimeProvider.System);
        await RotateAsync(keeper);

        Assert.Equal(2, keeper.Generation);
        Assert.Equal([1, 2], keeper.Slots.Select(static slot => slot.Generation));
        Assert.Equal(entry.SlotId, keeper.Slots[0].SlotId);
    }

    [Fact]
    public async Task Rotate_SlotThatCannotTakeIt_ChangesNothing()
    {
        using var first = await File.CreateAsync(new MemorySlot(), default);
        using var hierarchy = await KeyHierarchy.OpenAsync(_store, first, default);
        using var keeper = new SealKeeper(File, [], hierarchy, TimeProvider.System);

        await Assert.ThrowsAsync<KeyreeveException>(async () => await RotateAsync(keeper));

        Assert.True(hierarchy.IsRoot(first));
        Assert.Single(keeper.Slots);
        Assert.Equal(1, await KeyHierarchy.ReadGenerationAsync(_store, default));
    }

    [Fact]
    [Trait("Attack", "47")]
    public async Task Open_StoreOfAnotherGenerationThanTheFile_SaysWhichFileIsMissing()
    {
        using var first = await File.CreateAsync(new MemorySlot(), default);

        var refusal = await Assert.ThrowsAsync<KeyreeveException>(async () => await File.OpenAsync([new MemorySlot()], 7, default));

        Assert.Contains("root key 7", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task<int> RotateAsync(SealKeeper keeper)
    {
        await using var rotation = await keeper.PrepareRotationAsync(default);
        await rotation.MakeAsync();
        return rotation.Entry.Generation;
    }
}
