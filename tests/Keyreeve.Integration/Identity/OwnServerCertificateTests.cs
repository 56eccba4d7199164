using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Keyreeve.Crypto.Files;
using Keyreeve.Integration.Audit;
using Keyreeve.Integration.Cli;
using Keyreeve.Integration.Kmip;
using Keyreeve.Integration.Rest;
using Keyreeve.Kmip;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Identity;
using Xunit;
using Root = Keyreeve.Integration.TestAuthority;

namespace Keyreeve.Integration.Identity;

/// <summary>Your own certificate of the server's, with a server that is a process of its own: served at both doors, and replaced while it runs.</summary>
public sealed class OwnServerCertificateTests
{
    [Fact]
    [Trait("Speed", "Slow")]
    public async Task OwnCertificate_IsReplaced_NewHandshakesShowItAndOpenConnectionsGoOn()
    {
        using var chain = new ServerChain();
        await using var server = await ServerProcess.StartNewAsync();
        var configuration = await server.EnrolAsync("admin", server.AdministratorCode);
        // Clients learn of the root before anything hangs from it.
        var rootFile = WriteBeside(server, "root.pem", chain.Root.ExportCertificatePem());
        server.Settings.Add($"server.certificate-authority-file={rootFile}");
        await RestartAsync(server);
        Succeeded(await CliProcess.RunAsync(server.Folder, "client", "renew", "--config", configuration));
        var file = WriteBeside(server, "server.pem", chain.IssueWhole());
        server.Settings.AddRange([$"server.certificate-file={file}", $"server.certificate-key-file={file}"]);
        await RestartAsync(server);
        Succeeded(await CliProcess.RunAsync(server.Folder, "status", "--config", configuration));

        using var client = LoadClient(configuration);
        await using var rest = await ConnectAsync(server.HttpsPort, chain, client);
        await using var kmip = await ConnectAsync(server.KmipPort, chain, client);
        var first = SerialOf(rest);
        Assert.Equal(first, SerialOf(kmip));

        // Another key, of another kind, and in one step.
        using var rsa = RSA.Create(2048);
        WriteBeside(server, "server.pem", chain.IssueWhole(rsa));
        await TrailFixture.UntilAsync(async () => await ShownAsync(server.HttpsPort, chain, client) != first, "the new certificate");
        var second = await ShownAsync(server.KmipPort, chain, client);
        Assert.NotEqual(first, second);
        await AnswersAsync(rest, kmip);

        WriteBeside(server, "server.pem", "no certificate");
        await TrailFixture.UntilAsync(() => Trail(server).Contains("refused: a new certificate of the server", StringComparison.Ordinal), "the record of the refusal");
        await TrailFixture.UntilAsync(
            () => server.Log.Contains("the one that was read before stays", StringComparison.Ordinal) && server.Log.Contains("holds no certificate in PEM", StringComparison.Ordinal), "the reason in the log");
        Assert.Contains("certificate was replaced: ", Trail(server), StringComparison.Ordinal);
        Assert.Equal(second, await ShownAsync(server.HttpsPort, chain, client));
        Assert.Equal(second, await ShownAsync(server.KmipPort, chain, client));
        var status = await CliProcess.RunAsync(server.Folder, "status", "--config", configuration);
        Assert.Contains("server.pem", status.Text, StringComparison.Ordinal);
        await AnswersAsync(rest, kmip);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Init_WithAnOwnCertificate_EnrolmentPinsItsRootAndClientsCertificatesAreTheServersOwn()
    {
        using var chain = new ServerChain();
        await using var server = await ServerProcess.StartNewAsync();
        Assert.Equal(0, (await server.StopAsync()).ExitCode);
        var (certificate, key) = chain.Issue();
        var file = WriteBeside(server, "server.pem", certificate + chain.Issuing.ExportCertificatePem() + "\n" + chain.Root.ExportCertificatePem() + "\n");
        var keyFile = WriteBeside(server, "server.key", key);
        string[] settings = [$"server.certificate-file={file}", $"server.certificate-key-file={keyFile}"];
        server.Settings.AddRange(settings);

        var init = await CliProcess.RunAsync(
            server.Folder, ["init", "--config", server.ConfigurationFile, "--output", "json", "--administrator", "second", .. settings.SelectMany(static s => (string[])["--set", s])]);
        Succeeded(init);
        var made = JsonDocument.Parse(init.Output).RootElement;
        Assert.Equal(chain.RootFingerprint, made.GetProperty("caFingerprint").GetString());
        await server.StartAsync();
        var configuration = Path.Combine(server.Folder, "second", "client.conf");
        Succeeded(await CliProcess.RunAsync(
            server.Folder, "enroll", "--server", server.Address, "--code", made.GetProperty("code").GetString()!, "--ca-fingerprint", chain.RootFingerprint, "--config", configuration));

        Succeeded(await CliProcess.RunAsync(server.Folder, "status", "--config", configuration));
        using var client = LoadClient(configuration);
        Assert.StartsWith("CN=Keyreeve ", client.Issuer, StringComparison.Ordinal);
        Assert.Equal("CN=Our servers", await IssuerAsync(server.KmipPort, chain, client));
        using var nobody = new RestClient(new Uri(server.Address), chain.Root, null, null);
        var authorities = (await nobody.GetAsync("/v1/ca")).Expect(200).Json["authorities"]!.AsArray();
        Assert.Equal(["current", "server"], authorities.Select(static one => one!["role"]!.ToString()));
        Assert.Equal(chain.RootFingerprint, authorities[1]!["fingerprint"]!.ToString());

        // A server does not start with one that is of no use, and says what to do.
        Assert.Equal(0, (await server.StopAsync()).ExitCode);
        WriteBeside(server, "server.key", chain.Issue().Key);
        server.Launch();
        await TrailFixture.UntilAsync(() => !server.IsRunning, "the end of a server without a certificate");
        await TrailFixture.UntilAsync(() => server.Log.Contains("is not the private key", StringComparison.Ordinal), "the reason");
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task OwnCertificate_NearItsEnd_IsToldByAlertAndMetricUntilItIsReplaced()
    {
        using var chain = new ServerChain();
        await using var server = await ServerProcess.StartNewAsync();
        using var client = LoadClient(await server.EnrolAsync("admin", server.AdministratorCode));
        // An hour is left of a day.
        var file = WriteBeside(server, "server.pem", chain.IssueWhole(toDay: 1 / 24.0));
        var rootFile = WriteBeside(server, "root.pem", chain.Root.ExportCertificatePem());
        server.Settings.AddRange([$"server.certificate-file={file}", $"server.certificate-key-file={file}", $"server.certificate-authority-file={rootFile}"]);
        await RestartAsync(server);
        // By what somebody who enrols knows the server: the root of its certificate.
        Assert.Equal(chain.RootFingerprint, server.Authority);
        using var admin = new RestClient(new Uri(server.Address), chain.Root, client, null);

        JsonNode? alert = null;
        async Task<bool> IsToldAsync(bool isCurrent)
        {
            var alerts = (await admin.GetAsync("/v1/alerts")).Expect(200).Json["alerts"]!.AsArray();
            alert = alerts.SingleOrDefault(static a => a!["rule"]!.GetValue<string>() == "certificate-expiry");
            return alert is not null && alert["isCurrent"]!.GetValue<bool>() == isCurrent;
        }

        await TrailFixture.UntilAsync(() => IsToldAsync(isCurrent: true), "the alert");
        Assert.Equal("Critical", alert!["severity"]!.GetValue<string>());
        Assert.StartsWith("The server's certificate ends on ", alert["text"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.InRange(await SecondsLeftAsync(admin), 0, TimeSpan.FromHours(1).TotalSeconds);

        WriteBeside(server, "server.pem", chain.IssueWhole(toDay: 20));
        await TrailFixture.UntilAsync(async () => await SecondsLeftAsync(admin) > TimeSpan.FromDays(19).TotalSeconds, "the end of the new certificate");
        await TrailFixture.UntilAsync(() => IsToldAsync(isCurrent: false), "the end of the alert");
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Hangup_FilesThatLookUnchanged_AreReadAgain()
    {
        using var chain = new ServerChain();
        using var one = new Root("CN=One");
        using var two = new Root("CN=Two");
        await using var server = await ServerProcess.StartNewAsync();
        var rootFile = WriteBeside(server, "root.pem", chain.Root.ExportCertificatePem());
        var file = WriteBeside(server, "server.pem", Padded(chain.IssueWhole()));
        var trusted = WriteBeside(server, "clients.pem", Padded(one.Certificate.ExportCertificatePem()));
        server.Settings.AddRange(
            [$"server.certificate-file={file}", $"server.certificate-key-file={file}", $"server.certificate-authority-file={rootFile}", $"server.client-authorities-file={trusted}"]);
        await RestartAsync(server);
        using var nobody = new RestClient(new Uri(server.Address), chain.Root, null, null);
        using var issued = two.IssueClient("admin");
        var enrolment = new JsonObject { ["code"] = server.AdministratorCode, ["csr"] = issued.ExportCertificatePem() };
        (await nobody.PostAsync("/v1/enrol", enrolment)).ExpectError(400, "InvalidField");
        using var another = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        WriteBeside(server, "server.pem", Padded(chain.IssueWhole(another)), File.GetLastWriteTimeUtc(file));
        WriteBeside(server, "clients.pem", Padded(two.Certificate.ExportCertificatePem()), File.GetLastWriteTimeUtc(trusted));

        await server.SignalAsync("HUP");

        await TrailFixture.UntilAsync(() => server.Log.Contains($"The clients' authorities are those of {trusted}: CN=Two.", StringComparison.Ordinal), "the clients' new authority");
        (await nobody.PostAsync("/v1/enrol", enrolment)).Expect(200);
        await TrailFixture.UntilAsync(async () =>
        {
            await using var tls = await RawKmipClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.KmipPort), chain.Root, issued);
            using var shown = X509CertificateLoader.LoadCertificate(tls.Stream.RemoteCertificate!.GetRawCertData());
            using var key = shown.GetECDsaPublicKey();
            return key!.KeySize == 384;
        }, "the new certificate");
    }

    [Theory]
    [InlineData("key of another", "is not the private key")]
    [InlineData("open key", "chmod 600")]
    [InlineData("no key", "not find")]
    [InlineData("expired", "has expired")]
    [InlineData("not yet", "does not hold before")]
    [InlineData("for clients", "serverAuth")]
    [InlineData("short key", "2048")]
    [InlineData("authority first", "put the server's own first")]
    [InlineData("no root", "does not end with its root")]
    [InlineData("gap", "do not lead to a root")]
    [InlineData("another root", "do not lead to a root")]
    [InlineData("no certificate", "holds no certificate")]
    [InlineData("no file", "there is no file")]
    public void Read_WhatIsNotSound_IsRefusedWithWhatToDo(string fault, string said)
    {
        using var chain = new ServerChain();
        using var other = new ServerChain("Other");
        using var scratch = new Scratch();
        using var small = RSA.Create(1024);
        var (certificate, key) = fault switch
        {
            "expired" => chain.Issue(toDay: 0, fromDay: -2),
            "not yet" => chain.Issue(fromDay: 2),
            "for clients" => chain.Issue(usage: "1.3.6.1.5.5.7.3.2"),
            "short key" => chain.Issue(small),
            _ => chain.Issue(),
        };
        var (issuing, root) = (chain.Issuing.ExportCertificatePem() + "\n", chain.Root.ExportCertificatePem() + "\n");
        var text = fault switch
        {
            "authority first" => issuing + certificate + root,
            "no root" => certificate + issuing,
            "gap" => certificate + root,
            "another root" => certificate + issuing + other.Root.ExportCertificatePem(),
            "no certificate" => "nothing",
            _ => certificate + issuing + root,
        };
        var file = fault is "no file" ? scratch["missing.pem"] : scratch.Write("server.pem", Encoding.ASCII.GetBytes(text));
        var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | (fault is "open key" ? UnixFileMode.OtherRead : UnixFileMode.None);
        var keyFile = scratch.Write("server.key", Encoding.ASCII.GetBytes(fault is "key of another" ? chain.Issue().Key : key), mode);
        if (fault is "no key") File.Delete(keyFile);

        var refused = Assert.Throws<Keyreeve.Core.KeyreeveException>(() => ServerCertificateFiles.ReadFirst(
            new ServerCertificateOptions { CertificateFile = file, KeyFile = keyFile }, ["localhost"], DateTimeOffset.UtcNow));

        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_WhatIsSound_SaysWhichNamesAreMissing()
    {
        using var chain = new ServerChain();
        using var scratch = new Scratch();
        var root = scratch.Write("root.pem", Encoding.ASCII.GetBytes(chain.Root.ExportCertificatePem()));
        var file = scratch.Write("server.pem", Encoding.ASCII.GetBytes(chain.IssueWhole()));

        var read = ServerCertificateFiles.ReadFirst(
            new ServerCertificateOptions { CertificateFile = file, KeyFile = file, AuthorityFile = root }, ["localhost", "127.0.0.1", "keys.example.com"], DateTimeOffset.UtcNow);

        Assert.Equal(["keys.example.com"], read.MissingNames);
        Assert.Equal(chain.Root, Assert.Single(read.Roots));
        Assert.Equal(chain.Issuing, Assert.Single(read.Context!.IntermediateCertificates));
    }

    private static async Task RestartAsync(ServerProcess server)
    {
        Assert.Equal(0, (await server.StopAsync()).ExitCode);
        await server.StartAsync();
    }

    private static void Succeeded(Finished finished) => Assert.True(finished.ExitCode == 0, finished.ToString());

    // As an operator does: beside it, and then by one rename.
    private static string WriteBeside(ServerProcess server, string name, string text, DateTime? written = null)
    {
        var path = Path.Combine(server.Folder, name);
        PrivateFile.Write(path + ".new", Encoding.ASCII.GetBytes(text));
        if (written is { } time) File.SetLastWriteTimeUtc(path + ".new", time);
        File.Move(path + ".new", path, overwrite: true);
        return path;
    }

    private static string Padded(string pem) => pem.PadRight(8192, '\n');

    private static X509Certificate2 LoadClient(string configuration)
    {
        var options = Keyreeve.Cli.ClientConfiguration.Load(configuration);
        using var read = X509Certificate2.CreateFromPemFile(options.CertificateFile!, options.PrivateKeyFile!);
        return X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null);
    }

    private static Task<RawKmipClient> ConnectAsync(int port, ServerChain chain, X509Certificate2 client) =>
        RawKmipClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), chain.Root, client);

    private static async Task<double> SecondsLeftAsync(RestClient client)
    {
        const string Name = "keyreeve_certificate_expiry_seconds{certificate=\"server\"} ";
        var line = (await client.GetAsync("/metrics")).Expect(200).Body.Split('\n').Single(static line => line.StartsWith(Name, StringComparison.Ordinal));
        return double.Parse(line[Name.Length..], CultureInfo.InvariantCulture);
    }

    private static string SerialOf(RawKmipClient connection) => connection.Stream.RemoteCertificate!.GetSerialNumberString();

    private static async Task<string> ShownAsync(int port, ServerChain chain, X509Certificate2 client)
    {
        await using var connection = await ConnectAsync(port, chain, client);
        return SerialOf(connection);
    }

    private static async Task<string> IssuerAsync(int port, ServerChain chain, X509Certificate2 client)
    {
        await using var connection = await ConnectAsync(port, chain, client);
        return connection.Stream.RemoteCertificate!.Issuer;
    }

    private static async Task AnswersAsync(RawKmipClient rest, RawKmipClient kmip)
    {
        await rest.SendAsync("GET /v1/whoami HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        var text = new StringBuilder();
        var buffer = new byte[4096];
        // The answer has a body, in one chunk or with its length; the object's end is its end.
        while (!text.ToString().Contains("}\r\n", StringComparison.Ordinal) && !text.ToString().EndsWith('}'))
        {
            var read = await rest.Stream.ReadAsync(buffer);
            Assert.NotEqual(0, read);
            text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }

        Assert.StartsWith("HTTP/1.1 200", text.ToString(), StringComparison.Ordinal);
        await kmip.SendAsync(RawKmipClient.Query());
        Assert.Equal(ResultStatus.Success, (await kmip.ReceiveAsync())!.Value.ResultStatus);
    }

    private static string Trail(ServerProcess server)
    {
        var text = new StringBuilder();
        foreach (var segment in Directory.EnumerateFiles(Path.Combine(server.DataDirectory, "audit"), "*.jsonl"))
        {
            using var file = new FileStream(segment, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            text.Append(reader.ReadToEnd());
        }

        return text.ToString();
    }
}
