using System.IO.Compression;
using System.Text;
using System.Xml.Linq;
using Xunit;

namespace Keyreeve.Integration.Frameworks;

/// <summary>What is in the packages, as somebody who finds one in a registry sees it.</summary>
[Trait("Speed", "Slow")]
[Collection(typeof(SharedWorkshop))]
public sealed class PackageTests(TemplateWorkshop workshop)
{
    /// <summary>Each package of a library, and which of ours and of others it stands on.</summary>
    public static TheoryData<string, string> Libraries => new()
    {
        { "Keyreeve.Kmip", "" },
        { "Keyreeve.Crypto", "" },
        { "Keyreeve.Core", "Keyreeve.Crypto" },
        { "Keyreeve.Pkcs11", "Keyreeve.Core" },
        { "Keyreeve.Client", "Keyreeve.Crypto Keyreeve.Kmip" },
        { "Keyreeve.Client.DataProtection", "Keyreeve.Client" },
        { "Keyreeve.Client.EncryptedConfiguration", "Keyreeve.Client Microsoft.Extensions.Configuration" },
        { "Keyreeve.Client.EntityFrameworkCore", "Keyreeve.Client Microsoft.EntityFrameworkCore.Relational" },
        { "Keyreeve.Client.HealthChecks", "Keyreeve.Client Microsoft.Extensions.Diagnostics.HealthChecks" },
        { "Keyreeve.Client.IdentityModel", "Keyreeve.Client Microsoft.IdentityModel.Tokens" },
        { "Keyreeve.Client.Json", "Keyreeve.Client" },
        { "Keyreeve.Client.Pkcs11", "Keyreeve.Client Keyreeve.Pkcs11" },
    };

    [Theory]
    [MemberData(nameof(Libraries))]
    public async Task Library_Packed_HasItsDocumentationSymbolsAndDependencies(string name, string dependencies)
    {
        await using var package = await OpenAsync(name, "nupkg");

        Assert.All(new[] { $"lib/net10.0/{name}.dll", $"lib/net10.0/{name}.xml" }, file => Assert.NotNull(package.GetEntry(file)));
        var said = await DescriptionOfAsync(package, name);
        Assert.Equal(dependencies, string.Join(' ', said.Descendants().Where(static e => e.Name.LocalName is "dependency").Select(static e => (string)e.Attribute("id")!).Order(StringComparer.Ordinal)));
        await using var symbols = await OpenAsync(name, "snupkg");
        Assert.NotNull(symbols.GetEntry($"lib/net10.0/{name}.pdb"));
    }

    [Fact]
    public async Task Packages_All_SayWhatTheyAreUnderWhichLicenseAndNotWhereTheyWereBuilt()
    {
        var names = Directory.GetFiles(workshop.Feed, "*.nupkg").Select(static file => Path.GetFileName(file)[..^$".{TemplateWorkshop.Version}.nupkg".Length]).ToList();
        Assert.Superset(Libraries.Select(static row => row.Data.Item1).Concat(["Keyreeve.Analyzers", "Keyreeve.Templates"]).ToHashSet(StringComparer.Ordinal), names.ToHashSet(StringComparer.Ordinal));
        foreach (var name in names)
        {
            await using var package = await OpenAsync(name, "nupkg");
            var said = await DescriptionOfAsync(package, name);
            string? Of(string what) => said.Descendants().SingleOrDefault(e => string.Equals(e.Name.LocalName, what, StringComparison.Ordinal))?.Value;

            Assert.Equal(("Apache-2.0", "README.md", "The Keyreeve authors"), (Of("license"), Of("readme"), Of("authors")));
            Assert.True(Of("description") is { Length: > 20 } text && text.EndsWith('.'), name);
            Assert.StartsWith($"# {(name is "Keyreeve.Templates" ? "Templates" : name)}\n", await TextOfAsync(package, "README.md"), StringComparison.Ordinal);
            if (TemplateWorkshop.Configuration is "Release")
            {
                foreach (var library in package.Entries.Where(static entry => entry.Name.EndsWith(".dll", StringComparison.Ordinal)))
                    Assert.DoesNotContain(Repository.Root, await TextOfAsync(package, library.FullName), StringComparison.Ordinal);
            }
        }
    }

    private Task<ZipArchive> OpenAsync(string name, string kind) => ZipFile.OpenReadAsync(Path.Combine(workshop.Feed, $"{name}.{TemplateWorkshop.Version}.{kind}"));

    private static async Task<XDocument> DescriptionOfAsync(ZipArchive package, string name) => XDocument.Parse((await TextOfAsync(package, name + ".nuspec")).TrimStart('\uFEFF'));

    private static async Task<string> TextOfAsync(ZipArchive package, string file)
    {
        var entry = package.GetEntry(file);
        Assert.True(entry is not null, $"{file} is missing.");
        using var reader = new StreamReader(await entry.OpenAsync(), Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }
}
