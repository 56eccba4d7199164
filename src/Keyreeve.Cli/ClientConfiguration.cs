using System.Text;
using Keyreeve.Client;

namespace Keyreeve.Cli;

/// <summary>The client's configuration file, as the commands use it; docs/client-configuration.md has every setting.</summary>
internal static class ClientConfiguration
{
    /// <summary>Where the file is unless <c>--config</c> says otherwise.</summary>
    public static string DefaultPath =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify), "keyreeve", "client.conf");

    /// <summary>Reads the connection with a Keyreeve server.</summary>
    /// <inheritdoc cref="LoadSettings"/>
    public static ClientOptions Load(string? path)
    {
        var settings = LoadSettings(path);
        return settings.Provider == KeyProviderKind.Keyreeve
            ? settings.Connection
            : throw new CliException(
                ExitCode.Configuration,
                "This command talks to a Keyreeve server over REST, and the configuration names another key provider.",
                "name a configuration with 'provider = keyreeve' by --config");
    }

    /// <summary>Reads the file; all its faults are reported at once.</summary>
    /// <exception cref="ClientConfigurationException">A setting cannot be used.</exception>
    /// <exception cref="Crypto.Files.PrivateFileException">Others may read or change the file, or it belongs to somebody else.</exception>
    public static ClientSettings LoadSettings(string? path)
    {
        path ??= DefaultPath;
        if (!File.Exists(path))
        {
            throw new CliException(
                ExitCode.Configuration,
                $"There is no configuration at '{path}'.",
                "keyreeve enroll makes one, for a one-time code, and keyreeve client configure asks for all it needs; or name another with --config");
        }

        var settings = ClientSettings.Load(path);
        foreach (var warning in settings.Warnings)
            Console.Error.WriteLine($"keyreeve: {warning}");
        // Whoever waits at a terminal wants to know at once; who does not, sets the delay.
        var connection = settings.HasRetryDelay ? settings.Connection : settings.Connection with { RetryDelay = TimeSpan.Zero };
        return (settings with { Connection = connection }).WithLog(static (_, message) => Console.Error.WriteLine($"keyreeve: {message}"));
    }

    /// <summary>The file that <see cref="Load"/> reads again.</summary>
    public static string Write(ClientOptions options, string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var text = new StringBuilder();
        text.Append("# Keyreeve, client. Written by 'keyreeve enroll'; see docs/cli.md.\n\n[client]\n");
        text.Append($"servers = {string.Join(", ", options.Servers.Select(Address))}\n");
        text.Append($"authority = {Path.GetRelativePath(folder, options.CertificateAuthorityFile!)}\n");
        text.Append($"certificate = {Path.GetRelativePath(folder, options.CertificateFile!)}\n");
        text.Append($"private-key = {Path.GetRelativePath(folder, options.PrivateKeyFile!)}\n");
        return text.ToString();
    }

    /// <summary>A server's address as people write it.</summary>
    public static string Address(KeyServer server) => server.Address.GetLeftPart(UriPartial.Authority);

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
}
