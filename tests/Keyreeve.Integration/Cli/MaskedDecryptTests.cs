using System.Text;
using System.Text.Json;
using Keyreeve.Client;
using Keyreeve.Crypto;
using Keyreeve.Integration.Client;
using Keyreeve.Integration.Frameworks;
using Xunit;

namespace Keyreeve.Integration.Cli;

/// <summary><c>keyreeve decrypt --masked</c>, by somebody who may see masks alone.</summary>
[Trait("Speed", "Slow")]
public sealed class MaskedDecryptTests(MaskingServer server) : IClassFixture<MaskingServer>, IDisposable
{
    private static readonly string[] Context = ["--context", "row=7", "--context", "class=email"];

    private readonly Scratch _scratch = new();

    [Fact]
    [Trait("Attack", "39")]
    [Trait("Attack", "40")]
    public async Task Decrypt_Masked_ShowsTheMaskAndNothingElse()
    {
        var app = await ProviderConnections.PrepareAsync(server, _scratch, "people");
        var support = await WriteSupportsAsync();
        _scratch.Write("mail.txt", "anna@example.org"u8.ToArray());
        Assert.Equal(0, (await RunAsync(app, "encrypt", _scratch["mail.txt"])).ExitCode);
        await WriteValueAsync(app);

        // A file of the command line, a column's bytes, a column's text, from a file and from a pipe.
        Assert.Equal("****@example.org\n", (await MaskedAsync(support, "mail.txt.kre")).Text);
        Assert.Equal("****@example.org\n", (await MaskedAsync(support, "value.kre")).Text);
        Assert.Equal("****@example.org\n", (await MaskedAsync(support, "value.txt")).Text);
        var piped = await CliProcess.RunAsync(_scratch.Folder, await File.ReadAllBytesAsync(_scratch["value.txt"]), ["decrypt", "-", "--masked", "--config", support, .. Context]);
        Assert.Equal("****@example.org\n", piped.Text);
        var json = JsonDocument.Parse((await MaskedAsync(support, "mail.txt.kre", "--output", "json")).Output).RootElement;
        Assert.Equal(("****@example.org", "domain"), (json.GetProperty("masked").GetString(), json.GetProperty("rule").GetString()));

        Assert.Equal(8, (await RunAsync(support, "decrypt", _scratch["mail.txt.kre"], "--masked", "--context", "column=8")).ExitCode);
        Assert.Equal(5, (await RunAsync(support, "decrypt", _scratch["mail.txt.kre"], "--to", "-")).ExitCode);
        Assert.Equal(5, (await RunAsync(app, "decrypt", _scratch["mail.txt.kre"], "--masked")).ExitCode);
    }

    [Fact]
    public async Task Decrypt_MaskedThatCannotBe_SaysWhy()
    {
        var support = await WriteSupportsAsync();
        _scratch.Write("text.kre", "no envelope"u8.ToArray());
        _scratch.Write("large.kre", new byte[200_000]);
        var kmip = ProviderConnections.WriteConfiguration(server, _scratch, $"provider = kmip\nservers = localhost:{server.KmipEndPoint.Port}", "kmip.conf");

        Assert.Equal(8, (await MaskedAsync(support, "text.kre")).ExitCode);
        Assert.Equal(7, (await MaskedAsync(support, "large.kre")).ExitCode);
        Assert.Equal(10, (await MaskedAsync(support, "absent.kre")).ExitCode);
        Assert.Equal(2, (await MaskedAsync(support, "text.kre", "--to", "x")).ExitCode);
        Assert.Equal(3, (await MaskedAsync(kmip, "text.kre")).ExitCode);
    }

    public void Dispose() => _scratch.Dispose();

    private async Task WriteValueAsync(string configuration)
    {
        await using var provider = ClientSettings.Load(configuration).OpenProvider();
        using var encryptor = new EnvelopeEncryptor(provider);
        var context = EncryptionContext.Of(("row", "7"), ("class", "email"));
        _scratch.Write("value.kre", await encryptor.EncryptAsync("people", "anna@example.org"u8.ToArray(), context));
        _scratch.Write("value.txt", Encoding.ASCII.GetBytes(await encryptor.EncryptTextAsync("people", "anna@example.org", context) + "\n"));
    }

    private async Task<string> WriteSupportsAsync()
    {
        var support = await server.EnrolAsync($"support-{Guid.NewGuid():N}", "*", "masked");
        _scratch.Write("authority.pem", Encoding.ASCII.GetBytes(server.Authority.ExportCertificatePem()));
        _scratch.Write("support.crt", Encoding.ASCII.GetBytes(support.CertificatePem));
        _scratch.Write("support.key", Encoding.ASCII.GetBytes(support.KeyPem));
        return _scratch.Write("support.conf", Encoding.UTF8.GetBytes($"[client]\nauthority = authority.pem\ncertificate = support.crt\nprivate-key = support.key\nservers = localhost:{server.RestPort}\nrequest-time-limit = 5m\n"));
    }

    private Task<Finished> MaskedAsync(string configuration, string file, params string[] more) => RunAsync(configuration, ["decrypt", _scratch[file], "--masked", .. more]);

    private Task<Finished> RunAsync(string configuration, params string[] arguments) => CliProcess.RunAsync(_scratch.Folder, [.. arguments, "--config", configuration, .. Context]);
}
