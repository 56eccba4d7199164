using Xunit;
using System.Security.Cryptography.X509Certificates;

namespace Keyreeve.Integration.Kmip;

/// <summary>PyKMIP's client, which we did not write, does with our server all that both know.</summary>
public sealed class PyKmipClientTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    [Theory]
    [InlineData("1.0")]
    [InlineData("1.1")]
    [InlineData("1.2")]
    [InlineData("1.3")]
    [InlineData("1.4")]
    [InlineData("2.0")]
    public async Task PyKmipClient_EverythingBothKnow_Succeeds(string version)
    {
        PythonScript.Require("python3-pykmip", "/usr/lib/python3/dist-packages/kmip");
        using var certificate = door.Enrol($"pykmip-{version}");
        var folder = Directory.CreateDirectory(Path.Combine(door.Folder, version)).FullName;
        var cert = await WriteAsync(folder, "cert.pem", certificate.ExportCertificatePem());
        var key = await WriteAsync(folder, "key.pem", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        var ca = await WriteAsync(folder, "ca.pem", door.Authority.Certificate.ExportCertificatePem());

        var (exitCode, output, errors) = await PythonScript.RunAsync("pykmip_client.py", "127.0.0.1", $"{door.EndPoint.Port}", cert, key, ca, version);

        Assert.True(exitCode == 0 && output.TrimEnd().EndsWith("OK", StringComparison.Ordinal), output + errors + string.Join('\n', door.Log.Lines.TakeLast(20)));
    }

    private static async Task<string> WriteAsync(string folder, string name, string content)
    {
        var path = Path.Combine(folder, name);
        await File.WriteAllTextAsync(path, content);
        return path;
    }
}
