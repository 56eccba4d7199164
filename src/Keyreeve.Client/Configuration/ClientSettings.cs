using System.Collections.Immutable;
using System.Text;
using Keyreeve.Client.Configuration;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Client;

/// <summary>Who keeps the keys.</summary>
public enum KeyProviderKind
{
    /// <summary>Not a provider.</summary>
    None = 0,

    /// <summary>A Keyreeve server, over REST.</summary>
    Keyreeve,

    /// <summary>Any KMIP server, Keyreeve's own or another vendor's.</summary>
    Kmip,

    /// <summary>A token of this machine, over PKCS #11.</summary>
    Pkcs11,
}

/// <summary>What the client tells of itself.</summary>
public enum ClientLogLevel
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>That a server was given up, that a password stands in clear.</summary>
    Warning,

    /// <summary>That a server serves again, as well.</summary>
    Info,
}

/// <summary>Which token wraps the data keys.</summary>
/// <param name="ModulePath">Full path of the PKCS #11 module.</param>
/// <param name="TokenLabel">The token's label.</param>
/// <param name="PinFile">The file with the PIN, closed to others.</param>
public sealed record TokenSettings(string ModulePath, string TokenLabel, string PinFile);

/// <summary>All that a client is configured with: one file, or JSON, or what a program has. Immutable.</summary>
public sealed record ClientSettings
{
    /// <summary>Who keeps the keys. Default: Keyreeve.</summary>
    public KeyProviderKind Provider { get; init; } = KeyProviderKind.Keyreeve;

    /// <summary>The servers, and who the client is.</summary>
    public required ClientOptions Connection { get; init; }

    /// <summary>Key, cipher and cache.</summary>
    public EnvelopeEncryptorOptions Encryption { get; init; } = new();

    /// <summary>The token, where <see cref="Provider"/> is one.</summary>
    public TokenSettings? Token { get; init; }

    /// <summary>What the client tells of itself. Default: warnings.</summary>
    public ClientLogLevel LogLevel { get; init; } = ClientLogLevel.Warning;

    /// <summary>What is not good, and does not forbid going on: one sentence each, to be shown to whoever starts the program.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>Whether the retry delay was chosen, not the default.</summary>
    public bool HasRetryDelay { get; init; }

    /// <summary>The same settings, with somebody who is told what <see cref="LogLevel"/> lets through.</summary>
    public ClientSettings WithLog(Action<ClientLogLevel, string> log)
    {
        ArgumentNullException.ThrowIfNull(log);
        var most = LogLevel;
        return this with { Connection = Connection with { Log = (level, message) => { if (level <= most) log(level, message); } } };
    }

    /// <summary>Reads a file, INI or JSON (when its name ends with <c>.json</c>); all its faults are reported at once.</summary>
    /// <exception cref="ClientConfigurationException">A setting cannot be used.</exception>
    /// <exception cref="PrivateFileException">Others may read or change the file or its folder, or they belong to somebody else.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ClientSettings Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = Path.GetFullPath(path);
        PrivateFile.CheckParent(full);
        var content = PrivateFile.Read(full);
        return Path.GetExtension(full) is ".json" ? ParseJson(content, full) : Parse(Decode(content, full), full);
    }

    /// <summary>Reads the text of an INI file.</summary>
    /// <param name="text">The text.</param>
    /// <param name="path">Where it is from: paths in it start there.</param>
    /// <exception cref="ClientConfigurationException">A setting cannot be used.</exception>
    public static ClientSettings Parse(string text, string path)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Read(path, (name, faults) => SettingsFile.Read(text, name, faults));
    }

    /// <summary>Reads JSON.</summary>
    /// <inheritdoc cref="Parse"/>
    public static ClientSettings ParseJson(ReadOnlyMemory<byte> json, string path) => Read(path, (name, faults) => SettingsJson.Read(json, name, faults));

    /// <summary>Reads pairs such as <c>client:key</c> → <c>orders</c> and <c>servers:primary:host</c> → <c>kms-1.example</c>, as IConfiguration has them.</summary>
    /// <param name="pairs">The pairs; those without a value are passed over.</param>
    /// <param name="folder">Where paths that are not absolute start.</param>
    /// <exception cref="ClientConfigurationException">A setting cannot be used.</exception>
    public static ClientSettings FromPairs(IEnumerable<KeyValuePair<string, string?>> pairs, string folder)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        return Read(Path.Combine(folder, "configuration"), (_, faults) => [.. Entries(pairs, faults)]);
    }

    /// <summary>Connects with whoever keeps the keys.</summary>
    /// <param name="openToken">Opens a token; null where the package Keyreeve.Client.Pkcs11 is not used.</param>
    /// <exception cref="KeyreeveClientException"><see cref="ClientError.InvalidOptions"/>: the message says why.</exception>
    /// <exception cref="PrivateFileException">Others may read the private key.</exception>
    public IKeyProvider OpenProvider(Func<TokenSettings, IKeyProvider>? openToken = null) => Provider switch
    {
        KeyProviderKind.Keyreeve => new KeyreeveProvider(new KeyreeveClient(Connection)),
        KeyProviderKind.Kmip => new KmipProvider(Connection),
        KeyProviderKind.Pkcs11 when openToken is not null && Token is not null => openToken(Token),
        KeyProviderKind.Pkcs11 => throw new KeyreeveClientException(ClientError.InvalidOptions, "A token is reached by the package Keyreeve.Client.Pkcs11: OpenProvider(TokenProvider.Open)."),
        _ => throw new KeyreeveClientException(ClientError.InvalidOptions, "No key provider is chosen."),
    };

    /// <summary>Reads the address of a server; scheme and port may be left out.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static Uri ParseAddress(string text, string scheme = "https", int standardPort = 8443)
    {
        ArgumentNullException.ThrowIfNull(text);
        var full = text.Contains("://", StringComparison.Ordinal) ? text : $"{scheme}://{text}";
        return Uri.TryCreate(full, UriKind.Absolute, out var uri)
            && uri is { PathAndQuery: "/" or "", UserInfo: "", Fragment: "", Host.Length: > 0 }
            && string.Equals(uri.Scheme, scheme, StringComparison.Ordinal)
            ? (HasPort(full) ? uri : new UriBuilder(uri) { Port = standardPort }.Uri)
            : throw new FormatException($"is an address such as '{scheme}://localhost:{standardPort}'");
    }

    private static bool HasPort(string address) => address.LastIndexOf(':') > address.LastIndexOf(']') && address.LastIndexOf(':') > address.IndexOf("://", StringComparison.Ordinal);

    private static ClientSettings Read(string path, Func<string, List<string>, List<SettingsEntry>> read)
    {
        var faults = new List<string>();
        var full = Path.GetFullPath(path);
        var name = Path.GetFileName(full);
        var settings = new SettingsReader(Path.GetDirectoryName(full)!, name, faults).Read(read(name, faults));
        return faults.Count == 0 ? settings : throw new ClientConfigurationException([.. faults]);
    }

    private static IEnumerable<SettingsEntry> Entries(IEnumerable<KeyValuePair<string, string?>> pairs, List<string> faults)
    {
        foreach (var (path, value) in pairs)
        {
            if (value is null)
                continue;
            switch (path.Split(':'))
            {
                // IConfiguration does not tell capitals from small letters.
                case [var servers, var server, var key] when servers.Equals("servers", StringComparison.OrdinalIgnoreCase):
                    yield return new SettingsEntry(SettingsReader.ServerPrefix + server, key.ToLowerInvariant(), value, path);
                    break;
                case [var section, var key]:
                    yield return new SettingsEntry(section.ToLowerInvariant(), key.ToLowerInvariant(), value, path);
                    break;
                default:
                    faults.Add($"{path}: A setting is 'client:KEY' or 'servers:NAME:KEY'.");
                    break;
            }
        }
    }

    private static string Decode(byte[] content, string path)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(content);
        }
        catch (DecoderFallbackException)
        {
            throw new ClientConfigurationException([$"{Path.GetFileName(path)}: It is not UTF-8."]);
        }
    }
}

/// <summary>The configuration cannot be used. Its message lists every fault, one a line.</summary>
public sealed class ClientConfigurationException(ImmutableArray<string> faults) : Exception(string.Join('\n', faults))
{
    /// <summary>Everything that is wrong, with its place.</summary>
    public ImmutableArray<string> Faults { get; } = faults;
}
