using System.Collections.Immutable;
using Keyreeve.Server.Alerts;

namespace Keyreeve.Server.Configuration;

/// <summary>
/// Who is told of alerts: <c>https://hooks.example/keyreeve token-file=/etc/keyreeve/hook-token</c>, or
/// <c>smtps://mail.example from=keyreeve@example.com to=oncall@example.com</c>.
/// </summary>
internal sealed record AlertDestinationOptions
{
    private static readonly (string Word, int Port)[] Schemes = [("https", 443), ("insecure-http", 80), ("smtps", 465), ("smtp", 587), ("insecure-smtp", 25)];

    /// <summary>The word before the colon.</summary>
    public required string Scheme { get; init; }

    public required string Host { get; init; }

    public required int Port { get; init; }

    /// <summary>Of a web address.</summary>
    public string Path { get; init; } = "";

    public AlertSeverity Least { get; init; } = AlertSeverity.Notice;

    public string? AuthorityFile { get; init; }

    public string? CertificateFile { get; init; }

    public string? TokenFile { get; init; }

    public string? From { get; init; }

    public ImmutableArray<string> To { get; init; } = [];

    public string? User { get; init; }

    public string? PasswordFile { get; init; }

    public bool IsMail => Scheme is "smtps" or "smtp" or "insecure-smtp";

    public bool IsInClear => Scheme is "insecure-http" or "insecure-smtp";

    /// <summary>Where it goes, for people.</summary>
    public string Target => $"{Scheme}://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}{Path}";

    /// <summary>Its address and its TLS, in a sink's words.</summary>
    public SinkOptions ToSink() => new()
    {
        Scheme = Scheme switch { "https" => SinkScheme.Https, "insecure-http" => SinkScheme.InsecureHttp, _ => SinkScheme.Tls },
        Host = Host, Port = Port, Path = Path, AuthorityFile = AuthorityFile, CertificateFile = CertificateFile, TokenFile = TokenFile,
    };

    /// <summary>Reads the line.</summary>
    /// <exception cref="FormatException">It is not such a line; the message says what is.</exception>
    public static AlertDestinationOptions Parse(string text)
    {
        var words = text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) throw new FormatException("is an address such as 'https://hooks.example/keyreeve', then settings");
        var destination = words.Skip(1).Aggregate(ParseAddress(words[0]), Apply);
        if (destination.IsMail && (destination.From is null || destination.To.IsEmpty)) throw new FormatException("needs from=ADDRESS and to=ADDRESS[,ADDRESS] for mail");
        if (destination.User is null != destination.PasswordFile is null) throw new FormatException("needs both user and password-file, or neither");
        if (destination is { User: not null, Scheme: "insecure-smtp" }) throw new FormatException("would send a password in clear; use smtp:// or smtps://");
        return destination;
    }

    private static AlertDestinationOptions ParseAddress(string address)
    {
        var (word, port) = Array.Find(Schemes, s => address.StartsWith(s.Word + "://", StringComparison.Ordinal));
        if (word is null) throw new FormatException($"begins with one of {string.Join(", ", Schemes.Select(static s => s.Word))}, and '://'");
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0)
            throw new FormatException("is an address such as 'https://hooks.example/keyreeve' or 'smtp://mail.example', without user or password");
        var isWeb = word is "https" or "insecure-http";
        if (!isWeb && uri.PathAndQuery is not ("" or "/")) throw new FormatException("has no path behind host and port");
        return new AlertDestinationOptions { Scheme = word, Host = uri.IdnHost, Port = uri.Port is > 0 ? uri.Port : port, Path = isWeb ? uri.PathAndQuery : "" };
    }

    private static AlertDestinationOptions Apply(AlertDestinationOptions destination, string setting)
    {
        var (key, value) = setting.Split('=', 2) is [var k, { Length: > 0 } v] ? (k, v) : (setting, "");
        return (key, destination.IsMail) switch
        {
            ("severity", _) => destination with { Least = AlertRuleOptions.SeverityOf(value) },
            ("ca", _) when !destination.IsInClear => destination with { AuthorityFile = OptionValue.FilePath(value) },
            ("certificate", false) when !destination.IsInClear => destination with { CertificateFile = OptionValue.FilePath(value) },
            ("token-file", false) when !destination.IsInClear => destination with { TokenFile = OptionValue.FilePath(value) },
            ("from", true) => destination with { From = MailAddress(value) },
            ("to", true) => destination with { To = [.. value.Split(',').Select(MailAddress)] },
            ("user", true) => destination with { User = value },
            ("password-file", true) => destination with { PasswordFile = OptionValue.FilePath(value) },
            _ => throw new FormatException(
                $"has no setting '{key}' for '{destination.Scheme}': there are severity; ca where there is TLS; for https certificate, token-file; for mail from, to, user, password-file"),
        };
    }

    // Nothing in it may end a line of SMTP, or its brackets.
    private static string MailAddress(string text)
    {
        var parts = text.Split('@');
        var isOne = parts is [{ Length: > 0 and <= 64 }, { Length: > 0 and <= 255 }] && text.All(static c => c is > ' ' and < '\x7f' and not ('<' or '>' or ',' or ';' or '"' or '\\' or '(' or ')'));
        return isOne ? text : throw new FormatException("has mail addresses such as oncall@example.com");
    }
}
