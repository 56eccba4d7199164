using Xunit;
using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;

namespace Keyreeve.Integration.Kmip;

/// <summary>PyKMIP's client, which we did not write, lives the life of a key.</summary>
public sealed class PyKmipClientTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    // Debian's package runs under the system's interpreter alone.
    private const string Python = "/usr/bin/python3";

    [Theory]
    [InlineData("1.0")]
    [InlineData("1.1")]
    [InlineData("1.2")]
    [InlineData("1.3")]
    [InlineData("1.4")]
    [InlineData("2.0")]
    public async Task Client_LifeOfAKey_Succeeds(string version)
    {
        if (!Directory.Exists("/usr/lib/python3/dist-packages/kmip")) Assert.Skip("python3-pykmip is not installed.");

        using var certificate = door.Enrol($"pykmip-{version}");
        var folder = Directory.CreateDirectory(Path.Combine(door.Folder, version)).FullName;
        var cert = await WriteAsync(folder, "cert.pem", certificate.ExportCertificatePem());
        var key = await WriteAsync(folder, "key.pem", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        var ca = await WriteAsync(folder, "ca.pem", door.Authority.Certificate.ExportCertificatePem());
        var script = Path.Combine(Repository.Root, "tests/Keyreeve.Integration/Kmip/pykmip_client.py");

        var (exitCode, output, errors) = await RunAsync(
            Python, script, "127.0.0.1", $"{door.EndPoint.Port}", cert, key, ca, version);

        Assert.True(exitCode == 0 && output.TrimEnd().EndsWith("OK", StringComparison.Ordinal), output + errors + string.Join('\n', door.Log.Lines.TakeLast(20)));
    }

    private static async Task<string> WriteAsync(string folder, string name, string content)
    {
        var path = Path.Combine(folder, name);
        await File.WriteAllTextAsync(path, content);
        return path;
    }

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }
}
