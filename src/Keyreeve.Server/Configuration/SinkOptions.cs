using Keyreeve.Server.Forwarding.Formats;

namespace Keyreeve.Server.Configuration;

/// <summary>How a sink is reached.</summary>
public enum SinkScheme
{
    /// <summary>Not said.</summary>
    None = 0,

    /// <summary><c>udp://</c>: syslog, a message a datagram.</summary>
    Udp,

    /// <summary><c>tcp://</c>: syslog, a message a line.</summary>
    Tcp,

    /// <summary><c>tls://</c>: syslog, each message behind its length, or on a line.</summary>
    Tls,

    /// <summary><c>unix:</c>: a Unix socket such as <c>/dev/log</c>.</summary>
    Unix,

    /// <summary><c>file:</c>: a file.</summary>
    File,

    /// <summary><c>https://</c>: a web address.</summary>
    Https,

    /// <summary><c>insecure-http://</c>: a web address, in clear.</summary>
    InsecureHttp,
}

/// <summary>
/// One place to which the trail's records are passed on, written in one line:
/// <c>tls://siem.example:6514 format=cef ca=/etc/keyreeve/siem-ca.pem</c>.
/// </summary>
public sealed record SinkOptions
{
    internal const string DateInPath = "{date}";

    private static readonly (SinkScheme Scheme, string Word, int Port)[] Schemes =
    [
        (SinkScheme.Udp, "udp", 514), (SinkScheme.Tcp, "tcp", 514), (SinkScheme.Tls, "tls", 6514), (SinkScheme.Unix, "unix", 0),
        (SinkScheme.File, "file", 0), (SinkScheme.Https, "https", 443), (SinkScheme.InsecureHttp, "insecure-http", 80),
    ];

    /// <summary>How it is reached.</summary>
    public required SinkScheme Scheme { get; init; }

    /// <summary>Host name or address; empty for a file or socket.</summary>
    public string Host { get; init; } = "";

    /// <summary>Port.</summary>
    public int Port { get; init; }

    /// <summary>The path of a file, socket, or web address.</summary>
    public string Path { get; init; } = "";

    /// <summary>A file with the authorities by which the sink is recognised (PEM); null: the system's.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>A file with our certificate and private key (PEM) for a sink that asks for one; null: none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>A file with a bearer token for a web address; mode 0600; null: none.</summary>
    public string? TokenFile { get; init; }

    /// <summary>Whether over TLS a message is a line, as over TCP, instead of standing behind its length: for collectors that know no RFC 5425.</summary>
    public bool IsLineFramed { get; init; }

    internal RecordFormatName Format { get; init; }

    internal SyslogVersion Syslog { get; init; }

    /// <summary>Where it goes, for people.</summary>
    public string Target => Host.Length == 0 ? $"{Word}:{Path}" : $"{Word}://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}{Path}";

    private string Word => Schemes.First(s => s.Scheme == Scheme).Word;

    /// <summary>Reads the line.</summary>
    /// <exception cref="FormatException">It is not such a line; the message says what is.</exception>
    public static SinkOptions Parse(string text) => Parse(text, hasFormat: true);

    /// <param name="text">The line.</param>
    /// <param name="hasFormat">Whether what goes there can be written in several formats.</param>
    internal static SinkOptions Parse(string text, bool hasFormat)
    {
        ArgumentNullException.ThrowIfNull(text);
        var words = text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) throw new FormatException("is an address such as 'tls://siem.example:6514', then settings such as 'format=cef'");
        var sink = ParseAddress(words[0]);
        if (!hasFormat && Array.Exists(words, static w => w.StartsWith("format=", StringComparison.Ordinal))) throw new FormatException("has one format, so none can be chosen");
        sink = words.Skip(1).Aggregate(sink, Apply);
        if (sink.Scheme is SinkScheme.File or SinkScheme.Https or SinkScheme.InsecureHttp && sink.Syslog != SyslogVersion.None)
            throw new FormatException("has a syslog header only over udp, tcp, tls or unix");
        if (sink.Format == RecordFormatName.Csv && sink.Scheme != SinkScheme.File) throw new FormatException("is written as csv only into files");
        return sink;
    }

    private static SinkOptions ParseAddress(string address)
    {
        var colon = address.IndexOf(':', StringComparison.Ordinal);
        var (scheme, _, port) = Array.Find(Schemes, s => colon > 0 && string.Equals(s.Word, address[..colon], StringComparison.Ordinal));
        return scheme switch
        {
            SinkScheme.None => throw new FormatException($"begins with one of {string.Join(", ", Schemes.Select(static s => s.Word))}, and a colon"),
            SinkScheme.File or SinkScheme.Unix => ParsePath(scheme, address[(colon + 1)..]),
            _ => ParseNetworkAddress(scheme, address, port),
        };
    }

    private static SinkOptions ParsePath(SinkScheme scheme, string path) => new()
    {
        Scheme = scheme,
        Path = OptionValue.FilePath(path),
        Format = scheme == SinkScheme.File ? RecordFormatName.Json : RecordFormatName.KeyValue,
        Syslog = scheme == SinkScheme.File ? SyslogVersion.None : SyslogVersion.Rfc3164,
    };

    private static SinkOptions ParseNetworkAddress(SinkScheme scheme, string address, int port)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0)
            throw new FormatException("is an address such as 'tls://siem.example:6514', without user or password");
        var isWeb = scheme is SinkScheme.Https or SinkScheme.InsecureHttp;
        if (!isWeb && uri.PathAndQuery is not ("" or "/")) throw new FormatException("has no path behind host and port");
        return new SinkOptions
        {
            Scheme = scheme,
            Host = uri.IdnHost,
            Port = uri.Port is > 0 ? uri.Port : port,
            Path = isWeb ? uri.PathAndQuery : "",
            Format = isWeb ? RecordFormatName.Json : RecordFormatName.KeyValue,
            Syslog = isWeb ? SyslogVersion.None : SyslogVersion.Rfc5424,
        };
    }

    private static SinkOptions Apply(SinkOptions sink, string setting)
    {
        var (key, value) = setting.Split('=', 2) is [var k, var v] ? (k, v) : (setting, "");
        return key switch
        {
            "format" => sink with { Format = FormatOf(value) },
            "syslog" => sink with { Syslog = SyslogOf(value) },
            "framing" when sink.Scheme is SinkScheme.Tls => sink with { IsLineFramed = IsLine(value) },
            "ca" when sink.Scheme is SinkScheme.Tls or SinkScheme.Https => sink with { AuthorityFile = OptionValue.FilePath(value) },
            "certificate" when sink.Scheme is SinkScheme.Tls or SinkScheme.Https => sink with { CertificateFile = OptionValue.FilePath(value) },
            "token-file" when sink.Scheme is SinkScheme.Https => sink with { TokenFile = OptionValue.FilePath(value) },
            _ => throw new FormatException($"has no setting '{key}' for '{sink.Word}': there are format, syslog; for tls and https ca and certificate; for tls framing; for https token-file"),
        };
    }

    internal static RecordFormatName FormatOf(string text) => text switch
    {
        "key-value" => RecordFormatName.KeyValue,
        "cef" => RecordFormatName.Cef,
        "leef-1.0" => RecordFormatName.Leef1,
        "leef-2.0" => RecordFormatName.Leef2,
        "json" => RecordFormatName.Json,
        "csv" => RecordFormatName.Csv,
        _ => throw new FormatException("has one of the formats key-value, cef, leef-1.0, leef-2.0, json, csv"),
    };

    private static bool IsLine(string text) => text switch
    {
        "length" => false,
        "line" => true,
        _ => throw new FormatException("has the framing length (RFC 5425) or line"),
    };

    private static SyslogVersion SyslogOf(string text) => text switch
    {
        "rfc3164" => SyslogVersion.Rfc3164,
        "rfc5424" => SyslogVersion.Rfc5424,
        "none" => SyslogVersion.None,
        _ => throw new FormatException("has the syslog header rfc3164, rfc5424 or none"),
    };
}
