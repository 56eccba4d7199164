using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keyreeve.Client;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;
using Keyreeve.Integration.Hsm;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Storage.Sqlite;
using Xunit;

namespace Keyreeve.Integration.Cli;

/// <summary>What lies in the memory of a server that runs, after keys of all kinds went through it.</summary>
/// <remarks>
/// Asserted: a core file has, but for registers, nothing that was planted, keys registered, got, exported and destroyed among it. What opens the root, and keys
/// that were made here and have not been used, lie in locked memory alone; keys in use there and in OpenSSL's own memory (the native
/// heap), never in the managed heap. Keys, plaintexts and answers that come and go by TLS pass through buffers of the runtime of which
/// nothing is asserted but the core: docs/threat-model.md.
/// </remarks>
[Trait("Speed", "Slow")]
[Collection(SoftHsmTests.Name)]
public sealed class ServerMemoryTests(SoftHsm softHsm)
{
    private readonly Markers _markers = new();
    private readonly HashSet<string> _inUse = new(StringComparer.Ordinal);
    private readonly HashSet<string> _passing = new(StringComparer.Ordinal);

    /// <summary>Where a secret may lie, and nowhere else.</summary>
    private enum Where
    {
        LockedMemory = 1,
        LockedAndNativeMemory,
        Anywhere,
    }

    [Fact]
    [Trait("Attack", "52")]
    public async Task RunningServer_KeysPlanted_LieInLockedMemoryAndInNoCore()
    {
        var token = softHsm.MakeToken();
        await using var server = await ServerProcess.StartNewAsync();
        ServerMemory.Require(server.ProcessId);
        await StartWithTokenAsync(server, token);
        var administrator = await server.EnrolAsync("admin", server.AdministratorCode);
        var user = await server.EnrolAsync(administrator, "user", "g", "use", "manage", "export");
        await using var client = ConnectKmip(server, user);
        await RegisterAsync(server, client, user);
        await UseRestAsync(user);
        var (unused, used, signer) = await CreateAsync(client);

        // First the memory, then the secrets in it: what was made there is got out only now.
        var memory = ServerMemory.MappingsOf(server.ProcessId).ConvertAll(mapping => (Mapping: mapping, Bytes: ServerMemory.Read(server.ProcessId, mapping)));
        Add(Where.LockedMemory, "passphrase", Encoding.ASCII.GetBytes(server.Passphrase));
        Add(Where.LockedMemory, "PIN", Encoding.ASCII.GetBytes(SoftHsm.Pin));
        await AddHierarchyAsync(server);
        Add(Where.LockedMemory, "key that is made", await GetAsync(client, unused));
        Add(Where.LockedAndNativeMemory, "key that is used", await GetAsync(client, used));
        AddNumbers(await GetAsync(client, signer));

        var hits = memory.SelectMany(part => _markers.Search(part.Bytes).Select(hit => (Marker: hit.Name.Split(',')[0], part.Mapping))).ToList();
        // That the search finds what there is: the root key is where it belongs.
        Assert.Contains(hits, static hit => hit.Mapping.IsLeftOutOfDumps && hit.Marker == "root key");
        Assert.Contains(hits, static hit => hit.Mapping.IsLeftOutOfDumps && hit.Marker == "key that is used");
        Assert.DoesNotContain(hits, IsMisplaced);
        await AssertNoneInCoreAsync(server);
    }

    // The core that root takes of a living process; the kernel writes none at all, and would leave out the same.
    private async Task AssertNoneInCoreAsync(ServerProcess server)
    {
        Assert.Equal("00000000", (await File.ReadAllTextAsync(Proc(server, "coredump_filter"))).Trim());
        Assert.Contains("Max core file size        0                    0 ", await File.ReadAllTextAsync(Proc(server, "limits")), StringComparison.Ordinal);
        // The runtime's ports for diagnostic tools, through which the server's own user could have its memory written.
        Assert.DoesNotContain(Directory.EnumerateFiles(Path.GetTempPath(), $"*-{server.ProcessId}-*"), static path => Path.GetFileName(path).StartsWith("dotnet-diagnostic-", StringComparison.Ordinal)
            || Path.GetFileName(path).StartsWith("clr-debug-pipe-", StringComparison.Ordinal));
        if (!File.Exists("/usr/bin/gcore")) return;
        var core = Path.Combine(server.Folder, "core");
        using (var gcore = Process.Start(new ProcessStartInfo("/usr/bin/gcore", ["-o", core, server.ProcessId.ToString(CultureInfo.InvariantCulture)])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        })!)
        {
            var errors = gcore.StandardError.ReadToEndAsync();
            var said = await gcore.StandardOutput.ReadToEndAsync();
            await gcore.WaitForExitAsync();
            Assert.True(gcore.ExitCode == 0, said + await errors);
        }

        var content = await File.ReadAllBytesAsync($"{core}.{server.ProcessId}");
        Assert.True(content.AsSpan().StartsWith("\u007fELF"u8));
        WipeRegisters(content);
        Assert.Empty(_markers.FindIn("core", content));
    }

    // A core's notes hold what stood in the registers of each thread at that moment: the last bytes that were copied, keys among them.
    // Nothing is promised of those.
    private static void WipeRegisters(Span<byte> core)
    {
        const uint note = 4;
        var at = (int)BinaryPrimitives.ReadInt64LittleEndian(core[32..]);
        var size = BinaryPrimitives.ReadUInt16LittleEndian(core[54..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(core[56..]);
        Assert.True(count > 0);
        for (var header = core[at..]; count > 0; count--, header = header[size..])
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(header) == note)
                core.Slice((int)BinaryPrimitives.ReadInt64LittleEndian(header[8..]), (int)BinaryPrimitives.ReadInt64LittleEndian(header[32..])).Clear();
        }
    }

    private static string Proc(ServerProcess server, string file) => string.Create(CultureInfo.InvariantCulture, $"/proc/{server.ProcessId}/{file}");

    private bool IsMisplaced((string Marker, Mapping Mapping) hit) =>
        !hit.Mapping.IsLeftOutOfDumps && !_passing.Contains(hit.Marker) && !(hit.Mapping.IsNativeHeap && _inUse.Contains(hit.Marker));

    private void Add(Where where, string name, ReadOnlySpan<byte> secret)
    {
        _markers.Add(name, secret);
        if (where != Where.LockedMemory) (where == Where.LockedAndNativeMemory ? _inUse : _passing).Add(name);
    }

    private void Add(Where where, string name, SecretBytes secret)
    {
        using var lease = secret.Reveal();
        Add(where, name, lease.Span);
    }

    private byte[] Plant(Where where, string name, int length)
    {
        var secret = RandomNumberGenerator.GetBytes(length);
        Add(where, name, secret.AsSpan(0, Math.Min(length, 32)));
        return secret;
    }

    // The server logs in to its token with the PIN.
    private async Task StartWithTokenAsync(ServerProcess server, Pkcs11.HsmOptions token)
    {
        await server.StopAsync();
        server.Environment["SOFTHSM2_CONF"] = softHsm.ConfigurationFile;
        server.Settings.AddRange([$"hsm.module={token.ModulePath}", $"hsm.token-label={token.TokenLabel}", $"hsm.pin-file={token.PinFile}", "hsm.check-interval=200ms"]);
        await server.StartAsync();
    }

    // The test has the passphrase, so it opens what the server opens.
    private async Task AddHierarchyAsync(ServerProcess server)
    {
        using var root = await new SealFile(server.DataDirectory).OpenAsync([new PassphraseFileSlot(Path.Combine(server.Folder, "passphrase"), server.DataDirectory)], default);
        Add(Where.LockedMemory, "root key", root);
        using var wrappingKey = Wrapping.DeriveKey(root, "keyreeve/mek/tenant-keks");
        Add(Where.LockedAndNativeMemory, "what wraps tenants' keys", wrappingKey);

        // A copy, as the server holds the store.
        var copy = Path.Combine(server.Folder, "copy");
        Directory.CreateDirectory(copy);
        foreach (var file in Directory.GetFiles(server.DataDirectory, "*.db*")) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        await using var store = await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { DataDirectory = copy });
        var document = (await store.FindDocumentAsync(KeyHierarchy.DocumentKind, "1/1", default))!;
        using var wrapping = new CommittingAead(wrappingKey);
        Assert.True(wrapping.TryOpen("keyreeve/tenant-kek/1\01/1"u8, document.Body!.Value.Span[1..], out var kek));
        using (kek) Add(Where.LockedAndNativeMemory, "tenant's key", kek);
    }

    private async Task UseRestAsync(string user)
    {
        using var client = ServerProcess.Connect(user);
        var context = EncryptionContext.Of(("table", "orders"));
        var plaintext = Plant(Where.Anywhere, "plaintext", 48);
        await client.Keys.CreateAsync(new NewKey { Name = "orders", Group = "g" });
        var ciphertext = (await client.EncryptAsync("orders", plaintext, context)).Ciphertext;
        Assert.Equal(plaintext, (await client.DecryptAsync(ciphertext, context)).Plaintext);
        using var dataKey = await client.GenerateDataKeyAsync("orders", context);
        Add(Where.Anywhere, "data key", dataKey.Plaintext);
        Add(Where.Anywhere, "random bytes", await client.GetRandomAsync(32));
    }

    private async Task RegisterAsync(ServerProcess server, KmipClient client, string user)
    {
        await RegisterAsync(client, Plant(Where.Anywhere, "key that is registered", 32));
        var key = Plant(Where.Anywhere, "key that is got", 32);
        Assert.Equal(key, await GetAsync(client, await RegisterAsync(client, key)));
        var exported = await RegisterAsync(client, Plant(Where.Anywhere, "key that is exported", 32));
        (await client.ExportAsync(new() { UniqueIdentifier = exported })).Dispose();
        await client.DestroyAsync(await RegisterAsync(client, Plant(Where.Anywhere, "key that is destroyed", 32), activate: false));
        await EncryptAsync(client, await RegisterAsync(client, Plant(Where.Anywhere, "key that is registered and used", 32)));
        await using var other = ConnectKmip(server, user);
        await RegisterAsync(other, Plant(Where.Anywhere, "key over a connection that ended", 32), activate: false);
    }

    private async Task<(UniqueIdentifier Unused, UniqueIdentifier Used, UniqueIdentifier Signer)> CreateAsync(KmipClient client)
    {
        var attributes = Attributes(CryptographicAlgorithm.AES, 256, CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt);
        var unused = await client.CreateAsync(ObjectType.SymmetricKey, attributes);
        var used = await client.CreateAsync(ObjectType.SymmetricKey, attributes);
        await client.ActivateAsync(used);
        await EncryptAsync(client, used);

        var (signer, _) = await client.CreateKeyPairAsync(
            Attributes(CryptographicAlgorithm.RSA, 2048), Attributes(CryptographicUsageMask.Sign), Attributes(CryptographicUsageMask.Verify));
        await client.ActivateAsync(signer);
        var parameters = new CryptographicParameters { CryptographicAlgorithm = CryptographicAlgorithm.RSA, HashingAlgorithm = HashingAlgorithm.SHA_256, PaddingMethod = PaddingMethod.PSS };
        (await client.SignAsync(new() { UniqueIdentifier = signer, CryptographicParameters = parameters, Data = DataReference.From(new byte[32]) })).Dispose();
        return (unused, used, signer);
    }

    private async Task EncryptAsync(KmipClient client, UniqueIdentifier key)
    {
        foreach (var mode in (BlockCipherMode[])[BlockCipherMode.CBC, BlockCipherMode.GCM])
        {
            var parameters = new CryptographicParameters
            {
                BlockCipherMode = mode, RandomIV = true,
                PaddingMethod = mode == BlockCipherMode.CBC ? PaddingMethod.PKCS5 : null, TagLength = mode == BlockCipherMode.GCM ? 16 : null,
            };
            (await client.EncryptAsync(new() { UniqueIdentifier = key, CryptographicParameters = parameters, Data = DataReference.From(Plant(Where.Anywhere, "plaintext over KMIP", 48)) })).Dispose();
        }
    }

    private static async Task<byte[]> GetAsync(KmipClient client, UniqueIdentifier key)
    {
        using var answer = await client.GetAsync(key);
        return answer.Payload.Object.KeyBlock.KeyValue!.Value.KeyMaterial.AsBytes().ToArray();
    }

    private void AddNumbers(byte[] key)
    {
        using var rsa = RSA.Create();
        rsa.ImportRSAPrivateKey(key, out _);
        var numbers = rsa.ExportParameters(includePrivateParameters: true);
        foreach (var number in (byte[][])[numbers.D!, numbers.P!, numbers.Q!])
        {
            Add(Where.LockedAndNativeMemory, "private RSA key", number.AsSpan(0, 32));
            // As OpenSSL holds it.
            Add(Where.LockedAndNativeMemory, "private RSA key least byte first", number.AsEnumerable().Reverse().Take(32).ToArray());
        }
    }

    private static async Task<UniqueIdentifier> RegisterAsync(KmipClient client, byte[] key, bool activate = true)
    {
        var block = new KeyBlock
        {
            KeyFormatType = KeyFormatType.Raw, KeyValue = KeyValue.FromBytes(key), CryptographicAlgorithm = CryptographicAlgorithm.AES, CryptographicLength = 256,
        };
        var identifier = await client.RegisterAsync(
            ManagedObject.FromKey(ObjectType.SymmetricKey, block), Attributes(CryptographicAlgorithm.AES, 256, CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt));
        if (activate) await client.ActivateAsync(identifier);
        return identifier;
    }

    private static AttributeList Attributes(CryptographicAlgorithm algorithm, int length, CryptographicUsageMask? uses = null)
    {
        var list = new List<KmipAttribute>
        {
            new(Tag.CryptographicAlgorithm, KmipValue.Enumeration((uint)algorithm)), new(Tag.CryptographicLength, KmipValue.Integer(length)),
        };
        if (uses is { } mask) list.Add(new(Tag.CryptographicUsageMask, KmipValue.Integer((int)mask)));
        return new AttributeList([.. list]);
    }

    private static AttributeList Attributes(CryptographicUsageMask uses) => new(new KmipAttribute(Tag.CryptographicUsageMask, KmipValue.Integer((int)uses)));

    private static KmipClient ConnectKmip(ServerProcess server, string user)
    {
        var options = Keyreeve.Cli.ClientConfiguration.Load(user);
        using var pem = X509Certificate2.CreateFromPemFile(options.CertificateFile!, options.PrivateKeyFile!);
        var tls = new SslClientAuthenticationOptions
        {
            ClientCertificates = [X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null)],
            CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck },
        };
        tls.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(options.CertificateAuthorityFile!);
        return new KmipClient(new KmipClientOptions { Host = "localhost", Port = server.KmipPort, Tls = tls });
    }
}
