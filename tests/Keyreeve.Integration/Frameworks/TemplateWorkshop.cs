using System.Diagnostics;
using System.Text.Json;
using System.Xml.Linq;
using Keyreeve.Integration.Cli;
using Xunit;

namespace Keyreeve.Integration.Frameworks;

/// <summary>Tests of what is packed: one workshop for all of them.</summary>
[CollectionDefinition]
public sealed class SharedWorkshop : ICollectionFixture<TemplateWorkshop>;

/// <summary>The templates, installed where nothing else is, packages of this tree in a folder beside them, and a server.</summary>
public sealed class TemplateWorkshop : IAsyncLifetime
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(10);

    private readonly Scratch _scratch = new();
    private ServerProcess _server = null!;
    private string _administrator = "";

    /// <summary>Where all packages of this tree are.</summary>
    public string Feed => _scratch["feed"];

    /// <summary>Of which version they are.</summary>
    public static string Version { get; } = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("VersionPrefix").Single().Value;

    public static string Configuration => AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";

    public async ValueTask InitializeAsync()
    {
        _server = await ServerProcess.StartNewAsync();
        _administrator = await _server.EnrolAsync("admin", _server.AdministratorCode);
        await RunAsync(Repository.Root, "msbuild", "eng/packages.proj", "-t:Pack", "-nodeReuse:false", "-v:quiet", "-p:NoBuild=true", $"-p:Configuration={Configuration}", $"-p:PackageOutputPath={_scratch["feed"]}");
        // Nothing is fetched: what else the programs need was restored for this tree.
        var restored = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        await File.WriteAllTextAsync(_scratch["nuget.config"], $"""
            <configuration>
              <packageSources><clear /><add key="feed" value="{_scratch["feed"]}" /></packageSources>
              <fallbackPackageFolders><clear /><add key="restored" value="{restored}" /></fallbackPackageFolders>
            </configuration>
            """);
        await RunAsync(_scratch.Folder, "new", "install", Directory.GetFiles(_scratch["feed"], "Keyreeve.Templates.*.nupkg").Single());
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _scratch.Dispose();
    }

    /// <summary>Makes a program, builds it, and does what its README says has to be done once. Returns its folder.</summary>
    public async Task<string> MakeAsync(string template, string name, string key)
    {
        await RunAsync(_scratch.Folder, "new", template, "--name", name, "--key", key);
        var folder = _scratch[name];
        var built = await BuildAsync(folder);
        Assert.True(built.ExitCode == 0, built.Output);
        await FollowAsync(folder, Path.Combine(folder, "README.md"));
        return folder;
    }

    /// <summary>Makes a console program of a page's code, with a package beside it, and does what the page says. Returns its folder.</summary>
    public async Task<string> MakeProgramAsync(string page, string name, string package)
    {
        await RunAsync(_scratch.Folder, "new", "console", "--name", name, "--no-restore");
        var folder = _scratch[name];
        await RunAsync(folder, "add", "package", package);
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), PageCode.ProgramOn(page));
        var built = await BuildAsync(folder);
        Assert.True(built.ExitCode == 0, built.Output);
        await FollowAsync(folder, Path.Combine(Repository.Root, page));
        return folder;
    }

    /// <summary>Runs the commands of a page that begin with <c>keyreeve</c>: an administrator's, or of whoever has the configuration they name.</summary>
    private async Task FollowAsync(string folder, string page)
    {
        var code = "";
        foreach (var line in (await File.ReadAllLinesAsync(page)).Where(static line => line.StartsWith("keyreeve ", StringComparison.Ordinal)))
        {
            var isAdministrators = !line.Contains("--config", StringComparison.Ordinal);
            var arguments = line.Replace("https://localhost:8443", _server.Address, StringComparison.Ordinal).Replace("FINGERPRINT", _server.Fingerprint, StringComparison.Ordinal).Replace("CODE", code, StringComparison.Ordinal).Split(' ')[1..];
            var finished = await CliProcess.RunAsync(folder, isAdministrators ? [.. arguments, "--config", _administrator, "--output", "json"] : arguments);
            Assert.True(finished.ExitCode == 0, $"{line}\n{finished}");
            if (arguments[0] is "enrolment-code")
                code = JsonDocument.Parse(finished.Output).RootElement.GetProperty("code").GetString()!;
        }
    }

    /// <summary>Builds a program that was made; warnings are errors.</summary>
    public Task<(int ExitCode, string Output)> BuildAsync(string folder) =>
        TryRunAsync(folder, "build", "--nologo", "-v", "quiet", "-nodeReuse:false", "-p:UseSharedCompilation=false", "-warnaserror");

    /// <summary>How a program that was made is started, in its folder.</summary>
    public static ProcessStartInfo StartOf(string folder, params string[] arguments)
    {
        var start = CliProcess.Command(folder, "dotnet");
        start.ArgumentList.Add(Path.Combine(folder, "bin", "Debug", "net10.0", Path.GetFileName(folder) + ".dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return start;
    }

    private async Task RunAsync(string folder, params string[] arguments)
    {
        var (exitCode, output) = await TryRunAsync(folder, arguments);
        Assert.True(exitCode == 0, $"dotnet {string.Join(' ', arguments)}\n{output}");
    }

    private async Task<(int ExitCode, string Output)> TryRunAsync(string folder, params string[] arguments)
    {
        var start = CliProcess.Command(folder, "dotnet");
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        // Templates and packages of this test's own; the first start of a new user has much to say and to make.
        (start.Environment["HOME"], start.Environment["DOTNET_CLI_HOME"], start.Environment["NUGET_PACKAGES"]) = (_scratch["home"], _scratch["home"], _scratch["packages"]);
        start.Environment["DOTNET_GENERATE_ASPNET_CERTIFICATE"] = "false";
        start.Environment["DOTNET_NOLOGO"] = start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        Directory.CreateDirectory(_scratch["home"]);
        using var limit = new CancellationTokenSource(TimeLimit);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, output + await errors);
    }
}
