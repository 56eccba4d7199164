using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Keyreeve.Crypto;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Forwarding.Transports;

namespace Keyreeve.Server.Alerts.Delivery;

/// <summary>
/// One conversation with a mail server: RFC 5321, TLS from the first byte (RFC 8314) or by STARTTLS (RFC 3207), which is then demanded and
/// never left out because somebody on the way hides it; AUTH PLAIN (RFC 4954). Used by one task.
/// </summary>
internal sealed class SmtpSession : IAsyncDisposable
{
    private const int LongestLine = 1024;
    private const int MostLines = 100;

    private readonly TcpClient _connection = new();
    private readonly byte[] _buffer = new byte[4096];
    private Stream _stream = Stream.Null;
    private int _begin;
    private int _end;
    private bool _knowsPlain;

    private SmtpSession()
    {
    }

    /// <summary>Connects, with TLS as configured.</summary>
    /// <exception cref="IOException">It cannot be had.</exception>
    public static async Task<SmtpSession> OpenAsync(AlertDestinationOptions options, string name, CancellationToken cancellationToken)
    {
        var session = new SmtpSession();
        try
        {
            await session.ConnectAsync(options, name, cancellationToken);
            return session;
        }
        catch (Exception failure) when (failure is SocketException or System.Security.Authentication.AuthenticationException)
        {
            await session.DisposeAsync();
            throw new IOException(failure.Message, failure);
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Says who we are.</summary>
    public async Task AuthenticateAsync(string user, SecretBytes password, CancellationToken cancellationToken)
    {
        if (!_knowsPlain) throw new IOException("it does not offer AUTH PLAIN");
        var command = Plain(user, password);
        try
        {
            await _stream.WriteAsync(command, cancellationToken);
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(command);
        }

        await ExpectAsync('2', "the password", cancellationToken);
    }

    /// <summary>Sends a message; when this returns the server has taken it.</summary>
    public async Task SendAsync(string from, IEnumerable<string> to, byte[] message, CancellationToken cancellationToken)
    {
        await CommandAsync($"MAIL FROM:<{from}>", '2', cancellationToken);
        foreach (var one in to) await CommandAsync($"RCPT TO:<{one}>", '2', cancellationToken);
        await CommandAsync("DATA", '3', cancellationToken);
        // No line of it begins with a dot: headers begin with letters, and the rest is base64.
        await _stream.WriteAsync(message, cancellationToken);
        await CommandAsync(".", '2', cancellationToken);
        await WriteAsync("QUIT", cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _connection.Dispose();
    }

    private async Task ConnectAsync(AlertDestinationOptions options, string name, CancellationToken cancellationToken)
    {
        await _connection.ConnectAsync(options.Host, options.Port, cancellationToken);
        _stream = _connection.GetStream();
        if (options.Scheme is "smtps") await SecureAsync(options, cancellationToken);
        await ExpectAsync('2', "the connection", cancellationToken);
        var offers = await HelloAsync(name, cancellationToken);
        if (options.Scheme is "smtp")
        {
            if (!offers.Contains("STARTTLS", StringComparer.OrdinalIgnoreCase)) throw new IOException("it does not offer STARTTLS; nothing is sent in clear");
            await CommandAsync("STARTTLS", '2', cancellationToken);
            // spec: RFC 3207 §6: what came before TLS is forgotten, answers in the buffer too.
            _begin = _end = 0;
            await SecureAsync(options, cancellationToken);
            offers = await HelloAsync(name, cancellationToken);
        }

        _knowsPlain = offers.Exists(static offer => offer.StartsWith("AUTH ", StringComparison.OrdinalIgnoreCase) && offer.Split(' ').Contains("PLAIN", StringComparer.OrdinalIgnoreCase));
    }

    private async Task SecureAsync(AlertDestinationOptions options, CancellationToken cancellationToken)
    {
        var tls = new SslStream(_stream);
        _stream = tls;
        await tls.AuthenticateAsClientAsync(SinkTls.OptionsFor(options.ToSink()), cancellationToken);
    }

    private async Task<List<string>> HelloAsync(string name, CancellationToken cancellationToken)
    {
        await WriteAsync("EHLO " + (Uri.CheckHostName(name) == UriHostNameType.Dns ? name : "localhost"), cancellationToken);
        return await ExpectAsync('2', "EHLO", cancellationToken);
    }

    private async Task CommandAsync(string command, char expected, CancellationToken cancellationToken)
    {
        await WriteAsync(command, cancellationToken);
        await ExpectAsync(expected, command, cancellationToken);
    }

    private async Task WriteAsync(string line, CancellationToken cancellationToken) => await _stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), cancellationToken);

    // Reads an answer of one or more lines, and gives their texts.
    private async Task<List<string>> ExpectAsync(char expected, string what, CancellationToken cancellationToken)
    {
        var texts = new List<string>();
        while (texts.Count < MostLines)
        {
            var line = await ReadLineAsync(cancellationToken);
            if (line.Length < 3 || line.AsSpan(0, 3).ContainsAnyExceptInRange('0', '9')) throw new IOException("it does not speak SMTP");
            texts.Add(line.Length > 4 ? line[4..] : "");
            if (line.Length > 3 && line[3] == '-') continue;
            return line[0] == expected ? texts : throw new IOException($"it refuses {what}: {line}");
        }

        throw new IOException("it answers without end");
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        while (line.Length < LongestLine)
        {
            if (_begin == _end)
            {
                _begin = 0;
                _end = await _stream.ReadAsync(_buffer, cancellationToken);
                if (_end == 0) throw new IOException("it has ended the connection");
            }

            var c = (char)_buffer[_begin++];
            if (c == '\n') return line.ToString();
            if (c is >= ' ' and < '\x7f') line.Append(c);
        }

        throw new IOException("it answers with a line that is too long");
    }

    // AUTH PLAIN base64(0 ‖ user ‖ 0 ‖ password), RFC 4616
    private static byte[] Plain(string user, SecretBytes password)
    {
        using var lease = password.Reveal();
        var secret = lease.Span.TrimEnd("\r\n"u8);
        var name = Encoding.UTF8.GetBytes(user);
        var plain = new byte[name.Length + secret.Length + 2];
        name.CopyTo(plain, 1);
        secret.CopyTo(plain.AsSpan(name.Length + 2));
        var command = new byte[11 + System.Buffers.Text.Base64.GetMaxEncodedToUtf8Length(plain.Length) + 2];
        "AUTH PLAIN "u8.CopyTo(command);
        System.Buffers.Text.Base64.EncodeToUtf8(plain, command.AsSpan(11), out _, out _);
        "\r\n"u8.CopyTo(command.AsSpan(command.Length - 2));
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(plain);
        return command;
    }
}
