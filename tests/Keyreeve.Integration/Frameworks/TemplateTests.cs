using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Keyreeve.Integration.Cli;
using Xunit;

namespace Keyreeve.Integration.Frameworks;

/// <summary>The templates, installed where nothing else is, packages of this tree in a folder beside them, and a server.</summary>
public sealed class TemplateWorkshop : IAsyncLifetime
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(10);

    private readonly Scratch _scratch = new();
    private ServerProcess _server = null!;
    private string _administrator = "";

    private static string Configuration => AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";

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
        var code = "";
        foreach (var line in (await File.ReadAllLinesAsync(Path.Combine(folder, "README.md"))).Where(static line => line.StartsWith("keyreeve ", StringComparison.Ordinal)))
        {
            var isAdministrators = !line.Contains("--config", StringComparison.Ordinal);
            var arguments = line.Replace("https://localhost:8443", _server.Address, StringComparison.Ordinal).Replace("FINGERPRINT", _server.Fingerprint, StringComparison.Ordinal).Replace("CODE", code, StringComparison.Ordinal).Split(' ')[1..];
            var finished = await CliProcess.RunAsync(folder, isAdministrators ? [.. arguments, "--config", _administrator, "--output", "json"] : arguments);
            Assert.True(finished.ExitCode == 0, $"{line}\n{finished}");
            if (arguments[0] is "enrolment-code")
                code = JsonDocument.Parse(finished.Output).RootElement.GetProperty("code").GetString()!;
        }

        return folder;
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

/// <summary>Each template: installed, made, built, enrolled as its README says, and run.</summary>
[Trait("Speed", "Slow")]
public sealed partial class TemplateTests(TemplateWorkshop workshop) : IClassFixture<TemplateWorkshop>
{
    [Fact]
    public async Task Console_Made_EncryptsAndDecryptsWhatIsItsOwn()
    {
        var folder = await workshop.MakeAsync("keyreeve-console", "Vault", "papers");

        var encrypted = await RunAsync(folder, "4111 1111 1111 1111", "encrypt", "customer-7");
        Assert.StartsWith("Sw", encrypted.Text, StringComparison.Ordinal);
        Assert.Equal("4111 1111 1111 1111", (await RunAsync(folder, encrypted.Text, "decrypt", "customer-7")).Text);
        var refused = await RunAsync(folder, encrypted.Text, "decrypt", "customer-8");
        Assert.Equal((1, ""), (refused.ExitCode, refused.Text));
        Assert.DoesNotContain("4111", refused.Errors, StringComparison.Ordinal);

        await File.WriteAllTextAsync(Path.Combine(folder, "plain.txt"), "many lines");
        Assert.Equal(0, (await RunAsync(folder, "", "encrypt-file", "r", "plain.txt", "sealed")).ExitCode);
        Assert.Equal(0, (await RunAsync(folder, "", "decrypt-file", "r", "sealed", "again.txt")).ExitCode);
        Assert.Equal("many lines", await File.ReadAllTextAsync(Path.Combine(folder, "again.txt")));
        Assert.Equal(2, (await RunAsync(folder, "", "nonsense")).ExitCode);
    }

    [Fact]
    public async Task WebApi_Made_StoresEnvelopesAndFindsByValue()
    {
        var folder = await workshop.MakeAsync("keyreeve-webapi", "Clinic", "patients");
        using var process = Process.Start(TemplateWorkshop.StartOf(folder, "--urls", "http://127.0.0.1:0"))!;
        try
        {
            using var browser = new HttpClient { BaseAddress = await AddressOfAsync(process) };
            Assert.Equal("Healthy", await browser.GetStringAsync("health"));
            var created = await browser.PostAsJsonAsync("customers", new { name = "Anna Lind", email = "anna@example.org" });
            Assert.Equal(HttpStatusCode.Created, created.StatusCode);
            Assert.Contains("Anna Lind", await browser.GetStringAsync(created.Headers.Location), StringComparison.Ordinal);
            Assert.Contains("Anna Lind", await browser.GetStringAsync("customers?email=anna@example.org"), StringComparison.Ordinal);
            Assert.Equal("[]", await browser.GetStringAsync("customers?email=ben@example.org"));
            Assert.Equal("""{"name":"A. L.","email":"****@example.org"}""", await browser.GetStringAsync(created.Headers.Location + "/masked"));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        foreach (var file in Directory.EnumerateFiles(folder, "shop.*"))
            Assert.DoesNotContain("anna@", await File.ReadAllTextAsync(file, System.Text.Encoding.Latin1), StringComparison.Ordinal);

        // The analyzers found the file of classes by themselves: a class that it lacks does not compile.
        var shop = Path.Combine(folder, "Shop.cs");
        await File.WriteAllTextAsync(shop, (await File.ReadAllTextAsync(shop)).Replace("\"person-name\"", "\"persons-name\"", StringComparison.Ordinal));
        var (exitCode, output) = await workshop.BuildAsync(folder);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("error KRV001: The data class 'persons-name' has no rule; there are: email, person-name", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Packages_OfTheTemplates_AreOfTheVersionsOfThisTree()
    {
        var pinned = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion").ToDictionary(static e => (string)e.Attribute("Include")!, static e => (string)e.Attribute("Version")!, StringComparer.Ordinal);
        var own = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("VersionPrefix").Single().Value;
        var references = Directory.EnumerateFiles(Path.Combine(Repository.Root, "templates", "content"), "*.csproj", SearchOption.AllDirectories).SelectMany(static file => XDocument.Load(file).Descendants("PackageReference")).ToList();

        Assert.NotEmpty(references);
        Assert.All(references, reference =>
        {
            var name = (string)reference.Attribute("Include")!;
            Assert.Equal(name.StartsWith("Keyreeve.", StringComparison.Ordinal) ? own : pinned[name], (string)reference.Attribute("Version")!);
        });
    }

    private static async Task<Finished> RunAsync(string folder, string input, params string[] arguments)
    {
        using var process = Process.Start(TemplateWorkshop.StartOf(folder, arguments))!;
        return await CliProcess.FinishAsync(process, System.Text.Encoding.UTF8.GetBytes(input));
    }

    private static async Task<Uri> AddressOfAsync(Process process)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (ListeningLine().Match(line) is { Success: true } listening)
                return new Uri(listening.Value);
        }

        throw new InvalidOperationException(await process.StandardError.ReadToEndAsync(limit.Token));
    }

    [GeneratedRegex(@"(?<=Now listening on: )http://\S+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ListeningLine();
}
