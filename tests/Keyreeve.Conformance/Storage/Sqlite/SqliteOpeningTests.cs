using System.Diagnostics;
using System.Runtime.Versioning;
using Keyreeve.Core;
using Keyreeve.Storage.Sqlite;
using Keyreeve.Storage.Sqlite.Interop;
using Xunit;

namespace Keyreeve.Conformance.Storage.Sqlite;

/// <summary>What the embedded store opens, what it refuses, and what it says then.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SqliteOpeningTests : StoreContract
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Fact]
    public async Task OpenAsync_NewDirectory_OwnersAlone()
    {
        await using var place = new SqliteUnderTest();
        await using var store = await place.OpenAsync();
        await store.CommitAsync(Insert(NewRow()), None);
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(place.DataDirectory));
        var files = Directory.GetFiles(place.DataDirectory);
        Assert.Contains(files, file => file.EndsWith("-wal", StringComparison.Ordinal));
        foreach (var file in files) Assert.Equal((file, OwnerOnly), (file, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task OpenAsync_EveryCommit_WaitsForTheDisk()
    {
        await using var place = new SqliteUnderTest();
        await using (await place.OpenAsync())
        {
            using var connection = SqliteConnection.Open(place.DatabasePath);
            Assert.Equal("wal", connection.ReadText("PRAGMA journal_mode"));
            Assert.Equal(Schema.ApplicationId, connection.ReadInt64("PRAGMA application_id"));
            Assert.Equal(1, connection.ReadInt64("PRAGMA user_version"));
        }
    }

    [Fact]
    public async Task OpenAsync_DirectoryInUse_RefusedUntilItIsFree()
    {
        await using var place = new SqliteUnderTest();
        var first = await place.OpenAsync();
        var refusal = await Refusal(place.Options);
        Assert.Contains(place.DataDirectory, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Another process", refusal.Message, StringComparison.Ordinal);
        await first.CommitAsync(Insert(NewRow()), None);
        await first.DisposeAsync();
        await using var second = await place.OpenAsync();
        Assert.Single(await Located(second, Query()));
    }

    [Fact]
    public async Task OpenAsync_DirectoryInUseByAnotherProcess_Refused()
    {
        await using var place = new SqliteUnderTest();
        using var child = StoreCrashChild.Start(place.DataDirectory);
        Assert.NotNull(await child.StandardOutput.ReadLineAsync());
        var refusal = await Refusal(place.Options);
        Assert.Contains("Another process", refusal.Message, StringComparison.Ordinal);
        child.Kill();
        await child.WaitForExitAsync();
        await using var store = await place.OpenAsync();
    }

    [Fact]
    public async Task OpenAsync_NewerSchema_RefusedAndUntouched()
    {
        await using var place = new SqliteUnderTest();
        await (await place.OpenAsync()).DisposeAsync();
        using (var connection = SqliteConnection.Open(place.DatabasePath)) connection.SetPragma("user_version", 7);
        var before = await File.ReadAllBytesAsync(place.DatabasePath);
        var refusal = await Refusal(place.Options);
        Assert.Contains("schema version 7", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("up to 1", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(place.DatabasePath));
    }

    [Fact]
    public async Task OpenAsync_AnotherProgramsDatabase_RefusedAndUntouched()
    {
        await using var place = new SqliteUnderTest();
        MakeFile(place, []);
        using (var connection = SqliteConnection.Open(place.DatabasePath)) connection.Execute("CREATE TABLE notes (text TEXT)");
        var before = await File.ReadAllBytesAsync(place.DatabasePath);
        var refusal = await Refusal(place.Options);
        Assert.Contains("not a Keyreeve store", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(place.DatabasePath));
    }

    [Fact]
    public async Task OpenAsync_NotADatabase_Refused()
    {
        await using var place = new SqliteUnderTest();
        MakeFile(place, [.. Enumerable.Repeat((byte)'x', 10_000)]);
        Assert.Contains("damaged", (await Refusal(place.Options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnyCall_FileDamaged_StoreUnavailable()
    {
        await using var place = new SqliteUnderTest();
        var rows = Enumerable.Range(0, 500).Select(i => NewRow($"name {i}", Entry("all", 1))).ToArray();
        await using (var store = await place.OpenAsync()) await store.CommitAsync(Insert(rows), None);

        // The roots of the tables are left and all below them is gone, as after a disk that lies.
        const int Kept = 20 * 4096;
        await using (var file = File.OpenWrite(place.DatabasePath))
        {
            file.Seek(Kept, SeekOrigin.Begin);
            await file.WriteAsync(new byte[file.Length - Kept]);
        }

        await using var damaged = await SqliteObjectStore.OpenAsync(place.Options);
        var read = await Assert.ThrowsAsync<KeyreeveException>(async () => await damaged.FindAsync(Tenant, rows[0].Id, None));
        Assert.Equal(KeyreeveError.StoreUnavailable, read.Error);
        var located = await Assert.ThrowsAsync<KeyreeveException>(async () => await damaged.LocateAsync(Query(Equal("all", 1)), None));
        Assert.Equal(KeyreeveError.StoreUnavailable, located.Error);
        Assert.Equal(KeyreeveError.StoreUnavailable, await RefusalOf(damaged.CommitAsync(Insert(NewRow()), None)));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupWrite, "chmod 700")]
    [InlineData(UnixFileMode.OtherWrite, "chmod 700")]
    public async Task OpenAsync_DirectoryThatOthersMayWrite_RefusedWithTheCommand(UnixFileMode mode, string command)
    {
        await using var place = new SqliteUnderTest();
        Directory.CreateDirectory(place.DataDirectory);
        File.SetUnixFileMode(place.DataDirectory, OwnerOnly | UnixFileMode.UserExecute | mode);
        Assert.Contains($"{command} '{place.DataDirectory}'", (await Refusal(place.Options)).Message, StringComparison.Ordinal);
    }

    [Fact, Trait("Attack", "61")]
    public async Task OpenAsync_FileThatOthersMayRead_RefusedWithTheCommand()
    {
        await using var place = new SqliteUnderTest();
        await (await place.OpenAsync()).DisposeAsync();
        File.SetUnixFileMode(place.DatabasePath, OwnerOnly | UnixFileMode.GroupRead);
        Assert.Contains($"chmod 600 '{place.DatabasePath}'", (await Refusal(place.Options)).Message, StringComparison.Ordinal);
        File.SetUnixFileMode(place.DatabasePath, OwnerOnly);
        await (await place.OpenAsync()).DisposeAsync();
    }

    [Fact]
    public async Task OpenAsync_DirectoryThatIsAFile_Refused()
    {
        await using var place = new SqliteUnderTest();
        await File.WriteAllTextAsync(place.DataDirectory, "a file");
        Assert.Contains(place.DataDirectory, (await Refusal(place.Options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_LogLeftByAKilledProcess_ReadWithinASecond()
    {
        await using var place = new SqliteUnderTest();
        using (var child = StoreCrashChild.Start(place.DataDirectory))
        {
            for (var i = 0; i < 50; i++) await child.StandardOutput.ReadLineAsync();
            child.Kill();
            await child.WaitForExitAsync();
        }

        Assert.True(new FileInfo(place.DatabasePath + "-wal").Length > 0);
        var clock = Stopwatch.StartNew();
        await using var store = await place.OpenAsync();
        Assert.True((await Located(store, Query())).Count >= 50);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"{clock.Elapsed}"); // bounded by the log's size; generous for a busy machine
    }

    private static async Task<KeyreeveException> Refusal(SqliteStoreOptions options)
    {
        var refusal = await Assert.ThrowsAsync<KeyreeveException>(() => SqliteObjectStore.OpenAsync(options));
        Assert.Equal(KeyreeveError.StoreUnavailable, refusal.Error);
        return refusal;
    }

    private static void MakeFile(SqliteUnderTest place, byte[] content)
    {
        Directory.CreateDirectory(place.DataDirectory, OwnerOnly | UnixFileMode.UserExecute);
        using var file = new FileStream(
            place.DatabasePath, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly });
        file.Write(content);
    }
}
