using Keyreeve.Kmip;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>MongoDB's libmongocrypt, as every driver of MongoDB contains it, with Keyreeve as its KMIP key provider.</summary>
public sealed class MongocryptTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Mongocrypt_WithKeyreeveAsProvider_SealsAndOpensUntilTheKeyIsDestroyed()
    {
        PythonScript.Require("libmongocrypt0", $"/usr/lib/{Architecture}-linux-gnu/libmongocrypt.so.0");
        var application = await server.EnrolAsync("mongodb", "databases", "use", "manage", "export");
        var elsewhere = await server.EnrolAsync("elsewhere", "other", "use", "manage", "export");

        var sealing = await RunAsync(application, "seal");
        Assert.True(sealing.ExitCode == 0 && sealing.Output.TrimEnd().EndsWith("OK", StringComparison.Ordinal), sealing.Output + sealing.Errors);
        Assert.Contains("Item Not Found", Line(sealing.Output, "refused: "), StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(application, "open")).ExitCode);
        Assert.Equal(2, (await RunAsync(elsewhere, "open")).ExitCode);

        await DestroyAsync(application, Line(sealing.Output, "masters ").Split(' '));
        var opening = await RunAsync(application, "open");
        Assert.Equal(2, opening.ExitCode);
        Assert.Contains("Operation Failed", Line(opening.Output, "refused "), StringComparison.Ordinal);
    }

    private static string Architecture => System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.Arm64 => "aarch64",
        _ => "x86_64",
    };

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(TestPrincipal principal, string step)
    {
        var (certificate, key) = principal.WriteFiles(server.Folder);
        var authority = Path.Combine(server.Folder, "mongodb-ca.crt");
        await File.WriteAllTextAsync(authority, server.Authority.ExportCertificatePem());
        return await PythonScript.RunAsync(
            "mongocrypt_client.py", "localhost", $"{server.KmipEndPoint.Port}", certificate, key, authority, Path.Combine(server.Folder, "key-vault.json"), step);
    }

    private async Task DestroyAsync(TestPrincipal principal, string[] identifiers)
    {
        await using var client = new KmipClient(new KmipClientOptions
        {
            Host = "localhost",
            Port = server.KmipEndPoint.Port,
            Tls = new() { ClientCertificates = [principal.Certificate], CertificateChainPolicy = TestAuthority.TrustOnly(server.Authority) },
        });
        foreach (var identifier in identifiers)
        {
            await client.RevokeAsync(UniqueIdentifier.From(identifier), new RevocationReason { RevocationReasonCode = RevocationReasonCode.CessationOfOperation });
            await client.DestroyAsync(UniqueIdentifier.From(identifier));
        }
    }

    private static string Line(string output, string beginning) =>
        output.Split('\n').Single(line => line.StartsWith(beginning, StringComparison.Ordinal))[beginning.Length..].Trim();
}
