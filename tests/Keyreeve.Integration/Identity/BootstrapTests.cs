using System.Security.Cryptography;
using System.Text;
using Keyreeve.Core;
using Keyreeve.Server.Identity;
using Xunit;

namespace Keyreeve.Integration.Identity;

public sealed class BootstrapTests
{
    [Fact]
    public async Task Initialise_NewDirectory_MakesWhatAServerNeeds()
    {
        await using var server = await new Installation().StartAsync();

        Assert.True(server.Made.IsNew);
        Assert.Equal(server.Identity.Authority.CertificatePem, await File.ReadAllTextAsync(server.Made.AuthorityFile));
        Assert.Equal(server.Identity.Authority.Fingerprint, server.Made.AuthorityFingerprint);
        Assert.InRange(server.Made.CodeExpiresAt - server.Time.GetUtcNow(), TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(60));
    }

    [Fact]
    public async Task Initialise_Again_KeepsEverythingAndGivesAnotherCode()
    {
        await using var server = await new Installation().StartAsync();
        await server.CloseAsync();

        var again = await Bootstrap.InitialiseAsync(server.Options with { AdministratorName = "admin2" }, CancellationToken.None);
        await server.OpenAsync();

        Assert.False(again.IsNew);
        Assert.Equal(server.Made.AuthorityFingerprint, again.AuthorityFingerprint);
        Assert.NotEqual(server.Made.AdministratorCode, again.AdministratorCode, StringComparer.Ordinal);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Equal("admin2", (await server.EnrolAsync(again.AdministratorCode, Installation.RequestOf(key))).Principal.Name);
    }

    [Fact]
    public async Task Initialise_SealFileLost_IsRefusedRatherThanMadeAnew()
    {
        await using var server = await new Installation().StartAsync();
        await server.CloseAsync();
        var seal = Path.Combine(server.Root, "seal.json");
        File.Move(seal, seal + ".lost");

        var refusal = await Assert.ThrowsAsync<KeyreeveException>(() => Bootstrap.InitialiseAsync(server.Options, CancellationToken.None));

        Assert.Equal(KeyreeveError.Sealed, refusal.Error);
        Assert.False(File.Exists(seal));
        File.Move(seal + ".lost", seal);
        await server.OpenAsync();
    }

    [Fact]
    [Trait("Attack", "52")]
    public async Task Initialise_Files_HoldNoPrivateKeyInClear()
    {
        await using var server = await new Installation().StartAsync();
        using var key = server.OpenAuthorityKey();
        var secret = key.ExportParameters(includePrivateParameters: true).D!;
        await server.CloseAsync();

        foreach (var file in Directory.GetFiles(server.Root, "*", SearchOption.AllDirectories))
        {
            var content = await File.ReadAllBytesAsync(file);
            Assert.True(content.AsSpan().IndexOf(secret) < 0, file);
            // By this one custodians know a server that is sealed; it opens nothing.
            if (Path.GetFileName(file) is "sealed-door.pem") continue;
            Assert.DoesNotContain("PRIVATE KEY", Encoding.Latin1.GetString(content), StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToBase64String(secret)[..20], Encoding.Latin1.GetString(content), StringComparison.Ordinal);
        }

        await server.OpenAsync();
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public async Task Initialise_AuthoritiesThatAreNone_IsRefused(string pem)
    {
        await using var server = await new Installation().StartAsync();
        await server.CloseAsync();

        var refusal = await Assert.ThrowsAsync<KeyreeveException>(
            () => Bootstrap.InitialiseAsync(server.Options with { TrustedAuthorities = pem }, CancellationToken.None));

        Assert.Equal(KeyreeveError.InvalidField, refusal.Error);
        await server.OpenAsync();
    }
}
