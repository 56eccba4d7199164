using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using Keyreeve.Integration.Cli;
using Keyreeve.Integration.Client;
using Microsoft.Data.Sqlite;
using Npgsql;
using Xunit;

namespace Keyreeve.Integration.Frameworks;

/// <summary>The samples do what they show, each as a process of its own against a server; docs/frameworks.md shows what they do.</summary>
public sealed class FrameworkSampleTests(ServerFixture server, Postgres postgres) : IClassFixture<ServerFixture>, IClassFixture<Postgres>, IAsyncLifetime
{
    private const int Rows = 1500;

    private readonly Scratch _scratch = new();
    private string _configuration = "";

    public async ValueTask InitializeAsync() => _configuration = await ProviderConnections.PrepareAsync(server, _scratch, "orders");

    public ValueTask DisposeAsync()
    {
        _scratch.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    [Trait("Speed", "Slow")]
    public async Task EntityFrameworkCore(string database)
    {
        var output = await RunAsync("EntityFrameworkCore", [_configuration, database, await ConnectionToAsync(database), _scratch["shop.index-key"]]);

        Assert.Contains("found: Anna Lind", output, StringComparison.Ordinal);
        Assert.Contains("stored: Sw", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    [Trait("Speed", "Slow")]
    public async Task EntityFrameworkCore_EncryptColumnKilled_GoesOnWhereItWas(string database)
    {
        string[] arguments;
        int left;
        // A machine that stands still may let it run to its end before it is killed: then once more, from the start.
        do
        {
            arguments = [_configuration, database, await ConnectionToAsync(database), _scratch["shop.index-key"], "encrypt-column"];
            await using var connection = await OpenAsync(database, arguments[2]);
            await FillAsync(connection);
            await KillAfterFirstBatchAsync("EntityFrameworkCore", arguments);
            left = await CountPlaintextAsync(connection);
        }
        while (left == 0);

        Assert.InRange(left, 1, Rows - 20);
        // A batch is there as a whole, or not at all.
        Assert.Equal(0, (Rows - left) % 20);
        var again = await RunAsync("EntityFrameworkCore", arguments);
        Assert.Contains($"{Rows} of {Rows}\n", again, StringComparison.Ordinal);
        Assert.Contains($"encrypted: {left}, before: {Rows - left}\n", again, StringComparison.Ordinal);
        await using var after = await OpenAsync(database, arguments[2]);
        Assert.Equal(0, await CountPlaintextAsync(after));
        // Which opens every row, at its place.
        Assert.Contains($"encrypted: 0, before: {Rows}\n", await RunAsync("EntityFrameworkCore", arguments), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task AspNetCore()
    {
        var output = await RunAsync("AspNetCore", [_configuration, _scratch.Folder]);

        Assert.Contains("health: Healthy", output, StringComparison.Ordinal);
        Assert.Contains("cookie: CfDJ8", output, StringComparison.Ordinal);
        Assert.Contains("setting: Host=db;Password=secret", output, StringComparison.Ordinal);
        Assert.Contains("holds ************1111", output, StringComparison.Ordinal);
        Assert.Contains("keyreeveEnvelope", await File.ReadAllTextAsync(Directory.GetFiles(_scratch.Folder, "key-*.xml").Single()), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Tokens()
    {
        var (certificate, key) = server.App.WriteFiles(_scratch.Folder);

        var output = await RunAsync("Tokens", ["localhost", $"{server.KmipEndPoint.Port}", certificate, key, _scratch["authority.pem"]]);

        Assert.Contains("valid: True", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_EveryPieceOfCode_StandsInASampleOrTemplate() => AssertStandsInSamples("docs/frameworks.md");

    [Theory]
    [InlineData("EntityFrameworkCore")]
    [InlineData("DataProtection")]
    [InlineData("EncryptedConfiguration")]
    [InlineData("HealthChecks")]
    [InlineData("IdentityModel")]
    [InlineData("Json")]
    public void Readme_OfPackage_ItsCodeStandsInASampleOrTemplate(string package) => AssertStandsInSamples($"src/Keyreeve.Client.{package}/README.md");

    private static void AssertStandsInSamples(string page)
    {
        string[] folders = ["samples", "templates"];
        PageCode.AssertStandsIn(page, folders.SelectMany(static folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal)));
    }

    private async Task<string> ConnectionToAsync(string database) =>
        database is "postgres" ? await postgres.CreateDatabaseAsync() : $"Data Source={_scratch[$"{Guid.NewGuid():N}.db"]};Pooling=False";

    private static async Task<DbConnection> OpenAsync(string database, string connectionString)
    {
        DbConnection connection = database is "postgres" ? new NpgsqlConnection(connectionString) : new SqliteConnection(connectionString);
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>A table as it was before anybody thought of encryption, and the column that the blind index needs.</summary>
    private static async Task FillAsync(DbConnection connection)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = $"""
            CREATE TABLE "Customers" ("Id" integer PRIMARY KEY, "Email" text, "EmailIndex" varchar(22));
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {Rows.ToString(CultureInfo.InvariantCulture)})
            INSERT INTO "Customers" ("Id", "Email") SELECT i, 'user' || i || '@example.org' FROM n
            """;
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<int> CountPlaintextAsync(DbConnection connection)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = """SELECT count(*) FROM "Customers" WHERE "Email" LIKE '%@%'""";
        return Convert.ToInt32(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    private static async Task KillAfterFirstBatchAsync(string sample, string[] arguments)
    {
        using var process = Process.Start(StartOf(sample, arguments))!;
        var errors = process.StandardError.ReadToEndAsync();
        var first = await process.StandardOutput.ReadLineAsync();
        process.Kill();
        await process.WaitForExitAsync();
        Assert.True(first?.EndsWith($"of {Rows}", StringComparison.Ordinal), first + await errors);
    }

    private static ProcessStartInfo StartOf(string sample, string[] arguments)
    {
        var configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        var program = Path.Combine(Repository.Root, $"samples/Keyreeve.Samples.{sample}/bin/{configuration}/net10.0/Keyreeve.Samples.{sample}.dll");
        return new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
    }

    private static async Task<string> RunAsync(string sample, string[] arguments)
    {
        using var process = Process.Start(StartOf(sample, arguments))!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output + await errors);
        return output;
    }
}
