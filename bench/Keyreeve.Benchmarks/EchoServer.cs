using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keyreeve.Benchmarks;

/// <summary>
/// The least a key server on SslStream could do: find where messages end, encrypt 128 bytes of each with AES-GCM, and send all
/// that were buffered back in one write. Runs in a process of its own, as the server it is compared with.
/// </summary>
internal static class EchoServer
{
    public const string Argument = "--echo-server";

    private const int PlaintextSizeInBytes = 128;

    public static async Task RunAsync()
    {
        using var certificate = TlsPeer.NewCertificate();
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(512);
        await Console.Out.WriteLineAsync(((IPEndPoint)listener.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture));
        _ = Task.Run(() => AcceptAsync(listener, certificate));
        await ChildServer.ParentGoneAsync();
    }

    private static async Task AcceptAsync(Socket listener, X509Certificate2 certificate)
    {
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
            await using var stream = await TlsPeer.AcceptAsync(socket, certificate);
            using var aes = new AesGcm(RandomNumberGenerator.GetBytes(32), 16);
            var buffer = new byte[64 * 1024];
            var buffered = 0;
            while (await stream.ReadAsync(buffer.AsMemory(buffered)) is > 0 and var count)
            {
                buffered += count;
                var whole = EncryptMessages(aes, buffer.AsSpan(0, buffered));
                if (whole == 0) continue;
                await stream.WriteAsync(buffer.AsMemory(0, whole));
                buffered -= whole;
                buffer.AsSpan(whole, buffered).CopyTo(buffer);
            }
        }
        catch (IOException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
        }
    }

    /// <summary>Encrypts a part of each whole message; returns where the last of them ends.</summary>
    private static int EncryptMessages(AesGcm aes, ReadOnlySpan<byte> buffered)
    {
        Span<byte> nonce = stackalloc byte[12];
        Span<byte> tag = stackalloc byte[16];
        Span<byte> ciphertext = stackalloc byte[PlaintextSizeInBytes];
        var start = 0;
        while (buffered.Length - start >= RequestLoad.HeaderSizeInBytes)
        {
            var message = buffered[start..];
            var size = RequestLoad.SizeOf(message);
            if (message.Length < size) break;
            var plaintext = message[..Math.Min(size, PlaintextSizeInBytes)];
            RandomNumberGenerator.Fill(nonce);
            aes.Encrypt(nonce, plaintext, ciphertext[..plaintext.Length], tag);
            start += size;
        }

        return start;
    }
}
