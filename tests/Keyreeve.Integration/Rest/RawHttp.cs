using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Keyreeve.Integration.Rest;

#pragma warning disable CA5359 // what is tested is what the server makes of these bytes, not who it is

/// <summary>A TLS connection on which a test writes whatever bytes it wants to.</summary>
public sealed class RawHttp : IDisposable
{
    private readonly TcpClient _tcp = new();
    private SslStream? _tls;

    public static async Task<RawHttp> ConnectAsync(int port, TestPrincipal? principal = null)
    {
        var certificate = principal?.Certificate;
        var connection = new RawHttp();
        await connection._tcp.ConnectAsync("127.0.0.1", port);
        connection._tls = new SslStream(connection._tcp.GetStream(), leaveInnerStreamOpen: false, static (_, _, _, _) => true);
        await connection._tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ClientCertificates = certificate is null ? null : [certificate],
            LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        });
        return connection;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(byte[] bytes)
    {
        await _tls!.WriteAsync(bytes);
        await _tls.FlushAsync();
    }

    /// <summary>Everything that comes until the server closes, or until the limit.</summary>
    public async Task<string> ReadToEndAsync(TimeSpan limit)
    {
        using var deadline = new CancellationTokenSource(limit);
        var text = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var read = await _tls!.ReadAsync(buffer, deadline.Token);
                if (read == 0) break;
                text.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }
        }
        catch (IOException)
        {
            text.Append("(reset)");
        }
        catch (OperationCanceledException)
        {
            text.Append("(still open)");
        }

        return text.ToString();
    }

    /// <summary>One answer with its body, whose length it has to state.</summary>
    public async Task<string> ReadAnswerAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var bytes = new List<byte>();
        var one = new byte[1];
        while (!EndsHeaders(bytes))
        {
            if (await _tls!.ReadAsync(one, deadline.Token) == 0) return Encoding.Latin1.GetString([.. bytes]) + "(closed)";
            bytes.Add(one[0]);
        }

        var head = Encoding.Latin1.GetString([.. bytes]);
        var line = head.Split("\r\n").First(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        var body = new byte[int.Parse(line.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture)];
        await _tls!.ReadExactlyAsync(body, deadline.Token);
        return head + Encoding.UTF8.GetString(body);
    }

    public void Dispose()
    {
        _tls?.Dispose();
        _tcp.Dispose();
    }

    private static bool EndsHeaders(List<byte> bytes) =>
        bytes.Count >= 4 && bytes[^4] == '\r' && bytes[^3] == '\n' && bytes[^2] == '\r' && bytes[^1] == '\n';
}
