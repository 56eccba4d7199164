using System.Collections;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Keyreeve.Client;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Keyreeve.Tests.Client;

/// <summary>Every setting that is documented, said in each of the forms: the file, JSON, and IConfiguration.</summary>
public sealed partial class ClientSettingsFormsTests
{
    private const string Server = "server primary";

    private static readonly Setting[] Settings =
    [
        new("provider", "keyreeve", "kmip"),
        new("servers", "kms-2.example", "kms-2.example, kms-3.example:9443"),
        new("host", "kms-1.example", "192.0.2.7") { Section = Server },
        new("port", "8443", "9443") { Section = Server },
        new("authority", "ca.pem", "sha256:7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730") { IsOfBoth = true },
        new("certificate", "one.pem", "two.p12") { IsOfBoth = true },
        new("private-key", "one.key", "pkcs11:token=t;object=o?pin-source=file:/etc/pin") { IsOfBoth = true },
        new("private-key-password-file", "one.password", "two.password") { IsOfBoth = true },
        new("private-key-password-credential", "one", "two") { IsOfBoth = true },
        new("user", "anna", "bob") { IsOfBoth = true },
        new("password-file", "one.password", "two.password") { IsOfBoth = true },
        new("password-credential", "one", "two") { IsOfBoth = true },
        new("password", "sesame", null) { IsOfBoth = true },
        new("key", "orders", "papers"),
        new("key-version", "current", "7"),
        new("api-token-file", "one.token", "two.token"),
        new("api-token-credential", "one", "two"),
        new("renew-certificate-after", "50%", "never"),
        new("purpose", "billing", "audit"),
        new("cipher", "aes-256-gcm", "xchacha20-poly1305"),
        new("request-time-limit", "40s", "1m"),
        new("attempt-time-limit", "500ms", "7s"),
        new("connect-time-limit", "3s", "4s"),
        new("retry-delay", "0s", "1s"),
        new("cache-lifetime", "0s", "90s"),
        new("cache-refresh-after", "10s", "1m"),
        new("cache-outage-grace", "5m", "2h"),
        new("cache-keys", "0", "7"),
        new("cache-uses", "1", "500"),
        new("cache-size", "64KiB", "1TiB"),
        new("log-level", "none", "info"),
        new("token-module", "one.so", "two.so") { IsOfAToken = true },
        new("token", "one", "two") { IsOfAToken = true },
        new("token-pin-file", "one.pin", "two.pin") { IsOfAToken = true },
    ];

    // systemd gives credentials by this variable; nothing else in these tests looks at it.
    static ClientSettingsFormsTests() => Environment.SetEnvironmentVariable("CREDENTIALS_DIRECTORY", "/run/credentials/shop");

    public static TheoryData<string, string> Cases => [.. Settings.SelectMany(static setting => setting.Sections.Select(section => (section, setting.Key)))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Setting_InEachForm_MeansTheSameAndTakesEffect(string section, string key)
    {
        var setting = Array.Find(Settings, one => string.Equals(one.Key, key, StringComparison.Ordinal))!;
        var shown = new List<string>();
        foreach (var value in (string?[])[setting.One, setting.Other])
        {
            var said = Configuration(setting, section, value);
            var expected = Shown(ClientSettings.Parse(AsFile(said), "/x/client.conf"));
            Assert.Equal(expected, Shown(ClientSettings.ParseJson(AsJson(said), "/x/client.json")));
            Assert.Equal(expected, Shown(AsConfiguration(said)));
            shown.Add(expected);
        }

        Assert.NotEqual(shown[0], shown[1]);
    }

    [Fact]
    public void Settings_OfTheDocumentation_AreTheseAll()
    {
        var page = File.ReadAllText(Path.Combine(Root(), "docs", "client-configuration.md"));
        var table = page[page.IndexOf("| Key | Where |", StringComparison.Ordinal)..page.IndexOf("## When a server fails", StringComparison.Ordinal)];
        var documented = table.Split('\n').Skip(2).Where(static line => line.StartsWith("| ", StringComparison.Ordinal)).SelectMany(static line => Names(line.Split('|')[1]))
            .Append("password");

        Assert.Equal(Settings.Select(static setting => setting.Key).Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Settings_OfTheSample_AreAmongThese()
    {
        var sample = File.ReadAllLines(Path.Combine(Root(), "samples", "client.conf")).Select(static line => SettingLine().Match(line)).Where(static match => match.Success).Select(static match => match.Groups["key"].Value).Distinct(StringComparer.Ordinal).ToArray();

        Assert.Empty(sample.Except(Settings.Select(static setting => setting.Key), StringComparer.Ordinal));
        // In clear, in a file of another provider, and all in one line: what the sample does not show.
        Assert.Equal(
            ["api-token-credential", "api-token-file", "password", "servers", "token", "token-module", "token-pin-file"],
            Settings.Select(static setting => setting.Key).Except(sample, StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void FromPairs_WhateverTheCapitals_MeansTheSame()
    {
        var settings = ClientSettings.FromPairs(
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["Client:Authority"] = "ca.pem", ["CLIENT:CACHE-KEYS"] = "7", ["Servers:primary:Host"] = "kms-1.example" }, "/x");

        Assert.Equal(7, settings.Encryption.DataKeyCapacity);
        Assert.Equal("primary", Assert.Single(settings.Connection.Servers).Name);
    }

    private static List<(string Section, string Key, string Value)> Configuration(Setting setting, string section, string? value)
    {
        var said = new List<(string Section, string Key, string Value)> { (Server, "host", "kms-1.example"), ("client", "authority", "of-all.pem") };
        if (setting.IsOfAToken)
            said.AddRange([("client", "provider", "pkcs11"), ("client", "token-module", "m.so"), ("client", "token", "t"), ("client", "token-pin-file", "t.pin")]);
        said.RemoveAll(one => string.Equals(one.Section, section, StringComparison.Ordinal) && string.Equals(one.Key, setting.Key, StringComparison.Ordinal));
        if (value is not null)
            said.Add((section, setting.Key, value));
        return said;
    }

    private static string AsFile(List<(string Section, string Key, string Value)> said) =>
        string.Concat(said.GroupBy(static one => one.Section, StringComparer.Ordinal).Select(static section => $"[{section.Key}]\n{string.Concat(section.Select(static one => $"{one.Key} = {one.Value}\n"))}"));

    private static byte[] AsJson(List<(string Section, string Key, string Value)> said)
    {
        // Numbers as numbers, as people write them.
        static object Value(string text) => int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : text;
        var sections = said.GroupBy(static one => one.Section, StringComparer.Ordinal)
            .ToDictionary(static section => section.Key, static section => section.ToDictionary(static one => one.Key, static one => Value(one.Value), StringComparer.Ordinal), StringComparer.Ordinal);
        return JsonSerializer.SerializeToUtf8Bytes(new { client = sections["client"], servers = new { primary = sections[Server] } });
    }

    private static ClientSettings AsConfiguration(List<(string Section, string Key, string Value)> said)
    {
        var json = Encoding.UTF8.GetString(AsJson(said));
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes($$"""{ "Keyreeve": {{json}} }"""));
        var configuration = new ConfigurationBuilder().AddJsonStream(stream).Build();
        return ClientSettings.FromPairs(configuration.GetSection("Keyreeve").AsEnumerable(makePathsRelative: true), "/x");
    }

    /// <summary>All that settings hold, as text: two arrays of the same servers are not equal.</summary>
    private static string Shown(object? value) => value switch
    {
        null => "null",
        string text => text,
        IEnumerable many => $"[{string.Join(", ", many.Cast<object>().Select(Shown))}]",
        _ when value.GetType().GetMethod("<Clone>$") is null => $"{value}",
        _ => $"{{{string.Join(", ", value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(static property => property.Name is not "Warnings").Select(property => $"{property.Name}: {Shown(property.GetValue(value))}"))}}}",
    };

    private static IEnumerable<string> Names(string cell)
    {
        var names = NameInCode().Matches(cell).Select(static match => match.Groups["name"].Value).ToArray();
        // `private-key-password-file`, `-credential`: the ending alone stands for the same name with another ending.
        return names.Select(name => name[0] == '-' ? names[0][..names[0].LastIndexOf('-')] + name : name);
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Keyreeve.slnx")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests run from inside the repository.");
        return folder.FullName;
    }

    [GeneratedRegex("`(?<name>[-a-z0-9]+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NameInCode();

    [GeneratedRegex("^(# )?(?<key>[a-z][-a-z0-9]*) = ", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SettingLine();

    private sealed record Setting(string Key, string One, string? Other)
    {
        public string Section { get; init; } = "client";

        public bool IsOfBoth { get; init; }

        public bool IsOfAToken { get; init; }

        public string[] Sections => IsOfBoth ? ["client", Server] : [Section];
    }
}
