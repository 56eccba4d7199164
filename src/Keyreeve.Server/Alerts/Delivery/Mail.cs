using System.Text;
using Keyreeve.Crypto.Files;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Alerts.Delivery;

/// <summary>Each alert as a mail, over a connection of its own.</summary>
internal sealed class Mail(AlertDestinationOptions options, string server, TimeProvider time) : IAlertTransport
{
    public async Task SendAsync(Alert alert, CancellationToken cancellationToken)
    {
        await using var session = await SmtpSession.OpenAsync(options, server, cancellationToken);
        if (options.User is { } user)
        {
            using var password = PrivateFile.ReadSecret(options.PasswordFile!);
            await session.AuthenticateAsync(user, password, cancellationToken);
        }

        await session.SendAsync(options.From!, options.To, Write(alert), cancellationToken);
    }

    // RFC 5322, with RFC 2047 for the subject and base64 for the text: nothing that a name brings with it can begin a header or a line.
    private byte[] Write(Alert alert)
    {
        var now = time.GetUtcNow().ToString("ddd, dd MMM yyyy HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
        var text = new StringBuilder()
            .Append($"From: <{options.From}>\r\n")
            .Append($"To: {string.Join(", ", options.To.Select(static to => $"<{to}>"))}\r\n")
            .Append($"Date: {now} +0000\r\n")
            .Append($"Message-ID: <{alert.Id}@{options.From!.Split('@')[1]}>\r\n")
            .Append($"Subject: {Encode(AlertText.Title(alert, server))}\r\n")
            .Append("Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n")
            .Append(Convert.ToBase64String(Encoding.UTF8.GetBytes(AlertText.Body(alert, server)), Base64FormattingOptions.InsertLineBreaks))
            .Append("\r\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    // spec: RFC 2047 §2 "An 'encoded-word' may not be more than 75 characters long"
    private static string Encode(string text) =>
        string.Join("\r\n ", text.EnumerateRunes().Chunk(10).Select(static part => $"=?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Concat(part)))}?="));
}
