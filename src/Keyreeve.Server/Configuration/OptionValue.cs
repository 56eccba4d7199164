using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Tokens;
using Keyreeve.Kmip;

namespace Keyreeve.Server.Configuration;

/// <summary>Texts of the configuration file as values. Each method throws <see cref="FormatException"/> saying what is allowed.</summary>
internal static class OptionValue
{
    private static readonly (string Unit, long Milliseconds)[] TimeUnits =
        [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

    private static readonly (string Unit, long Bytes)[] SizeUnits =
        [("KiB", 1024), ("MiB", 1024 * 1024), ("GiB", 1024L * 1024 * 1024), ("B", 1)];

    public static bool Switch(string text) => text switch
    {
        "yes" => true,
        "no" => false,
        _ => throw new FormatException("is 'yes' or 'no'"),
    };

    public static int Number(string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new FormatException($"is a whole number from {least} to {most}");

    public static int Port(string text) => Number(text, 0, 65535);

    public static IPAddress Address(string text) =>
        IPAddress.TryParse(text, out var address)
            ? address
            : throw new FormatException("is an IP address: '127.0.0.1' for this machine alone, '0.0.0.0' or '::' for all interfaces");

    public static string FilePath(string text) =>
        Path.IsPathFullyQualified(text)
            ? Path.GetFullPath(text)
            : throw new FormatException("is an absolute path");

    public static TimeSpan Time(string text, TimeSpan least, TimeSpan most)
    {
        var value = WithUnit(text, TimeUnits);
        if (value is null || value < (long)least.TotalMilliseconds || value > (long)most.TotalMilliseconds)
            throw new FormatException($"is a time from {Text(least)} to {Text(most)}, such as '500ms', '30s', '10m', '1h' or '7d'");
        return TimeSpan.FromMilliseconds(value.Value);
    }

    public static long Size(string text, long least, long most)
    {
        var value = WithUnit(text, SizeUnits);
        if (value is null || value < least || value > most)
            throw new FormatException($"is a size from {least} to {most} bytes, such as '512B', '64KiB', '1MiB' or '2GiB'");
        return value.Value;
    }

    /// <summary>One word of letters, digits, '.', '_' and '-'.</summary>
    public static string Word(string text) =>
        text.Length is > 0 and <= 253 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
            ? text
            : throw new FormatException("is one word of letters, digits, '.', '_' and '-'");

    /// <summary>Classes of operations.</summary>
    public static ImmutableArray<OperationClass> Classes(string text) => text is "none"
        ? []
        : [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Class).Distinct()];

    /// <summary>Classes of operations that give out and change nothing.</summary>
    public static ImmutableArray<OperationClass> ClassesAnsweredEarly(string text)
    {
        var classes = Classes(text);
        return classes.All(static c => c is OperationClass.Use or OperationClass.Read)
            ? classes
            : throw new FormatException("is a list of 'use' and 'read', separated by commas, or 'none'; releases and changes always wait for the disk");
    }

    private static OperationClass Class(string word) => word switch
    {
        "release" => OperationClass.Release,
        "change" => OperationClass.Change,
        "use" => OperationClass.Use,
        "read" => OperationClass.Read,
        _ => throw new FormatException("is a list of 'release', 'change', 'use' and 'read', separated by commas, or 'none'"),
    };

    /// <summary>Names of context pairs.</summary>
    public static ImmutableArray<string> ContextNames(string text)
    {
        var names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return names.Length > 0 && !names.Any(static name => name.Contains('=', StringComparison.Ordinal))
            ? [.. names]
            : throw new FormatException("is a list of names of context pairs, separated by commas, without '='");
    }

    /// <summary>Numbers of a TPM's platform configuration registers, in order.</summary>
    public static ImmutableArray<int> Pcrs(string text)
    {
        var numbers = text.Split(',', StringSplitOptions.TrimEntries);
        return numbers.All(static number => number is [>= '0' and <= '9'] or ['1', >= '0' and <= '9'] or ['2', >= '0' and <= '3'])
            ? [.. numbers.Select(static number => int.Parse(number, CultureInfo.InvariantCulture)).Distinct().Order()]
            : throw new FormatException("is a list of numbers of registers from 0 to 23, separated by commas, or 'none'");
    }

    public static ImmutableArray<string> Names(string text)
    {
        var names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var valid = names.Length > 0 && names.All(name => Uri.CheckHostName(name) != UriHostNameType.Unknown);
        return valid ? [.. names] : throw new FormatException("is a list of host names and addresses, separated by commas");
    }

    public static LogDetail Detail(string text) => text switch
    {
        "none" => LogDetail.None,
        "basic" => LogDetail.Basic,
        "verbose" => LogDetail.Verbose,
        "debug" => LogDetail.Debug,
        _ => throw new FormatException("is 'none', 'basic', 'verbose' or 'debug'"),
    };

    public static GroupMode Mode(string text) => text switch
    {
        "strict" => GroupMode.Strict,
        "approved" => GroupMode.Approved,
        "insecure-interop" => GroupMode.InsecureInterop,
        _ => throw new FormatException("is 'strict', 'approved' or 'insecure-interop'"),
    };

    public static GroupMode StandardMode(string text) => text switch
    {
        "strict" => GroupMode.Strict,
        "approved" => GroupMode.Approved,
        _ => throw new FormatException("is 'strict' or 'approved'; 'insecure-interop' is for single key groups"),
    };

    public static KeyProtection Protection(string text) => text switch
    {
        "software" => KeyProtection.Software,
        "hsm" => KeyProtection.Hsm,
        _ => throw new FormatException("is 'software' or 'hsm'"),
    };

    public static string NameOrNone(string text) => string.Equals(text, "none", StringComparison.Ordinal) ? string.Empty : text;

    public static GroupName Group(string text) => GroupName.TryParse(text, out var group)
        ? group
        : throw new FormatException("is the name of a key group");

    public static string DistinguishedName(string text)
    {
        const string form = "is a distinguished name, as in 'CN=Authority, O=Example, C=US'";
        try
        {
            return new X500DistinguishedName(text).RawData.Length > 2 ? text : throw new FormatException(form);
        }
        catch (CryptographicException malformed)
        {
            throw new FormatException(form, malformed);
        }
    }

    public static DnsEndPoint? HostAndPort(string text)
    {
        if (text is "none") return null;
        var colon = text.LastIndexOf(':');
        var host = colon > 0 ? text[..colon].Trim('[', ']') : "";
        return Uri.CheckHostName(host) != UriHostNameType.Unknown
            && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535
            ? new DnsEndPoint(host, port)
            : throw new FormatException("is a host and a port, such as 'keys.example:5696', or 'none'");
    }

    /// <summary>A web address; TLS may be left out only towards this machine.</summary>
    public static Uri? WebAddress(string text)
    {
        if (text is "none") return null;
        var isAddress = Uri.TryCreate(text, UriKind.Absolute, out var address) && address.UserInfo.Length == 0 && address.Fragment.Length == 0
            && (address.Scheme is "https" || (address.Scheme is "http" && address.IsLoopback));
        return isAddress ? address : throw new FormatException("is an address such as 'https://collector.example:4318' ('http://' to this machine alone), or 'none'");
    }

    /// <summary>Where a KMIP client listens: for TLS itself, or for HTTPS, there at <c>/kmip</c> if no path is stated.</summary>
    public static NotifyEndpoint? KmipClientEndpoint(string text)
    {
        if (!text.Contains("://", StringComparison.Ordinal)) return HostAndPort(text) is { } host ? new NotifyEndpoint(host, Address: null) : null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not "https" || address.UserInfo.Length > 0 || address.Fragment.Length > 0)
            throw new FormatException("is a host and a port, such as 'tape-library.example:5696', an address such as 'https://tape-library.example/kmip', or 'none'");
        // spec: KMIP Additional Message Encodings 1.0 §2.3 "a Request-URI of /kmip"
        if (address.PathAndQuery is "/") address = new Uri(address, "/kmip");
        return new NotifyEndpoint(new DnsEndPoint(address.IdnHost, address.Port), address);
    }

    public static MessageEncoding MessageEncodingName(string text) => text switch
    {
        "ttlv" => MessageEncoding.Ttlv,
        "xml" => MessageEncoding.Xml,
        "json" => MessageEncoding.Json,
        _ => throw new FormatException("is 'ttlv', 'xml' or 'json'"),
    };

    public static ProtocolVersion? KmipVersion(string text)
    {
        if (text is "as-caller") return null;
        foreach (var version in ProtocolVersion.Published)
            if (string.Equals(version.ToString(), text, StringComparison.Ordinal)) return version;
        throw new FormatException("is 'as-caller' or a version of KMIP from '1.0' to '3.0'");
    }

    private static long? WithUnit(string text, ReadOnlySpan<(string Unit, long Factor)> units)
    {
        foreach (var (unit, factor) in units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal)) continue;
            // "10ms" ends with "s" too; what stands before the unit decides.
            var number = text.AsSpan(0, text.Length - unit.Length);
            if (long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= long.MaxValue / factor)
                return value * factor;
        }

        return null;
    }

    private static string Text(TimeSpan time) => time switch
    {
        { TotalDays: >= 1 } => $"{(int)time.TotalDays}d",
        { TotalHours: >= 1 } => $"{(int)time.TotalHours}h",
        { TotalMinutes: >= 1 } => $"{(int)time.TotalMinutes}m",
        { TotalSeconds: >= 1 } => $"{(int)time.TotalSeconds}s",
        _ => $"{(int)time.TotalMilliseconds}ms",
    };

    /// <summary>Operations by their names, or <c>all</c>.</summary>
    /// <exception cref="FormatException">There is no such operation.</exception>
    public static FrozenSet<OperationName> Operations(string value)
    {
        if (value is "all") return Enum.GetValues<OperationName>().ToFrozenSet();
        var names = value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (names.Length == 0) throw new FormatException("is a list of operations such as 'Get, Decrypt', or 'all'");
        return names.Select(name => Enum.TryParse<OperationName>(name, ignoreCase: true, out var known) && !char.IsAsciiDigit(name[0]) ? known
            : throw new FormatException($"has no operation '{name}'; they are named as in roles, such as 'Get, Decrypt', or 'all'")).ToFrozenSet();
    }
}
