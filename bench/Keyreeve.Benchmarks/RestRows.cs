using System.Security.Cryptography;
using System.Text.Json;

namespace Keyreeve.Benchmarks;

/// <summary>REST encrypt over mutual TLS and HTTP/2, against bare Kestrel that sends back what it gets.</summary>
internal static class RestRows
{
    private const int Connections = 4;
    private const int CallersPerConnection = 16;
    private const int PlaintextSizeInBytes = 128;

    public static async Task<Comparison> EncryptAsync(Stage stage)
    {
        var server = await stage.ServerAsync();
        var echo = await stage.RestEchoAsync();
        var body = EncryptBody();
        var ours = new HttpLoad(EncryptAddress(server), server.Certificate, body, Connections, CallersPerConnection);
        var reference = new HttpLoad(new Uri($"https://localhost:{echo.EndPoint.Port}/"), server.Certificate, body, Connections, CallersPerConnection);
        return new Comparison
        {
            Name = "rest-encrypt",
            Unit = "requests/s",
            Ours = ours.RunAsync,
            Reference = reference.RunAsync,
            ReferenceName = "bare Kestrel, echo",
            WarmUp = stage.WarmUpOf("rest"),
            Owned = [ours, reference],
        };
    }

    /// <summary>Where the server's key encrypts.</summary>
    public static Uri EncryptAddress(ServerUnderTest server) =>
        new(server.ClientOptions.Servers[0].Address, $"/v1/keys/{ServerUnderTest.KeyName}/encrypt");

    /// <summary>128 bytes to encrypt, with a context.</summary>
    public static byte[] EncryptBody() => JsonSerializer.SerializeToUtf8Bytes(new
    {
        plaintext = RandomNumberGenerator.GetBytes(PlaintextSizeInBytes),
        context = new { table = "orders", row = "17" },
    });
}
