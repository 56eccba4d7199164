using System.Diagnostics;
using System.Text.Json.Nodes;
using Keyreeve.Integration.Cli;
using Keyreeve.Integration.Hsm;
using Xunit;

namespace Keyreeve.Integration.Sealing;

/// <summary>The whole story of a root of trust, by the command line, at a server that is a process of its own.</summary>
[Trait("Speed", "Slow")]
[Collection(SoftHsmTests.Name)]
public sealed class SealStoryTests(SoftHsm softHsm)
{
    private const int Denied = 5;
    private const int Refused = 7;

    [Fact]
    [Trait("Attack", "33")]
    public async Task Story_FromAPassphraseToTokenAndShares_IsToldByTheCommandLineAlone()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/age"), "age is not installed");
        var token = softHsm.MakeToken();
        await using var server = await ServerProcess.StartNewAsync();
        var seal = new SealCommandLine(server.Folder);
        var admin = await server.EnrolAsync("admin", server.AdministratorCode);
        var people = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in (string[])["alice", "bob", "carol"]) people[name] = await server.EnrolAsync(admin, name, "*", "audit");

        // The last slot stays, whatever is said.
        Assert.Contains("last slot", (await seal.TryAsync(admin, "remove", await seal.SlotAsync(admin, "passphrase-file", 1))).Text, StringComparison.Ordinal);
        await server.StopAsync();
        server.Environment["SOFTHSM2_CONF"] = softHsm.ConfigurationFile;
        server.Settings.AddRange([$"hsm.module={token.ModulePath}", $"hsm.token-label={token.TokenLabel}", $"hsm.pin-file={token.PinFile}", "hsm.call-time-limit=1m", "audit.wait-limit=1m", "seal.quiet-time=100ms", "seal.retry-interval=200ms"]);
        await server.StartAsync();

        await seal.SayAsync(admin, "add", "pkcs11");
        var shares = await MakeSharesAsync(server.Folder, seal, admin);
        await DrillAsync(seal, admin, people, shares);
        await seal.SayAsync(admin, "remove", await seal.SlotAsync(admin, "passphrase-file", 1));
        await RotateAsync(seal, admin);

        // Without its token the server comes up sealed, and serves nothing.
        await server.KillAsync();
        server.Settings.Add("hsm.token-label=another");
        server.Launch();
        await seal.WaitAsync(admin, "SEALED");
        Assert.Contains("sealed", (await CliProcess.RunAsync(server.Folder, "key", "list", "--config", admin)).ToString(), StringComparison.OrdinalIgnoreCase);
        await UnsealAsync(seal, admin, people, shares);
        await seal.WaitAsync(admin, "Open, under root key 2");

        await RemoveAllButOneAsync(seal, admin);
        await server.StopAsync();
        await CheckTrailAsync(server);
    }

    private static async Task<Dictionary<string, string>> MakeSharesAsync(string folder, SealCommandLine seal, string admin)
    {
        string[] pem = [Path.Combine(folder, "bob.pem"), Path.Combine(folder, "bob.pub")];
        string[] age = [Path.Combine(folder, "alice.txt"), Path.Combine(folder, "alice.pub")];
        await RunAsync("openssl", "", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", pem[0]);
        await RunAsync("openssl", "", "pkey", "-in", pem[0], "-pubout", "-out", pem[1]);
        await RunAsync("age-keygen", "", "-o", age[0]);
        await RunAsync("age-keygen", "", "-y", "-o", age[1], age[0]);

        var said = await seal.SayAsync(
            admin, "add", "shares", "--shares", "3", "--threshold", "2", "--custodian", "alice=" + age[1], "--custodian", "bob=" + pem[1], "--custodian", "carol");

        var lines = said.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^3..];
        Assert.StartsWith("kr-share-", lines[2], StringComparison.Ordinal);
        Assert.All(lines[..2], static line => Assert.DoesNotContain("kr-share-", line, StringComparison.Ordinal));
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["alice"] = await RunAsync("sh", lines[0], "-c", $"base64 -d | age -d -i {age[0]}"),
            ["bob"] = await RunAsync("sh", lines[1], "-c", $"base64 -d | openssl pkeyutl -decrypt -inkey {pem[0]} -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256"),
            ["carol"] = lines[2],
        };
    }

    private static async Task DrillAsync(SealCommandLine seal, string admin, Dictionary<string, string> people, Dictionary<string, string> shares)
    {
        var slots = await seal.SlotsAsync(admin);
        Assert.Null(slots.Single(static slot => slot["kind"]!.GetValue<string>() is "shares")["drilledAt"]);
        foreach (var slot in slots.Where(static slot => slot["kind"]!.GetValue<string>() is not "shares")) await seal.SayAsync(admin, "drill", slot["id"]!.GetValue<string>());
        // A custodian's share entered by somebody else is not taken.
        (await seal.UnsealAsync(people["carol"], shares["alice"])).Expect(Denied);
        Assert.Contains("1 more", (await seal.UnsealAsync(people["alice"], shares["alice"])).Expect(0), StringComparison.Ordinal);
        Assert.Contains("none", (await seal.UnsealAsync(people["bob"], shares["bob"])).Expect(0), StringComparison.Ordinal);
        Assert.All(await seal.SlotsAsync(admin), static slot => Assert.NotNull(slot["drilledAt"]));
    }

    private static async Task RotateAsync(SealCommandLine seal, string admin)
    {
        await seal.SayAsync(admin, "rotate");
        Assert.Equal([1, 1, 2, 2], (await seal.SlotsAsync(admin)).Select(static slot => slot["generation"]!.GetValue<int>()));
        await seal.SayAsync(admin, "rotate-tenant-key");
        Assert.Equal([2], (await seal.WaitForTenantKeyAsync(admin))["versions"]!.AsArray().Select(static version => version!.GetValue<int>()));
    }

    private static async Task UnsealAsync(SealCommandLine seal, string admin, Dictionary<string, string> people, Dictionary<string, string> shares)
    {
        (await seal.UnsealAsync(people["carol"], shares["carol"])).Expect(0);
        // Neither a bystander nor the administrator ends what others have begun; nobody enters two.
        (await seal.TryAsync(people["bob"], "cancel")).Expect(Denied);
        (await seal.TryAsync(admin, "cancel")).Expect(Denied);
        (await seal.UnsealAsync(people["carol"], shares["alice"])).Expect(Denied);
        await seal.SayAsync(people["carol"], "cancel");
        (await seal.UnsealAsync(people["bob"], shares["bob"])).Expect(0);
        Assert.Contains("none", (await seal.UnsealAsync(people["alice"], shares["alice"])).Expect(0), StringComparison.Ordinal);
    }

    private static async Task RemoveAllButOneAsync(SealCommandLine seal, string admin)
    {
        var slots = (await seal.SlotsAsync(admin)).ToDictionary(static slot => $"{slot["kind"]} {slot["generation"]}", static slot => slot["id"]!.GetValue<string>(), StringComparer.Ordinal);
        await seal.SayAsync(admin, "remove", slots["shares 1"]);
        // The token is out of reach: the slot goes, and it is said that its key there does not.
        Assert.Contains("is removed, but", (await seal.TryAsync(admin, "remove", slots["pkcs11 2"])).Text, StringComparison.Ordinal);
        (await seal.TryAsync(admin, "remove", slots["shares 2"])).Expect(Refused);
        Assert.Equal(["pkcs11 1", "shares 2"], (await seal.SlotsAsync(admin)).Select(static slot => $"{slot["kind"]} {slot["generation"]}"));
    }

    private static async Task CheckTrailAsync(ServerProcess server)
    {
        var verified = await CliProcess.RunAsync(server.Folder, "audit", "verify", "--directory", Path.Combine(server.DataDirectory, "audit"));
        Assert.True(verified.ExitCode == 0, verified.ToString());
        var records = Directory.EnumerateFiles(Path.Combine(server.DataDirectory, "audit"), "*.jsonl").Order(StringComparer.Ordinal)
            .SelectMany(static file => File.ReadLines(file).TakeWhile(static line => line.StartsWith('{'))).Select(static line => JsonNode.Parse(line)!.ToJsonString()).ToList();
        foreach (var operation in (string[])["AddSealSlot", "DrillSealSlot", "EnterShare", "RemoveSealSlot", "RotateRootKey", "RotateTenantKey"])
            Assert.Contains(records, record => record.Contains(operation, StringComparison.Ordinal));
        Assert.Contains(records, static record => record.Contains("while sealed: ceremony cancelled", StringComparison.Ordinal));
        Assert.DoesNotContain(records, static record => record.Contains("kr-share-", StringComparison.Ordinal));
    }

    private static async Task<string> RunAsync(string program, string input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return await output;
    }
}
