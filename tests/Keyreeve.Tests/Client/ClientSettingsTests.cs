using System.Text;
using Keyreeve.Client;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Client;

public sealed class ClientSettingsTests
{
    private const string Fingerprint = "7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730";

    [Fact]
    public void Parse_TheSample_IsUnderstoodAndHasTheDefaults()
    {
        var settings = ClientSettings.Parse(File.ReadAllText(Path.Combine(Root(), "samples", "client.conf")), "/etc/shop/client.conf");

        Assert.Equal(["primary", "secondary"], settings.Connection.Servers.Select(static server => server.Name));
        Assert.Equal(new Uri("https://kms-1.example:8443"), settings.Connection.Servers[0].Address);
        Assert.Equal("/etc/shop/client-authority.pem", settings.Connection.CertificateAuthorityFile);
        Assert.Equal(Fingerprint, settings.Connection.Servers[1].CertificateAuthorityFingerprint.ToString());
        Assert.Equal(new EnvelopeEncryptorOptions { Key = "orders", DataKeyRefreshAfter = TimeSpan.FromSeconds(150) }, settings.Encryption);
        var standard = new ClientOptions { Servers = [] };
        Assert.Equal(
            (standard.RequestTimeLimit, standard.AttemptTimeLimit, standard.ConnectTimeLimit, standard.RetryDelay),
            (settings.Connection.RequestTimeLimit, settings.Connection.AttemptTimeLimit, settings.Connection.ConnectTimeLimit, settings.Connection.RetryDelay));
        Assert.Empty(settings.Warnings);
    }

    [Theory]
    [InlineData("kms-1.example", 15)]
    [InlineData("kms-1.example, kms-2.example", 5)]
    [InlineData("kms-1.example\nconnect-time-limit = 7s", 7)]
    public void Parse_ConnectTimeLimit_IsLongerWhereNoOtherServerIsThere(string servers, int seconds)
    {
        var settings = ClientSettings.Parse($"[client]\nauthority = ca.pem\nservers = {servers}\n", "/etc/client.conf");

        Assert.Equal(TimeSpan.FromSeconds(seconds), settings.Connection.ConnectTimeLimit);
    }

    [Fact]
    public void Parse_ServersInOneLine_AreTakenInTheirOrder()
    {
        var settings = Parse("servers = kms-1.example, https://192.0.2.7:9443, [2001:db8::1]:1\nauthority = ca.pem");

        Assert.Equal(
            ["https://kms-1.example:8443/", "https://192.0.2.7:9443/", "https://[2001:db8::1]:1/"],
            settings.Connection.Servers.Select(static server => server.Address.AbsoluteUri));
    }

    [Fact]
    public void Parse_SettingsOfAServer_AreItsAlone()
    {
        var settings = Parse("""
            provider = kmip
            authority = ca.pem
            certificate = c.pem
            private-key = k.pem
            user = all
            [server a]
            host = a.example
            [server b]
            host = b.example
            port = 1
            authority = other
            certificate = b.p12
            private-key-password-file = b.password
            user = bob
            password-file = bob.password
            """);

        var (a, b) = (settings.Connection.Servers[0], settings.Connection.Servers[1]);
        Assert.Equal(new Uri("kmip://a.example:5696"), a.Address);
        Assert.Null(a.CertificateFile);
        Assert.Equal("all", a.User);
        Assert.Equal(("/x/other", "/x/b.p12", null, "bob"), (b.CertificateAuthorityFile, b.CertificateFile, b.PrivateKeyFile, b.User));
        Assert.Equal("SecretReference(/x/bob.password)", b.Password!.ToString());
    }

    [Fact]
    public void Parse_Json_MeansTheSame()
    {
        var json = """
            {
              // as in the file
              "client": { "authority": "ca.pem", "key": "orders", "cache-lifetime": "1m", "cache-keys": 7, "purpose": "p" },
              "servers": { "primary": { "host": "kms-1.example" }, "secondary": { "host": "192.0.2.7", "port": 9443, "authority": "sha256:7D865E959B2466918C9863AFCA942D0FB89D7C9AC0C99BAFC3749504DED97730" } },
            }
            """;
        const string conf = """
            [client]
            authority = ca.pem
            key = orders
            cache-lifetime = 1m
            cache-keys = 7
            purpose = p
            [server primary]
            host = kms-1.example
            [server secondary]
            host = 192.0.2.7
            port = 9443
            authority = sha256:7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730
            """;
        var pairs = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["client"] = null, ["client:authority"] = "ca.pem", ["client:key"] = "orders", ["client:cache-lifetime"] = "1m", ["client:cache-keys"] = "7",
            ["client:purpose"] = "p", ["servers"] = null, ["servers:primary"] = null, ["servers:primary:host"] = "kms-1.example",
            ["servers:secondary:host"] = "192.0.2.7", ["servers:secondary:port"] = "9443", ["servers:secondary:authority"] = "sha256:" + Fingerprint,
        };

        var expected = ClientSettings.Parse(conf, "/x/client.conf");
        foreach (var settings in (ClientSettings[])[ClientSettings.ParseJson(Encoding.UTF8.GetBytes(json), "/x/client.json"), ClientSettings.FromPairs(pairs, "/x")])
        {
            Assert.Equal(expected.Connection.Servers, settings.Connection.Servers);
            Assert.Equal(expected.Encryption, settings.Encryption);
            Assert.Equal(expected.Connection with { Servers = [] }, settings.Connection with { Servers = [] });
        }
    }

    [Fact]
    public void Parse_ManyFaults_AreAllReportedWithTheirPlaces()
    {
        var e = Assert.Throws<ClientConfigurationException>(() => ClientSettings.Parse("""
            before = a section
            [client]
            provider = aws
            colour = red
            cache-lifetime = soon
            key-version = 0
            authority = sha256:12
            key = one
            key = two
            nonsense
            [server a]
            port = 70000
            [database]
            host = x
            """, "/x/client.conf"));

        foreach (var place in (string[])[":1:", ":3:", ":4:", ":5:", ":6:", ":7:", ":9:", ":10:", ":12:", ":14:", "'host' is missing in section [server a]"])
            Assert.Contains(e.Faults, fault => fault.Contains(place, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[client]\nauthority = ca.pem", "No server is named")]
    [InlineData("[client]\nservers = a", "'authority' is missing")]
    [InlineData("[client]\nprovider = pkcs11", "'token-module' is missing")]
    [InlineData("[client]\nservers = a\nauthority = ca.pem\ntoken = t", "'token' is for 'provider = pkcs11'")]
    [InlineData("[client]\nservers = ftp://a\nauthority = ca.pem", "is one or more addresses")]
    [InlineData("[client]\nservers = a/path\nauthority = ca.pem", "is an address")]
    public void Parse_WhatIsMissingOrDoesNotFit_IsSaid(string text, string fault)
    {
        var e = Assert.Throws<ClientConfigurationException>(() => ClientSettings.Parse(text, "/x/client.conf"));

        Assert.True(e.Message.Contains(fault, StringComparison.Ordinal) || fault.StartsWith("is one", StringComparison.Ordinal), e.Message);
    }

    [Fact]
    [Trait("Attack", "52")]
    public void Parse_PasswordInClear_IsWarnedOfAndNeverShown()
    {
        var settings = Parse("provider = kmip\nservers = a\nauthority = ca.pem\nuser = u\npassword = open-sesame");

        Assert.Contains(settings.Warnings, static warning => warning.Contains("in clear", StringComparison.Ordinal));
        Assert.DoesNotContain("sesame", string.Join('\n', settings.Warnings), StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", settings.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", settings.Connection.Servers[0].ToString() + settings.Connection, StringComparison.Ordinal);
        Assert.True(settings.Connection.Servers[0].Password!.IsInClear);
        using var secret = settings.Connection.Servers[0].Password!.Read();
        Assert.True(secret.FixedTimeEquals("open-sesame"u8));
    }

    [Theory]
    [InlineData("aes-256-gcm", EnvelopeSuite.Aes256Gcm)]
    [InlineData("xchacha20-poly1305", EnvelopeSuite.XChaCha20Poly1305)]
    public void Parse_Cipher_IsTheSuite(string word, EnvelopeSuite suite) =>
        Assert.Equal(suite, Parse($"servers = a\nauthority = ca.pem\ncipher = {word}").Encryption.Suite);

    [Fact]
    public void Parse_Token_IsNamed()
    {
        var settings = Parse("provider = pkcs11\ntoken-module = /lib/module.so\ntoken = vault\ntoken-pin-file = pin");

        Assert.Equal(new TokenSettings("/lib/module.so", "vault", "/x/pin"), settings.Token);
        Assert.Equal(ClientError.InvalidOptions, Assert.Throws<KeyreeveClientException>(() => settings.OpenProvider()).Error);
    }

    [Fact]
    public void WithLog_Level_LetsThroughWhatItSays()
    {
        var heard = new List<string>();
        var settings = Parse("servers = a\nauthority = ca.pem\nlog-level = warning").WithLog((_, message) => heard.Add(message));

        settings.Connection.Log!(ClientLogLevel.Info, "serves again");
        settings.Connection.Log!(ClientLogLevel.Warning, "given up");

        Assert.Equal(["given up"], heard);
    }

    private static ClientSettings Parse(string client) => ClientSettings.Parse("[client]\n" + client, "/x/client.conf");

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Keyreeve.slnx")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests run from inside the repository.");
        return folder.FullName;
    }
}
