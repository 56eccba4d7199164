using System.Globalization;
using System.Net;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>In which of the standard's encodings messages travel.</summary>
internal enum Encoding
{
    /// <summary>Not one.</summary>
    None = 0,

    /// <summary>TTLV on TLS.</summary>
    Ttlv,

    /// <summary>XML over HTTPS.</summary>
    Xml,

    /// <summary>JSON over HTTPS.</summary>
    Json,
}

/// <summary>What the command line says.</summary>
internal sealed record RunnerOptions
{
    public const string Usage = """
        Plays OASIS' KMIP test cases against a server and compares its answers.

          --cases DIR          a folder of cases, searched with all below it
          --server HOST:PORT   the server to be tested
          --cert F --key F     the client's certificate and key, PEM
          --ca F               the authority of the server's certificate, PEM
          --listen HOST:PORT   where the server was configured to send what it sends of itself (Put, Notify)
          --self               starts Keyreeve in a temporary folder instead of --server, and stops it
          --encoding E         ttlv (default), xml or json; the latter two over HTTPS at /kmip
          --filter TEXT        only the cases whose name contains the text; several: separated by commas
          --order ORDER        name (default), reversed, or a number: shuffled by it; cases that go on from one another stay together
          --times N            plays everything so often, one run after the other, against the same server
          --fresh              with --self: a server of its own for every case and those that it goes on from
          --json FILE          writes the outcome as JSON
          --trace              shows every message of the cases that fail
        """;

    public required string Cases { get; init; }

    /// <summary>Null: start our own.</summary>
    public DnsEndPoint? Server { get; init; }

    public string? CertificateFile { get; init; }

    public string? KeyFile { get; init; }

    public string? AuthorityFile { get; init; }

    /// <summary>Where the server's own requests arrive; null: those cases are skipped.</summary>
    public IPEndPoint? Listen { get; init; }

    public Encoding Encoding { get; init; } = Encoding.Ttlv;

    public IReadOnlyList<string> Filters { get; init; } = [];

    public CaseOrder Order { get; init; } = CaseOrder.ByName;

    /// <summary>How often everything is played.</summary>
    public int Times { get; init; } = 1;

    /// <summary>Whether every case has a server of its own.</summary>
    public bool IsFresh { get; init; }

    public string? JsonFile { get; init; }

    public bool Trace { get; init; }

    /// <summary>Whether the arguments are for the runner, not for the test executable.</summary>
    public static bool AreMeant(string[] args) => args.Contains("--cases", StringComparer.Ordinal);

    /// <summary>Reads the command line.</summary>
    /// <exception cref="FormatException">It is wrong; the message says how.</exception>
    public static RunnerOptions Parse(string[] args)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i];
            if (name is "--self" or "--trace" or "--fresh") values[name] = "";
            else if (name is "--cases" or "--server" or "--cert" or "--key" or "--ca" or "--listen" or "--encoding" or "--filter" or "--order" or "--times" or "--json")
                values[name] = ++i < args.Length ? args[i] : throw new FormatException($"{name} needs a value");
            else throw new FormatException($"unknown option {name}");
        }

        var self = values.ContainsKey("--self");
        if (self == values.ContainsKey("--server")) throw new FormatException("either --server or --self");
        if (!self && values.ContainsKey("--fresh")) throw new FormatException("--fresh needs --self");
        return new RunnerOptions
        {
            Cases = values["--cases"],
            Server = self ? null : ParseEndPoint(values["--server"]),
            CertificateFile = self ? null : Required(values, "--cert"),
            KeyFile = self ? null : Required(values, "--key"),
            AuthorityFile = self ? null : Required(values, "--ca"),
            Listen = values.TryGetValue("--listen", out var listen) ? IPEndPoint.Parse(listen) : null,
            Encoding = ParseEncoding(values.GetValueOrDefault("--encoding", "ttlv")),
            Filters = values.TryGetValue("--filter", out var filter) ? filter.Split(',', StringSplitOptions.RemoveEmptyEntries) : [],
            Order = CaseOrder.Parse(values.GetValueOrDefault("--order", "name")),
            IsFresh = values.ContainsKey("--fresh"),
            Times = int.TryParse(values.GetValueOrDefault("--times", "1"), NumberStyles.None, CultureInfo.InvariantCulture, out var times) && times is >= 1 and <= 1000
                ? times
                : throw new FormatException("--times is a number from 1 to 1000"),
            JsonFile = values.GetValueOrDefault("--json"),
            Trace = values.ContainsKey("--trace"),
        };
    }

    private static string Required(Dictionary<string, string> values, string name) =>
        values.TryGetValue(name, out var value) ? value : throw new FormatException($"--server needs {name}");

    private static Encoding ParseEncoding(string text) => text switch
    {
        "ttlv" => Encoding.Ttlv,
        "xml" => Encoding.Xml,
        "json" => Encoding.Json,
        _ => throw new FormatException("--encoding is ttlv, xml or json"),
    };

    private static DnsEndPoint ParseEndPoint(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? new DnsEndPoint(text[..colon].Trim('[', ']'), port)
            : throw new FormatException("--server is HOST:PORT");
    }
}
