using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keyreeve.Client;
using Keyreeve.Crypto;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Cli;

public sealed class PlantedMarkersTests
{
    private readonly Markers _markers = new();

    [Fact]
    public void Markers_PlantedInEachSpelling_AreFound()
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        _markers.Add("it", secret);

        string[] spellings =
        [
            Encoding.Latin1.GetString(secret), Convert.ToHexStringLower(secret), Convert.ToHexString(secret),
            Convert.ToBase64String(secret), Convert.ToBase64String([1, .. secret, 2, 3]), Convert.ToBase64String([1, 2, .. secret, 3]),
        ];
        Assert.All(spellings, text => Assert.NotEmpty(_markers.FindIn("here", Encoding.Latin1.GetBytes($"…{text}…"))));
        Assert.NotEmpty(_markers.FindIn("here", [7, .. Encoding.Unicode.GetBytes(Encoding.Latin1.GetString(secret)), 7]));
        Assert.Empty(_markers.FindIn("here", RandomNumberGenerator.GetBytes(100_000)));
    }

    [Fact]
    [Trait("Attack", "52")]
    public async Task Session_KeysAndPlaintextsPlanted_LieNowhere()
    {
        await using var server = await ServerProcess.StartNewAsync();
        _markers.Add("passphrase", Encoding.ASCII.GetBytes(server.Passphrase));
        _markers.Add("administrator's code", Encoding.ASCII.GetBytes(server.AdministratorCode));
        var administrator = await server.EnrolAsync("admin", server.AdministratorCode);
        var user = await server.EnrolAsync(administrator, "user", "g", "use", "manage", "export");

        await UseRestAsync(user);
        await UseKmipAsync(server, user);
        await UseCommandLineAsync(server, user);
        AddPrivateKeys(administrator, user);

        // While it runs, with what is in its journal; and after it ended.
        Assert.Empty(FindAll(server));
        Assert.Empty(_markers.FindIn("environment", ReadProcess(server, "environ")));
        Assert.Empty(_markers.FindIn("command line", ReadProcess(server, "cmdline")));
        await server.StopAsync();
        Assert.Empty(FindAll(server));
    }

    [Fact]
    [Trait("Attack", "52")]
    [Trait("Speed", "Slow")]
    public async Task Session_AtDebugWithEverySink_MarkersAreInNoneOfThem()
    {
        await using var server = await ServerProcess.StartNewAsync();
        var administrator = await server.EnrolAsync("admin", server.AdministratorCode);
        var user = await server.EnrolAsync(administrator, "user", "g", "use", "manage", "export");
        await server.StopAsync();
        var sinks = Directory.CreateDirectory(Path.Combine(server.Folder, "sinks"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
        await File.AppendAllTextAsync(server.ConfigurationFile, EverySink(sinks), TestContext.Current.CancellationToken);
        await server.StartAsync();
        _markers.Add("passphrase", Encoding.ASCII.GetBytes(server.Passphrase));

        await UseRestAsync(user);
        await UseKmipAsync(server, user);
        await UseMoreOfKmipAsync(server, user);
        await server.StopAsync();

        foreach (var sink in (string[])["audit.json", "audit.csv", "audit.cef", "audit.leef1", "audit.leef2", "audit.kv", "log.kv", "log.cef", "log.leef", "log.json", "checkpoints", "keyreeve.log"])
            Assert.True(new FileInfo(Path.Combine(sinks, sink)).Length > 0, $"Nothing came to {sink}.");
        var exported = Path.Combine(sinks, "export.csv");
        Assert.Equal(0, (await CliProcess.RunAsync(server.Folder, "audit", "export", "--config", server.ConfigurationFile, "-o", exported)).ExitCode);
        Assert.Contains("Decrypt", await File.ReadAllTextAsync(exported, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        // The trail, its index and its cursors lie in the data directory.
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(server.DataDirectory, "audit-index")));
        Assert.Empty(_markers.FindBelow(sinks));
        Assert.Empty(FindAll(server));
    }

    private static string EverySink(string folder) => $"""

        [log]
        level = debug
        file = {folder}/keyreeve.log
        [log-sinks]
        kv = file:{folder}/log.kv format=key-value
        cef = file:{folder}/log.cef format=cef
        leef = file:{folder}/log.leef format=leef-2.0
        json = file:{folder}/log.json format=json
        [sinks]
        json = file:{folder}/audit.json
        csv = file:{folder}/audit.csv format=csv
        cef = file:{folder}/audit.cef format=cef
        leef-one = file:{folder}/audit.leef1 format=leef-1.0
        leef-two = file:{folder}/audit.leef2 format=leef-2.0
        kv = file:{folder}/audit.kv format=key-value
        [checkpoints]
        here = file:{folder}/checkpoints
        [audit]
        history-interval = 1s

        """;

    // What the first round leaves out: nonces, codes, digests, seeds, passwords, a PIN, secret data; right and wrong.
    private async Task UseMoreOfKmipAsync(ServerProcess server, string user)
    {
        await using var client = KmipClientOf(server, user);
        var parameters = new CryptographicParameters { BlockCipherMode = BlockCipherMode.CBC, PaddingMethod = PaddingMethod.PKCS5 };
        var id = await client.CreateAsync(ObjectType.SymmetricKey, new AttributeList(
            new KmipAttribute(Tag.CryptographicAlgorithm, KmipValue.Enumeration((uint)CryptographicAlgorithm.AES)),
            new KmipAttribute(Tag.CryptographicLength, KmipValue.Integer(256)),
            new KmipAttribute(Tag.CryptographicUsageMask, KmipValue.Integer((int)(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt)))));
        await client.ActivateAsync(id);
        var plaintext = Plant("plaintext over KMIP", 64);
        var nonce = Plant("nonce", 16);
        using (var encrypted = await client.EncryptAsync(new EncryptRequest { UniqueIdentifier = id, CryptographicParameters = parameters, Data = DataReference.From(plaintext), IVCounterNonce = nonce }))
        {
            var ciphertext = encrypted.Payload.Data!.Value.ToArray();
            _markers.Add("ciphertext", ciphertext);
            using var opened = await client.DecryptAsync(new DecryptRequest { UniqueIdentifier = id, CryptographicParameters = parameters, Data = DataReference.From(ciphertext), IVCounterNonce = nonce });
            Assert.Equal(plaintext, opened.Payload.Data!.Value.ToArray());
            await Assert.ThrowsAsync<KmipException>(() => client.DecryptAsync(new DecryptRequest
            {
                UniqueIdentifier = id, CryptographicParameters = parameters, Data = DataReference.From(ciphertext.AsMemory(0, ciphertext.Length - 1)), IVCounterNonce = Plant("wrong nonce", 16),
            }));
        }

        await client.HashAsync(new HashRequest { CryptographicParameters = new CryptographicParameters { HashingAlgorithm = HashingAlgorithm.SHA_256 }, Data = DataReference.From(Plant("hashed", 32)) });
        await client.RNGSeedAsync(new RNGSeedRequest { Data = DataReference.From(Plant("seed", 32)) });
        using (var random = await client.RNGRetrieveAsync(new RNGRetrieveRequest { DataLength = 32 })) _markers.Add("random over KMIP", random.Payload.Data!.Value.Span);

        foreach (var secret in (string[])["password", "PIN"])
        {
            var content = Plant(secret, 24);
            await client.RegisterAsync(
                ManagedObject.FromSecretData(SecretDataType.Password, new KeyBlock { KeyFormatType = KeyFormatType.Opaque, KeyValue = KeyValue.FromBytes(content) }),
                new AttributeList(new KmipAttribute(Tag.CryptographicUsageMask, KmipValue.Integer(0))));
            var password = Encoding.ASCII.GetBytes(Convert.ToHexString(RandomNumberGenerator.GetBytes(12)));
            _markers.Add(secret + " of a credential", password);
            var credential = new UsernameAndPasswordCredential { Username = "nobody-here", Password = password };
            await using var impostor = client.With(new KmipRequestOptions { Authentication = new Authentication { Credentials = [Credential.From(credential)] } });
            await Assert.ThrowsAsync<KmipException>(() => impostor.GetAsync(id));
        }
    }

    private static KmipClient KmipClientOf(ServerProcess server, string user)
    {
        var options = Keyreeve.Cli.ClientConfiguration.Load(user);
        using var pem = X509Certificate2.CreateFromPemFile(options.CertificateFile!, options.PrivateKeyFile!);
        var certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        var tls = new SslClientAuthenticationOptions
        {
            ClientCertificates = [certificate],
            CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck },
        };
        tls.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(options.CertificateAuthorityFile!);
        return new KmipClient(new KmipClientOptions { Host = "localhost", Port = server.KmipPort, Tls = tls });
    }

    private List<string> FindAll(ServerProcess server) =>
    [
        .. _markers.FindBelow(server.DataDirectory),
        .. _markers.FindBelow(server.TemporaryFolder),
        .. _markers.FindIn("log", Encoding.UTF8.GetBytes(server.Log)),
    ];

    private async Task UseRestAsync(string user)
    {
        using var client = ServerProcess.Connect(user);
        var context = EncryptionContext.Of(("table", "orders"));
        var plaintext = Plant("plaintext over REST", 48);
        await client.Keys.CreateAsync(new NewKey { Name = "orders", Group = "g" });
        var ciphertext = (await client.EncryptAsync("orders", plaintext, context)).Ciphertext;
        Assert.Equal(plaintext, (await client.DecryptAsync(ciphertext, context)).Plaintext);
        await client.ReencryptAsync("orders", ciphertext, context, EncryptionContext.Empty);
        using (var dataKey = await client.GenerateDataKeyAsync("orders", context))
        {
            using var lease = dataKey.Plaintext.Reveal();
            _markers.Add("data key", lease.Span);
        }

        _markers.Add("random bytes", await client.GetRandomAsync(32));

        // What goes wrong is logged more readily than what goes well.
        await Assert.ThrowsAsync<KeyreeveClientException>(() => client.EncryptAsync("no-such-key", plaintext, context));
        await Assert.ThrowsAsync<KeyreeveClientException>(() => client.DecryptAsync(ciphertext, EncryptionContext.Empty));
        await Assert.ThrowsAsync<KeyreeveClientException>(() => client.DecryptAsync(plaintext, context));
        await Assert.ThrowsAsync<KeyreeveClientException>(() => client.EncryptAsync("orders", Plant("too large", 70_000), context));
    }

    private async Task UseKmipAsync(ServerProcess server, string user)
    {
        var options = Keyreeve.Cli.ClientConfiguration.Load(user);
        using var certificate = X509Certificate2.CreateFromPemFile(options.CertificateFile!, options.PrivateKeyFile!);
        var tls = new SslClientAuthenticationOptions
        {
            ClientCertificates = [certificate],
            CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck },
        };
        tls.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(options.CertificateAuthorityFile!);
        await using var client = new KmipClient(new KmipClientOptions { Host = "localhost", Port = server.KmipPort, Tls = tls });

        var key = Plant("key registered over KMIP", 32);
        var block = new KeyBlock
        {
            KeyFormatType = KeyFormatType.Raw, KeyValue = KeyValue.FromBytes(key), CryptographicAlgorithm = CryptographicAlgorithm.AES, CryptographicLength = 256,
        };
        var identifier = await client.RegisterAsync(
            ManagedObject.FromKey(ObjectType.SymmetricKey, block),
            new AttributeList(
                new KmipAttribute(Tag.CryptographicAlgorithm, KmipValue.Enumeration((uint)CryptographicAlgorithm.AES)),
                new KmipAttribute(Tag.CryptographicLength, KmipValue.Integer(256)),
                new KmipAttribute(Tag.CryptographicUsageMask, KmipValue.Integer((int)(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt)))));
        await client.ActivateAsync(identifier);
        using (var got = await client.GetAsync(identifier))
            Assert.Equal(key, got.Payload.Object.KeyBlock.KeyValue!.Value.KeyMaterial.AsBytes().ToArray());
    }

    private async Task UseCommandLineAsync(ServerProcess server, string user)
    {
        var contents = Plant("contents of a file", 300);
        var encrypted = await CliProcess.RunAsync(server.Folder, contents, ["encrypt", "-", "--to", "-", "--key", "orders", "--config", user]);
        Assert.True(encrypted.ExitCode == 0, encrypted.Errors);
        Assert.Empty(_markers.FindIn("envelope", encrypted.Output));
        var decrypted = await CliProcess.RunAsync(server.Folder, encrypted.Output, ["decrypt", "-", "--to", "-", "--config", user]);
        Assert.Equal(contents, decrypted.Output);
        var refused = await CliProcess.RunAsync(server.Folder, encrypted.Output[..^20], ["decrypt", "-", "--to", server.Folder + "/out", "--config", user]);
        Assert.Equal(8, refused.ExitCode);
        Assert.Empty(_markers.FindIn("error text", Encoding.UTF8.GetBytes(refused.Errors)));
    }

    private void AddPrivateKeys(params string[] configurations)
    {
        foreach (var configuration in configurations)
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(File.ReadAllText(Keyreeve.Cli.ClientConfiguration.Load(configuration).PrivateKeyFile!));
            _markers.Add("a principal's private key", key.ExportParameters(includePrivateParameters: true).D!);
        }
    }

    private byte[] Plant(string name, int length)
    {
        var secret = RandomNumberGenerator.GetBytes(length);
        _markers.Add(name, secret.AsSpan(0, Math.Min(length, 40)));
        return secret;
    }

    private static byte[] ReadProcess(ServerProcess server, string file)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/proc/{server.ProcessId}/{file}");
        try
        {
            var content = File.ReadAllBytes(path);
            Assert.NotEmpty(content);
            return content;
        }
        catch (UnauthorizedAccessException)
        {
            // Closed to this user, as the server asks of the kernel: nothing to be found there.
            return [];
        }
    }
}
