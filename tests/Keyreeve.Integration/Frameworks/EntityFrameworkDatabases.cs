using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Keyreeve.Integration.Frameworks;

public sealed class EntityFrameworkOnSqliteTests(ServerFixture server) : CountedKeyContract(server), IClassFixture<ServerFixture>
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-ef-").FullName;

    protected override Task OpenDatabaseAsync() => Task.CompletedTask;

    protected override Task CloseDatabaseAsync()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    protected override void Connect(DbContextOptionsBuilder builder) => builder.UseSqlite($"Data Source={Path.Combine(_folder, "clinic.db")}");
}

[Trait("Speed", "Slow")]
public sealed class EntityFrameworkOnPostgresTests(ServerFixture server, Postgres postgres)
    : CountedKeyContract(server), IClassFixture<ServerFixture>, IClassFixture<Postgres>
{
    private string _connection = "";

    protected override async Task OpenDatabaseAsync() => _connection = await postgres.CreateDatabaseAsync();

    protected override Task CloseDatabaseAsync() => Task.CompletedTask;

    protected override void Connect(DbContextOptionsBuilder builder) => builder.UseNpgsql(_connection);
}
