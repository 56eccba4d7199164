using Xunit;
using System.Security.Cryptography.X509Certificates;

namespace Keyreeve.Integration.Kmip;

/// <summary>PyKMIP's client, which we did not write, does with our server all that both know.</summary>
[Trait("Speed", "Slow")]
public sealed class PyKmipClientTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    [Theory]
    [InlineData("1.0")]
    [InlineData("1.1")]
    [InlineData("1.2")]
    [InlineData("1.3")]
    [InlineData("1.4")]
    [InlineData("2.0")]
    public Task PyKmipClient_EverythingBothKnow_Succeeds(string version) => RunAsync("default", version);

    // In 2.0 the server tells groups in interop mode what it calls a request, which PyKMIP cannot read.
    [Theory]
    [InlineData("1.2")]
    [InlineData("1.4")]
    public async Task PyKmipClient_WeakAlgorithms_AreRefusedInStrictGroupsAndTakenInOthers(string version)
    {
        await RunAsync("default", version, "weak_is_refused");
        await RunAsync(KmipDoor.InteropGroup, version, "weak_is_taken");
    }

    private async Task RunAsync(string group, string version, params string[] sections)
    {
        PythonScript.Require("python3-pykmip", "/usr/lib/python3/dist-packages/kmip");
        using var certificate = door.Enrol($"pykmip-{group}-{version}", group);
        var folder = Directory.CreateDirectory(Path.Combine(door.Folder, $"{group}-{version}")).FullName;
        var cert = await WriteAsync(folder, "cert.pem", certificate.ExportCertificatePem());
        var key = await WriteAsync(folder, "key.pem", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        var ca = await WriteAsync(folder, "ca.pem", door.Authority.Certificate.ExportCertificatePem());

        var (exitCode, output, errors) = await PythonScript.RunAsync(
            "pykmip_client.py", ["127.0.0.1", $"{door.EndPoint.Port}", cert, key, ca, version, .. sections]);

        Assert.True(exitCode == 0 && output.TrimEnd().EndsWith("OK", StringComparison.Ordinal), output + errors + string.Join('\n', door.Log.Lines.TakeLast(20)));
        Assert.All(sections, section => Assert.Contains(section, output, StringComparison.Ordinal));
    }

    private static async Task<string> WriteAsync(string folder, string name, string content)
    {
        var path = Path.Combine(folder, name);
        await File.WriteAllTextAsync(path, content);
        return path;
    }
}
