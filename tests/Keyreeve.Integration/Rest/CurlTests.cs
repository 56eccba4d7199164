using System.Diagnostics;
using System.Text.Json.Nodes;
using Xunit;

namespace Keyreeve.Integration.Rest;

/// <summary>The API through a client that everybody has, with nothing but PEM files.</summary>
public sealed class CurlTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Curl_WithACertificate_CreatesAKeyEncryptsRotatesAndDecrypts()
    {
        var created = await CurlAsync("POST", "/v1/keys", """{"name":"by-curl"}""");
        Assert.Equal(201, created.Status);

        var encrypted = await CurlAsync("POST", "/v1/keys/by-curl/encrypt", """{"plaintext":"aGVsbG8=","context":{"table":"people"}}""");
        Assert.Equal(200, encrypted.Status);
        Assert.Equal(200, (await CurlAsync("POST", "/v1/keys/by-curl/rotate", null)).Status);

        var ciphertext = encrypted.Json["ciphertext"]!.GetValue<string>();
        var body = new JsonObject { ["ciphertext"] = ciphertext, ["context"] = new JsonObject { ["table"] = "people" } };
        Assert.Equal("aGVsbG8=", (await CurlAsync("POST", "/v1/decrypt", body.ToJsonString())).Json["plaintext"]!.GetValue<string>());
        Assert.Equal(2, (await CurlAsync("GET", "/v1/keys/by-curl", null)).Json["currentVersion"]!.GetValue<int>());

        Assert.Equal(204, (await CurlAsync("DELETE", "/v1/keys/by-curl?confirm=by-curl", null)).Status);
        Assert.Equal(410, (await CurlAsync("POST", "/v1/decrypt", body.ToJsonString())).Status);
    }

    [Theory]
    [InlineData("--http1.1")]
    [InlineData("--http2")]
    [InlineData("--tlsv1.2", "--tls-max", "1.2")]
    [InlineData("--tlsv1.3")]
    public async Task Curl_EveryProtocolOffered_IsServed(params string[] options) =>
        Assert.Equal(200, (await CurlAsync("GET", "/v1/whoami", null, options)).Status);

    // spec: RFC 9325 §4.2 "recommended cipher suites"
    [Theory]
    [InlineData("--tls-max", "1.1")]
    [InlineData("--tls-max", "1.2", "--ciphers", "ECDHE-ECDSA-AES256-SHA384")]
    [InlineData("--tls-max", "1.2", "--ciphers", "AES256-GCM-SHA384")]
    public async Task Curl_WeakProtocolOrCipher_IsRefusedInTheHandshake(params string[] options) =>
        Assert.Equal(0, (await CurlAsync("GET", "/v1/health", null, options)).Status);

    private async Task<(int Status, JsonObject Json)> CurlAsync(string method, string path, string? body, params string[] options)
    {
        var (certificate, key) = server.App.WriteFiles(server.Folder);
        var authority = Path.Combine(server.Folder, "ca.crt");
        await File.WriteAllTextAsync(authority, server.Authority.ExportCertificatePem());
        var start = new ProcessStartInfo("curl")
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
            ArgumentList =
            {
                "--silent", "--show-error", "--max-time", "60", "--cacert", authority, "--cert", certificate, "--key", key,
                "--request", method, "--write-out", "\n%{http_code}", new Uri(server.RestAddress, path).AbsoluteUri,
            },
        };
        foreach (var option in options) start.ArgumentList.Add(option);
        if (body is not null)
        {
            foreach (var argument in (string[])["--header", "Content-Type: application/json", "--data", body]) start.ArgumentList.Add(argument);
        }

        using var curl = Process.Start(start)!;
        var output = await curl.StandardOutput.ReadToEndAsync();
        await curl.WaitForExitAsync();
        var split = output.LastIndexOf('\n');
        var text = output[..split];
        return (int.Parse(output.AsSpan(split + 1), System.Globalization.CultureInfo.InvariantCulture), text.Length > 0 ? JsonNode.Parse(text)!.AsObject() : []);
    }
}
