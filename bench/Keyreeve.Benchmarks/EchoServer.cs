using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keyreeve.Benchmarks;

/// <summary>
/// The least a key server on SslStream could do: read a message, encrypt 128 bytes with AES-GCM, answer as many bytes. Runs
/// in a process of its own, as the server it is compared with.
/// </summary>
internal static class EchoServer
{
    public const string Argument = "--echo-server";

    public static async Task RunAsync()
    {
        using var certificate = TlsPeer.NewCertificate();
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(512);
        Console.WriteLine(((IPEndPoint)listener.LocalEndPoint!).Port);
        while (true)
        {
            var socket = await listener.AcceptAsync();
            _ = Task.Run(() => ServeAsync(socket, certificate));
        }
    }

    private static async Task ServeAsync(Socket socket, X509Certificate2 certificate)
    {
        try
        {
            using var stream = await TlsPeer.AcceptAsync(socket, certificate);
            using var aes = new AesGcm(RandomNumberGenerator.GetBytes(32), 16);
            var buffer = new byte[16 * 1024];
            var output = new byte[128];
            while (await stream.ReadAsync(buffer) is > 0 and var count)
            {
                Encrypt(aes, buffer, output);
                await stream.WriteAsync(buffer.AsMemory(0, count));
            }
        }
        catch (IOException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
        }
    }

    private static void Encrypt(AesGcm aes, byte[] buffer, byte[] output)
    {
        Span<byte> nonce = stackalloc byte[12];
        Span<byte> tag = stackalloc byte[16];
        RandomNumberGenerator.Fill(nonce);
        aes.Encrypt(nonce, buffer.AsSpan(0, 128), output, tag);
    }
}
