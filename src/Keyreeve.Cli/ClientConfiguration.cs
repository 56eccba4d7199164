using System.Collections.Immutable;
using System.Text;
using Keyreeve.Client;
using Keyreeve.Crypto.Files;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Cli;

/// <summary>
/// The client's configuration file: how to reach the servers, and as whom. The same grammar as the server's. Paths that are not
/// absolute are taken from the file's own folder.
/// </summary>
internal static class ClientConfiguration
{
    private const string Section = "client";

    private static readonly string[] Keys =
        ["servers", "authority", "certificate", "private-key", "request-time-limit", "connect-time-limit", "purpose"];

    /// <summary>Where the file is unless <c>--config</c> says otherwise.</summary>
    public static string DefaultPath =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify), "keyreeve", "client.conf");

    /// <summary>Reads the file; all its faults are reported at once.</summary>
    /// <exception cref="ConfigurationException">A setting cannot be used.</exception>
    /// <exception cref="PrivateFileException">Others may read or change the file, or it belongs to somebody else.</exception>
    public static ClientOptions Load(string? path)
    {
        path ??= DefaultPath;
        if (!File.Exists(path))
        {
            throw new CliException(
                ExitCode.Configuration,
                $"There is no configuration at '{path}'.",
                "keyreeve enroll makes one, for a one-time code; or name another with --config");
        }

        var text = Encoding.UTF8.GetString(PrivateFile.Read(path));
        return Read(text, Path.GetFullPath(path));
    }

    /// <summary>The file that <see cref="Load"/> reads again.</summary>
    public static string Write(ClientOptions options, string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var text = new StringBuilder();
        text.Append("# Keyreeve, client. Written by 'keyreeve enroll'; see docs/cli.md.\n\n[client]\n");
        text.Append($"servers = {string.Join(", ", options.Servers.Select(server => server.GetLeftPart(UriPartial.Authority)))}\n");
        text.Append($"authority = {Path.GetRelativePath(folder, options.CertificateAuthorityFile)}\n");
        text.Append($"certificate = {Path.GetRelativePath(folder, options.CertificateFile!)}\n");
        text.Append($"private-key = {Path.GetRelativePath(folder, options.PrivateKeyFile!)}\n");
        return text.ToString();
    }

    internal static ClientOptions Read(string text, string path)
    {
        var faults = new List<ConfigurationFault>();
        var name = Path.GetFileName(path);
        var settings = new Dictionary<string, OptionEntry>(StringComparer.Ordinal);
        foreach (var entry in ConfFile.Read(text, name, faults))
        {
            if (!string.Equals(entry.Section, Section, StringComparison.Ordinal))
                faults.Add(new ConfigurationFault(entry.Source, $"There is no section [{entry.Section}]; there is [{Section}]."));
            else if (!Keys.Contains(entry.Key, StringComparer.Ordinal))
                faults.Add(new ConfigurationFault(entry.Source, $"Section [{Section}] has no '{entry.Key}'; it has {string.Join(", ", Keys)}."));
            else if (!settings.TryAdd(entry.Key, entry))
                faults.Add(new ConfigurationFault(entry.Source, $"'{entry.Key}' is set at {settings[entry.Key].Source} already."));
        }

        var folder = Path.GetDirectoryName(path)!;
        var options = new ClientOptions
        {
            Servers = Get("servers", Servers, required: true),
            CertificateAuthorityFile = Get("authority", InFolder, required: true) ?? "",
            CertificateFile = Get("certificate", InFolder, required: false),
            PrivateKeyFile = Get("private-key", InFolder, required: false),
            Purpose = Get("purpose", static value => value, required: false),
        };
        var standard = options;
        options = options with
        {
            RequestTimeLimit = Get("request-time-limit", TimeLimit, required: false) ?? standard.RequestTimeLimit,
            ConnectTimeLimit = Get("connect-time-limit", TimeLimit, required: false) ?? standard.ConnectTimeLimit,
        };
        return faults.Count == 0 ? options : throw new ConfigurationException(faults);

        string InFolder(string value) => Path.Combine(folder, value);

        T? Get<T>(string key, Func<string, T> read, bool required)
        {
            if (!settings.TryGetValue(key, out var entry))
            {
                if (required)
                    faults.Add(new ConfigurationFault(name, $"'{key}' is missing in section [{Section}]."));
                return default;
            }

            try
            {
                return read(entry.Value);
            }
            catch (FormatException fault)
            {
                faults.Add(new ConfigurationFault(entry.Source, $"'{key}' {fault.Message}; it is '{entry.Value}'."));
                return default;
            }
        }
    }

    private static ImmutableArray<Uri> Servers(string value)
    {
        var servers = ImmutableArray.CreateBuilder<Uri>();
        foreach (var part in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            servers.Add(Server(part));
        return servers.Count > 0 ? servers.ToImmutable() : throw new FormatException("is one or more addresses, such as 'https://localhost:8443'");
    }

    /// <summary>Reads the address of a server; the scheme may be left out.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    internal static Uri Server(string text)
    {
        var full = text.Contains("://", StringComparison.Ordinal) ? text : "https://" + text;
        return Uri.TryCreate(full, UriKind.Absolute, out var uri)
            && uri is { PathAndQuery: "/", UserInfo: "", Fragment: "", Host.Length: > 0 }
            && string.Equals(uri.Scheme, Uri.UriSchemeHttps, StringComparison.Ordinal)
            ? uri
            : throw new FormatException("is an address such as 'https://localhost:8443'");
    }

    private static TimeSpan? TimeLimit(string value) => OptionValue.Time(value, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
}
