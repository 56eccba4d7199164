using System.Diagnostics;
using System.IO.Compression;
using Xunit;

namespace Keyreeve.Integration.Api;

public sealed class KmipPackageTests
{
    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Pack_OfKmip_HoldsTheLibraryItsDocumentationAndNothingToDependOn()
    {
        var folder = Directory.CreateTempSubdirectory("keyreeve-pack-");
        try
        {
            var configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
            var start = new ProcessStartInfo("dotnet", ["pack", Path.Combine(Repository.Root, "src/Keyreeve.Kmip"), "--no-build", "--nologo", "-nodeReuse:false", "-c", configuration, "-o", folder.FullName])
            {
                RedirectStandardOutput = true, UseShellExecute = false,
            };
            using var process = Process.Start(start)!;
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, output);

            Assert.Single(folder.GetFiles("*.snupkg"));
            await using var package = await ZipFile.OpenReadAsync(Assert.Single(folder.GetFiles("*.nupkg")).FullName);
            Assert.All(
                new[] { "lib/net10.0/Keyreeve.Kmip.dll", "lib/net10.0/Keyreeve.Kmip.xml", "README.md" }, name => Assert.NotNull(package.GetEntry(name)));
            using var reader = new StreamReader(await package.GetEntry("Keyreeve.Kmip.nuspec")!.OpenAsync());
            var specification = await reader.ReadToEndAsync();
            Assert.Contains("<license type=\"expression\">Apache-2.0</license>", specification, StringComparison.Ordinal);
            Assert.DoesNotContain("<dependency ", specification, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
