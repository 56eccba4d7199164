using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Keyreeve.Client.Rest;
using Keyreeve.Crypto;

namespace Keyreeve.Client.Configuration;

/// <summary>Makes settings of entries; reports every fault at once.</summary>
/// <param name="folder">Where paths that are not absolute start.</param>
/// <param name="fileName">For messages.</param>
/// <param name="faults">What is wrong.</param>
internal sealed class SettingsReader(string folder, string fileName, List<string> faults)
{
    /// <summary>How the name of a server's section begins.</summary>
    public const string ServerPrefix = "server ";

    private const string Client = "client";

    /// <summary>Where there is no other server to go on to, one that is busy gets more time.</summary>
    private static readonly TimeSpan ConnectTimeLimitOfOne = TimeSpan.FromSeconds(15);

    // What both kinds of section have: in [client] for all servers, in [server …] for one.
    private static readonly string[] CommonKeys =
        ["authority", "certificate", "private-key", "private-key-password-file", "private-key-password-credential", "user", "password-file", "password-credential", "password"];

    private static readonly string[] ServerKeys = ["host", "port", .. CommonKeys];

    private static readonly string[] ClientKeys =
    [
        "provider", "servers", .. CommonKeys, "api-token-file", "api-token-credential", "renew-certificate-after", "key", "key-version", "purpose", "cipher", "request-time-limit", "attempt-time-limit", "connect-time-limit", "retry-delay",
        "cache-lifetime", "cache-refresh-after", "cache-outage-grace", "cache-keys", "cache-uses", "cache-size", "log-level", "token-module", "token", "token-pin-file",
    ];

    private readonly List<string> _warnings = [];

    public ClientSettings Read(IEnumerable<SettingsEntry> entries)
    {
        var client = new SettingsSection(Client, fileName, faults);
        var servers = new List<SettingsSection>();
        foreach (var entry in entries)
        {
            if (string.Equals(entry.Section, Client, StringComparison.Ordinal))
                client.Add(entry, ClientKeys);
            else if (entry.Section.StartsWith(ServerPrefix, StringComparison.Ordinal))
                SectionOf(servers, entry.Section).Add(entry, ServerKeys);
            else
                faults.Add($"{entry.Source}: There is no section [{entry.Section}]; there are [{Client}] and, for each server, [{ServerPrefix}NAME].");
        }

        var provider = client.OneOf("provider", ("keyreeve", KeyProviderKind.Keyreeve), ("kmip", KeyProviderKind.Kmip), ("pkcs11", KeyProviderKind.Pkcs11))
            ?? KeyProviderKind.Keyreeve;
        var settings = new ClientSettings
        {
            Provider = provider,
            Connection = ReadConnection(client, servers, provider),
            Encryption = ReadEncryption(client),
            Token = ReadToken(client, provider),
            LogLevel = client.OneOf("log-level", ("none", ClientLogLevel.None), ("warning", ClientLogLevel.Warning), ("info", ClientLogLevel.Info))
                ?? ClientLogLevel.Warning,
            HasRetryDelay = client.Has("retry-delay"),
        };
        return settings with { Warnings = [.. _warnings] };
    }

    private static EnvelopeEncryptorOptions ReadEncryption(SettingsSection client)
    {
        var standard = new EnvelopeEncryptorOptions();
        var day = TimeSpan.FromDays(1);
        return standard with
        {
            Key = client.Read("key", static text => text.Length > 0 ? text : throw new FormatException("is the name of a key")),
            KeyVersion = client.Read<uint?>("key-version", static text => text is "current" ? null : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0
                ? version
                : throw new FormatException("is 'current' or the number of a version")),
            Suite = client.OneOf("cipher", ("aes-256-gcm", EnvelopeSuite.Aes256Gcm), ("xchacha20-poly1305", EnvelopeSuite.XChaCha20Poly1305)) ?? standard.Suite,
            DataKeyLifetime = client.Time("cache-lifetime", TimeSpan.Zero, day) ?? standard.DataKeyLifetime,
            DataKeyRefreshAfter = client.Time("cache-refresh-after", TimeSpan.FromSeconds(1), day),
            OutageGrace = client.Time("cache-outage-grace", TimeSpan.Zero, day) ?? standard.OutageGrace,
            DataKeyCapacity = client.Number("cache-keys", 0, 1_000_000) ?? standard.DataKeyCapacity,
            DataKeyMaxUses = client.Number("cache-uses", 1, int.MaxValue) ?? standard.DataKeyMaxUses,
            DataKeyMaxBytes = client.Size("cache-size") ?? standard.DataKeyMaxBytes,
        };
    }

    private static SettingsSection SectionOf(List<SettingsSection> sections, string name, List<string> faults, string fileName)
    {
        var found = sections.Find(section => section.Name.Equals(name, StringComparison.Ordinal));
        if (found is null)
            sections.Add(found = new SettingsSection(name, fileName, faults));
        return found;
    }

    private SettingsSection SectionOf(List<SettingsSection> sections, string name) => SectionOf(sections, name, faults, fileName);

    private ClientOptions ReadConnection(SettingsSection client, List<SettingsSection> sections, KeyProviderKind provider)
    {
        var (least, most) = (TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        var common = ReadCommon(client);
        var standard = new ClientOptions { Servers = [] };
        ImmutableArray<KeyServer> servers = provider == KeyProviderKind.Pkcs11 ? [] : [.. ReadServers(client, sections, provider)];
        var connection = standard with
        {
            Servers = servers,
            CertificateAuthorityFile = common.CertificateAuthorityFile,
            CertificateAuthorityFingerprint = common.CertificateAuthorityFingerprint,
            CertificateFile = common.CertificateFile,
            PrivateKeyFile = common.PrivateKeyFile,
            PrivateKeyPassword = common.PrivateKeyPassword,
            Token = ReadApiToken(client, provider),
            RenewCertificateAfter = ReadRenewal(client, provider, standard.RenewCertificateAfter),
            Purpose = client.Read("purpose", static text => text),
            RequestTimeLimit = client.Time("request-time-limit", least, most) ?? standard.RequestTimeLimit,
            AttemptTimeLimit = client.Time("attempt-time-limit", least, most) ?? standard.AttemptTimeLimit,
            ConnectTimeLimit = client.Time("connect-time-limit", least, most) ?? (servers.Length == 1 ? ConnectTimeLimitOfOne : standard.ConnectTimeLimit),
            RetryDelay = client.Time("retry-delay", TimeSpan.Zero, TimeSpan.FromMinutes(1)) ?? standard.RetryDelay,
        };
        if (provider == KeyProviderKind.Pkcs11)
            return connection;
        if (connection.Servers.IsEmpty && !client.Has("servers") && sections.Count == 0)
            faults.Add($"{fileName}: No server is named: 'servers = kms-1.example:8443' in [{Client}], or a section [{ServerPrefix}NAME] with 'host'.");
        if (!client.Has("authority") && (sections.Count == 0 || sections.Exists(static section => !section.Has("authority"))))
            client.Require("authority");
        return connection;
    }

    private IEnumerable<KeyServer> ReadServers(SettingsSection client, List<SettingsSection> sections, KeyProviderKind provider)
    {
        var (scheme, standardPort) = provider == KeyProviderKind.Kmip ? ("kmip", 5696) : ("https", 8443);
        var common = ReadCommon(client);
        foreach (var address in client.Read<IReadOnlyList<Uri>>("servers", text => Addresses(text, scheme, standardPort)) ?? [])
            yield return new KeyServer { Address = address, User = common.User, Password = common.Password };
        foreach (var section in sections)
        {
            section.Require("host");
            var host = section.Read("host", static text => Uri.CheckHostName(text.Trim('[', ']')) != UriHostNameType.Unknown ? text : throw new FormatException("is the name or the IP address of a machine"));
            var port = section.Number("port", 1, 65535) ?? standardPort;
            if (host is null)
                continue;
            var own = ReadCommon(section);
            yield return own with
            {
                Name = section.Name[ServerPrefix.Length..],
                Address = Address(host, port, scheme),
                User = own.User ?? common.User,
                Password = own.Password ?? common.Password,
            };
        }
    }

    private KeyServer ReadCommon(SettingsSection section)
    {
        var authority = section.Text("authority");
        var isFingerprint = authority is not null && authority.StartsWith("sha256:", StringComparison.OrdinalIgnoreCase);
        return new KeyServer
        {
            Address = new Uri("https://unset"),
            CertificateAuthorityFile = isFingerprint ? null : section.Read("authority", InFolder),
            CertificateAuthorityFingerprint = isFingerprint ? section.Read<CaFingerprint?>("authority", static text => Fingerprint(text)) : null,
            CertificateFile = section.Read("certificate", InFolder),
            PrivateKeyFile = section.Read("private-key", text => text.StartsWith(ClientIdentity.TokenScheme, StringComparison.Ordinal) ? text : InFolder(text)),
            PrivateKeyPassword = ReadSecret(section, "private-key-password"),
            User = section.Read("user", static text => text),
            Password = ReadSecret(section, "password"),
        };
    }

    private SecretReference? ReadSecret(SettingsSection section, string key)
    {
        if (section.Read(key + "-file", InFolder) is { } file)
            return SecretReference.FromFile(file);
        if (section.Text(key + "-credential") is not null)
            return section.Read(key + "-credential", Credential);
        if (section.Text(key) is not { } text)
            return null;
        var warning = $"{section.SourceOf(key)}: The password stands in the file in clear; put it into a file of its own and name it by '{key}-file', or by '{key}-credential'.";
        if (!_warnings.Contains(warning))
            _warnings.Add(warning);
        return SecretReference.DangerousFromText(Encoding.UTF8.GetBytes(text));
    }

    // There is no setting for the token itself: a configuration is read by more than who may use it.
    private SecretReference? ReadApiToken(SettingsSection client, KeyProviderKind provider)
    {
        if (provider != KeyProviderKind.Keyreeve)
        {
            foreach (var key in (string[])["api-token-file", "api-token-credential"])
                client.Refuse(key, $"'{key}' is for 'provider = keyreeve'.");
            return null;
        }

        if (client.Has("api-token-file"))
            client.Refuse("api-token-credential", "A token is in a file or is a credential, not both.");
        if (client.Read("api-token-file", InFolder) is { } file)
            return SecretReference.FromFile(file);
        return client.Has("api-token-credential") ? client.Read("api-token-credential", Credential) : null;
    }

    private static double? ReadRenewal(SettingsSection client, KeyProviderKind provider, double? standard)
    {
        if (provider != KeyProviderKind.Keyreeve)
            client.Refuse("renew-certificate-after", "'renew-certificate-after' is for 'provider = keyreeve'.");
        if (!client.Has("renew-certificate-after") || string.Equals(client.Text("renew-certificate-after"), "never", StringComparison.Ordinal))
            return client.Has("renew-certificate-after") ? null : standard;
        return client.Read<double?>("renew-certificate-after", static text =>
            text.EndsWith('%') && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var percent) && percent is > 0 and < 100
                ? percent / 100.0
                : throw new FormatException("is 'never', or a share of its life from '1%' to '99%'"));
    }

    private TokenSettings? ReadToken(SettingsSection client, KeyProviderKind provider)
    {
        if (provider != KeyProviderKind.Pkcs11)
        {
            foreach (var key in (string[])["token-module", "token", "token-pin-file"])
                client.Refuse(key, $"'{key}' is for 'provider = pkcs11'.");
            return null;
        }

        foreach (var key in (string[])["token-module", "token", "token-pin-file"])
            client.Require(key);
        return new TokenSettings(client.Read("token-module", InFolder) ?? "", client.Text("token") ?? "", client.Read("token-pin-file", InFolder) ?? "");
    }

    private string InFolder(string value) => value.Length > 0 ? Path.GetFullPath(Path.Combine(folder, value)) : throw new FormatException("is the path of a file");

    private static SecretReference Credential(string name)
    {
        try
        {
            return SecretReference.FromSystemdCredential(name);
        }
        catch (KeyreeveClientException e)
        {
            throw new FormatException($"cannot be had: {e.Message}", e);
        }
    }

    private static CaFingerprint Fingerprint(string text)
    {
        try
        {
            return CaFingerprint.Parse(text);
        }
        catch (FormatException e)
        {
            throw new FormatException("is a file, a folder, or 'sha256:' and 64 hexadecimal digits", e);
        }
    }

    private static ImmutableArray<Uri> Addresses(string text, string scheme, int standardPort)
    {
        var addresses = ImmutableArray.CreateBuilder<Uri>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            addresses.Add(ClientSettings.ParseAddress(part, scheme, standardPort));
        return addresses.Count > 0 ? addresses.ToImmutable() : throw new FormatException($"is one or more addresses, such as '{scheme}://localhost:{standardPort}'");
    }

    private static Uri Address(string host, int port, string scheme) => new UriBuilder(scheme, host.Trim('[', ']'), port).Uri;
}
