using System.Globalization;
using Keyreeve.Client;
using Keyreeve.Crypto;
using Keyreeve.Integration.Cli;
using Keyreeve.Integration.Hsm;
using Xunit;

namespace Keyreeve.Integration.Sealing;

/// <summary>Every key above and below takes turns while a server that is a process of its own is used, and is killed in the midst of it.</summary>
[Trait("Speed", "Slow")]
[Collection(SoftHsmTests.Name)]
public sealed class RotationUnderLoadTests(SoftHsm softHsm)
{
    private const int Keys = 120;
    private static readonly EncryptionContext Context = EncryptionContext.Of(("purpose", "test"));
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);

    [Fact]
    [Trait("Attack", "53")]
    public async Task Rotate_EveryLevelUnderTraffic_FailsNoRequestAndSurvivesKill9()
    {
        var token = softHsm.MakeToken();
        await using var server = await ServerProcess.StartNewAsync();
        var admin = await server.EnrolAsync("admin", server.AdministratorCode);
        var user = await server.EnrolAsync(admin, "shop", "*", "use", "manage");
        await server.StopAsync();
        server.Environment["SOFTHSM2_CONF"] = softHsm.ConfigurationFile;
        // A machine that stands still for seconds is no reason to fail a request.
        server.Settings.AddRange(
            [$"hsm.module={token.ModulePath}", $"hsm.token-label={token.TokenLabel}", $"hsm.pin-file={token.PinFile}", "hsm.call-time-limit=1m", "audit.wait-limit=1m", "seal.quiet-time=100ms"]);
        await server.StartAsync();

        var ciphertexts = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        using (var officer = ServerProcess.Connect(admin))
        using (var shop = ServerProcess.Connect(user))
        {
            for (var i = 0; i < Keys; i++) await shop.Keys.CreateAsync(new NewKey { Name = Name(i) });
            for (var i = 0; i < Keys; i += 10) ciphertexts[Name(i)] = (await shop.EncryptAsync(Name(i), new byte[] { 1, 2, 3 }, Context)).Ciphertext;
            await RotateUnderTrafficAsync(officer, shop);
        }

        await server.StopAsync();
        // So slow that it is killed in its midst, however slow the machine is.
        server.Settings.Add("seal.rewrap-rate=2");
        await server.StartAsync();
        using (var officer = ServerProcess.Connect(admin)) await KillInTheMidstAsync(server, officer);
        Assert.DoesNotContain(Destroyed(3), Trail(server), StringComparison.Ordinal);

        server.Settings.Add("seal.rewrap-rate=1000000");
        await server.StartAsync();
        using (var officer = ServerProcess.Connect(admin))
        using (var shop = ServerProcess.Connect(user))
        {
            Assert.Equal([4], (await WaitAsync(officer, static key => key.Versions.Length == 1)).Versions);
            foreach (var (key, ciphertext) in ciphertexts) Assert.Equal(new byte[] { 1, 2, 3 }, await DecryptAsync(shop, key, ciphertext));
        }

        // The count comes before the end of the old key, and its record before both.
        Assert.Contains(Destroyed(3), Trail(server), StringComparison.Ordinal);
    }

    private static async Task RotateUnderTrafficAsync(KeyreeveClient officer, KeyreeveClient shop)
    {
        using var ending = new CancellationTokenSource();
        var traffic = Enumerable.Range(0, 3).Select(worker => Task.Run(() => WorkAsync(shop, worker, ending.Token))).ToList();

        // The root key: in the same slot, then in a token, then there alone, and there once more.
        await officer.Seal.RotateRootKeyAsync();
        var passphrase = (await officer.Seal.GetStatusAsync()).Slots.Single(static slot => slot.Generation == 2).Id;
        using (await officer.Seal.AddAsync(new NewSealSlot { Kind = "pkcs11" })) await officer.Seal.RemoveAsync(passphrase);
        Assert.Equal(3, (await officer.Seal.RotateRootKeyAsync()).Generation);
        Assert.Equal("pkcs11", Assert.Single((await officer.Seal.GetStatusAsync()).Slots, static slot => slot.Generation == 3).Kind);

        // The tenant's key, twice, and keys of users, which the workers do.
        for (var version = 2; version <= 3; version++)
        {
            await officer.Seal.RotateTenantKeyAsync();
            Assert.Equal([version], (await WaitAsync(officer, static key => key.Versions.Length == 1)).Versions);
        }

        await ending.CancelAsync();
        Assert.All(await Task.WhenAll(traffic), static count => Assert.True(count > 0));
    }

    // A request that fails throws, and so does the test. What has begun is finished, or it would count as failed.
    private static async Task<int> WorkAsync(KeyreeveClient shop, int worker, CancellationToken ending)
    {
        var done = 0;
        for (; !ending.IsCancellationRequested; done++)
        {
            var key = Name(((done * 3) + worker) % Keys);
            var before = (await shop.EncryptAsync(key, new byte[] { 4, 5 }, Context, CancellationToken.None)).Ciphertext;
            if (done % 5 == 0) await shop.Keys.RotateAsync(key, CancellationToken.None);
            if (done % 7 == 0) await shop.Keys.CreateAsync(new NewKey { Name = string.Create(CultureInfo.InvariantCulture, $"new-{worker}-{done}") }, CancellationToken.None);
            Assert.Equal(new byte[] { 4, 5 }, await DecryptAsync(shop, key, before));
        }

        return done;
    }

    private static async Task KillInTheMidstAsync(ServerProcess server, KeyreeveClient officer)
    {
        await officer.Seal.RotateTenantKeyAsync();
        var progress = await WaitAsync(officer, static key => key.ReWrapped > 0);
        Assert.Equal([3, 4], progress.Versions);
        Assert.True(progress.Running);
        await server.KillAsync();
    }

    private static async Task<ClientTenantKey> WaitAsync(KeyreeveClient officer, Func<ClientTenantKey, bool> isSo)
    {
        for (var until = DateTimeOffset.UtcNow + TimeLimit; DateTimeOffset.UtcNow < until; await Task.Delay(100))
            if (await officer.Seal.GetTenantKeyAsync() is var key && isSo(key)) return key;
        throw new TimeoutException("What was waited for did not come.");
    }

    private static async Task<byte[]> DecryptAsync(KeyreeveClient shop, string key, ReadOnlyMemory<byte> ciphertext) =>
        (await shop.DecryptAsync(key, ciphertext, Context)).Plaintext;

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"key-{number}");

    private static string Destroyed(int version) => string.Create(CultureInfo.InvariantCulture, $"key-encryption key {version} of tenant 1 is destroyed: a count over");

    private static string Trail(ServerProcess server) => string.Concat(
        Directory.EnumerateFiles(Path.Combine(server.DataDirectory, "audit"), "*.jsonl").Order(StringComparer.Ordinal).Select(static file =>
        {
            using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return reader.ReadToEnd();
        }));
}
