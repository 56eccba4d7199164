using System.Diagnostics;
using Npgsql;
using Xunit;

namespace Keyreeve.Integration.Frameworks;

/// <summary>A PostgreSQL of these tests alone: in a temporary folder, reached by a socket there. Without it, tests are skipped.</summary>
public sealed class Postgres : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-pg-").FullName;
    private Process? _server;

    /// <summary>Makes an empty database.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        if (_server is null) Assert.Skip("postgresql is not installed.");
        var name = $"db{Guid.NewGuid():N}";
        await using var connection = new NpgsqlConnection(ConnectionTo("postgres"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await command.ExecuteNonQueryAsync();
        return ConnectionTo(name);
    }

    public async ValueTask InitializeAsync()
    {
        if (FindPrograms() is not { } programs) return;
        var data = Path.Combine(_folder, "data");
        if (Environment.IsPrivilegedProcess) await RunAsync("chown", ["postgres", _folder]);
        await RunAsUserAsync(Path.Combine(programs, "initdb"), ["-D", data, "-U", "keyreeve", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
        _server = Start(AsUser(
            Path.Combine(programs, "postgres"),
            ["-D", data, "-k", _folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=60", "-c", "dynamic_shared_memory_type=posix"]));
        await WaitUntilItAnswersAsync();
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_server is not null)
        {
            // In order, so that it leaves no shared memory behind. It may be a child of runuser: its own id stands in its file.
            var id = (await File.ReadAllLinesAsync(Path.Combine(_folder, "data", "postmaster.pid")))[0];
            await RunAsync("sh", ["-c", $"kill -INT {id}"]);
            await _server.WaitForExitAsync();
            _server.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private string ConnectionTo(string database) => $"Host={_folder};Database={database};Username=keyreeve;Timeout=60;Command Timeout=120";

    private static string? FindPrograms() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.EnumerateDirectories("/usr/lib/postgresql").Select(static version => Path.Combine(version, "bin")).LastOrDefault(static bin => File.Exists(Path.Combine(bin, "initdb")))
        : null;

    private async Task WaitUntilItAnswersAsync()
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionTo("postgres"));
                await connection.OpenAsync();
                return;
            }
            catch (NpgsqlException) when (waited.Elapsed < TimeSpan.FromSeconds(60) && !_server!.HasExited)
            {
                await Task.Delay(50);
            }
        }
    }

    // PostgreSQL does not run as root.
    private static (string Program, string[] Arguments) AsUser(string program, string[] arguments) =>
        Environment.IsPrivilegedProcess ? ("runuser", ["-u", "postgres", "--", program, .. arguments]) : (program, arguments);

    private static Task RunAsUserAsync(string program, string[] arguments)
    {
        var (file, all) = AsUser(program, arguments);
        return RunAsync(file, all);
    }

    private static async Task RunAsync(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = "/" };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output + await errors);
    }

    private static Process Start((string Program, string[] Arguments) what)
    {
        var start = new ProcessStartInfo(what.Program, what.Arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = "/" };
        var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
