using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Keyreeve.Integration.Cli;
using Xunit;

namespace Keyreeve.Integration.Frameworks;

/// <summary>Each template: installed, made, built, enrolled as its README says, and run.</summary>
[Trait("Speed", "Slow")]
[Collection(typeof(SharedWorkshop))]
public sealed partial class TemplateTests(TemplateWorkshop workshop)
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
    public async Task FirstProgram_OfThePage_CopiedAsItStands_Runs()
    {
        var folder = await workshop.MakeProgramAsync("docs/sdk.md", "First", "Keyreeve.Client");

        var finished = await RunAsync(folder, "");

        Assert.True(finished.ExitCode == 0, finished.ToString());
        Assert.Equal("4111 1111 1111 1111", finished.Text.Trim());
    }

    [Fact]
    public void Packages_OfTheTemplates_AreOfTheVersionsOfThisTree()
    {
        var pinned = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion").ToDictionary(static e => (string)e.Attribute("Include")!, static e => (string)e.Attribute("Version")!, StringComparer.Ordinal);
        var references = Directory.EnumerateFiles(Path.Combine(Repository.Root, "templates", "content"), "*.csproj", SearchOption.AllDirectories).SelectMany(static file => XDocument.Load(file).Descendants("PackageReference")).ToList();

        Assert.NotEmpty(references);
        Assert.All(references, reference =>
        {
            var name = (string)reference.Attribute("Include")!;
            Assert.Equal(name.StartsWith("Keyreeve.", StringComparison.Ordinal) ? TemplateWorkshop.Version : pinned[name], (string)reference.Attribute("Version")!);
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
