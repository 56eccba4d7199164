using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Keyreeve.Client;
using Keyreeve.Core.Audit;
using Keyreeve.Crypto;
using Keyreeve.Integration.Cli;
using Xunit;

namespace Keyreeve.Integration.Durability;

/// <summary>
/// The server is killed at random moments under load, over and over. What it acknowledged is there afterwards, what it did not
/// acknowledge is not half there, and the audit trail is whole.
/// </summary>
public sealed class KillTests
{
    private const int Workers = 4;
    private const int FewestKills = 200;

    private readonly ConcurrentDictionary<string, byte[]> _acknowledged = new(StringComparer.Ordinal);

    // KEYREEVE_KILLS=1000 for a long run.
    private static int Kills =>
        int.TryParse(Environment.GetEnvironmentVariable("KEYREEVE_KILLS"), CultureInfo.InvariantCulture, out var kills) ? kills : FewestKills;

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Server_KilledAtRandomMoments_KeepsWhatItAcknowledged()
    {
        await using var server = await ServerProcess.StartNewAsync();
        var administrator = await server.EnrolAsync("admin", server.AdministratorCode);
        var configuration = await server.EnrolAsync(administrator, "app", "durability", "use", "manage");
        for (var cycle = 0; cycle < Kills; cycle++)
        {
            var before = _acknowledged.Keys.ToHashSet(StringComparer.Ordinal);
            using (var client = ServerProcess.Connect(configuration))
            {
                var workers = Enumerable.Range(0, Workers).Select(w => WorkAsync(client, $"k-{cycle}-{w}")).ToArray();
                await Task.Delay(RandomNumberGenerator.GetInt32(5, 250));
                await server.KillAsync();
                await Task.WhenAll(workers);
            }

            await server.StartAsync();
            using var reader = ServerProcess.Connect(configuration);
            foreach (var name in _acknowledged.Keys.Except(before)) await AssertOpensAsync(reader, name);
        }

        using (var reader = ServerProcess.Connect(configuration))
        {
            foreach (var name in _acknowledged.Keys) await AssertOpensAsync(reader, name);
            await AssertNothingIsHalfThereAsync(reader);
        }

        Assert.Equal(0, (await server.StopAsync()).ExitCode);
        Assert.True(_acknowledged.Count > Kills / 4, $"Only {_acknowledged.Count} keys were acknowledged in {Kills} cycles: that tries nothing.");
        AssertTrailIsWhole(Path.Combine(server.DataDirectory, "audit"));
    }

    // Until the server is gone: a key, something under it, now and then its next version.
    private async Task WorkAsync(KeyreeveClient client, string prefix)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                var name = $"{prefix}-{i}";
                await client.Keys.CreateAsync(new NewKey { Name = name, Group = "durability" });
                var encrypted = await client.EncryptAsync(name, Encoding.UTF8.GetBytes(name), EncryptionContext.Empty);
                _acknowledged[name] = encrypted.Ciphertext;
                if (i % 3 == 0) await client.Keys.RotateAsync(name);
            }
        }
        catch (Exception e) when (e is HttpRequestException or KeyreeveClientException or IOException)
        {
            // The server was killed: whatever was in flight was not acknowledged.
        }
    }

    private async Task AssertOpensAsync(KeyreeveClient client, string name)
    {
        var opened = await client.DecryptAsync(_acknowledged[name], EncryptionContext.Empty);
        Assert.Equal(name, Encoding.UTF8.GetString(opened.Plaintext));
    }

    private static async Task AssertNothingIsHalfThereAsync(KeyreeveClient client)
    {
        await foreach (var key in client.Keys.ListAsync())
        {
            var versions = await client.Keys.GetVersionsAsync(key.Id);
            Assert.Equal(Enumerable.Range(1, key.CurrentVersion), versions.Select(v => v.Version).Order());
            Assert.Equal(key.CurrentVersion, Assert.Single(versions, v => v.IsCurrent).Version);
            await client.EncryptAsync(key.Id, "it works"u8.ToArray(), EncryptionContext.Empty);
        }
    }

    private void AssertTrailIsWhole(string directory)
    {
        var verified = AuditVerifier.Verify(new AuditVerifierOptions { Directory = directory }, CancellationToken.None);
        Assert.True(verified.IsIntact, verified.Finding?.Explanation);

        var created = Directory.EnumerateFiles(directory, "*.jsonl")
            .SelectMany(File.ReadLines)
            .Where(line => line.StartsWith('{'))
            .Select(line => JsonNode.Parse(line)!["event"]!.AsObject())
            .Where(e => e["operation"]!.GetValue<string>() == "Create" && e["result"]!.GetValue<string>() == "Success")
            .Select(e => e["keyName"]!.GetValue<string>())
            .ToList();
        Assert.Equal(created.Count, created.Distinct(StringComparer.Ordinal).Count());
        Assert.Empty(_acknowledged.Keys.Except(created));
    }
}
