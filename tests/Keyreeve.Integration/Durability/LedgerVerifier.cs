using System.Text.Json;
using Keyreeve.Client;
using Keyreeve.Core.Audit;
using Xunit;

namespace Keyreeve.Integration.Durability;

/// <summary>Compares a server with what it has acknowledged.</summary>
internal static class LedgerVerifier
{
    public static async Task VerifyAsync(KeyreeveClient client, IReadOnlyList<KeyLedger> keys)
    {
        await Parallel.ForEachAsync(keys, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (key, _) => await VerifyAsync(client, key));

        var known = keys.Select(static key => key.Name).ToHashSet(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var listed in client.Keys.ListAsync())
        {
            Assert.Contains(listed.Name!, known);
            Assert.True(seen.Add(listed.Name!), $"'{listed.Name}' is there twice.");
        }
    }

    /// <summary>Every acknowledged request stands in the trail, and the trail stands by itself.</summary>
    public static long VerifyTrail(string directory, IReadOnlyList<KeyLedger> keys)
    {
        var found = AuditVerifier.Verify(new AuditVerifierOptions { Directory = directory }, CancellationToken.None);
        Assert.True(found.IsIntact, found.Finding?.ToString());
        Assert.Equal(found.Records, found.SignedRecords);

        var successes = CountSuccesses(directory);
        foreach (var key in keys.Where(static key => key.Id is not null))
        {
            Assert.Equal(1, Count("Create"));
            Assert.True(Count("Rotate") >= key.AcknowledgedVersion - 1, $"'{key.Name}' lacks records of rotations.");
            Assert.True(Count("Encrypt") + Count("GenerateDataKey") >= key.Ciphertexts.Count, $"'{key.Name}' lacks records of encryptions.");
            Assert.True(Count("Destroy") >= (key.IsDestructionAcknowledged ? 1 : 0), $"'{key.Name}' lacks the record of its destruction.");

            int Count(string operation) => successes.GetValueOrDefault((key.Name, operation));
        }

        return found.Records;
    }

    private static Dictionary<(string Key, string Operation), int> CountSuccesses(string directory)
    {
        var counts = new Dictionary<(string, string), int>();
        using var reader = new AuditTrailReader(directory);
        while (reader.Read())
        {
            Assert.True(AuditLine.TryParse(reader.Line, out var line));
            reader.LastSequence = line.Sequence;
            var reading = new Utf8JsonReader(reader.Line);
            var record = JsonElement.ParseValue(ref reading).GetProperty("event");
            if (!record.TryGetProperty("keyName", out var name) || record.GetProperty("result").GetString() is not "Success")
                continue;
            var at = (name.GetString()!, record.GetProperty("operation").GetString()!);
            counts[at] = counts.GetValueOrDefault(at) + 1;
        }

        return counts;
    }

    private static Task VerifyAsync(KeyreeveClient client, KeyLedger key) => key switch
    {
        { IsDestructionAcknowledged: true } => VerifyDestroyedAsync(client, key),
        { IsDestructionSent: true } => VerifyWholeOrDestroyedAsync(client, key),
        { Id: null } => VerifyWholeOrAbsentAsync(client, key),
        _ => VerifyWholeAsync(client, key),
    };

    private static async Task VerifyWholeAsync(KeyreeveClient client, KeyLedger key)
    {
        var found = await client.Keys.GetAsync(key.Name);
        Assert.Equal(key.Id, found.Id);
        Assert.InRange(found.CurrentVersion, key.AcknowledgedVersion, key.PossibleVersion);
        await VerifySoundAsync(client, found);
        foreach (var ciphertext in key.Ciphertexts)
            Assert.Equal(ciphertext.Plaintext, (await client.DecryptAsync(ciphertext.Ciphertext, ciphertext.Context)).Plaintext);
    }

    /// <summary>Nothing half there: versions without a gap, one of them current, and it encrypts and decrypts.</summary>
    private static async Task VerifySoundAsync(KeyreeveClient client, NamedKey key)
    {
        Assert.Equal("Active", key.State);
        var versions = await client.Keys.GetVersionsAsync(key.Name!);
        Assert.Equal(Enumerable.Range(1, key.CurrentVersion), versions.Select(static version => version.Version));
        Assert.Equal(key.CurrentVersion, Assert.Single(versions, static version => version.IsCurrent).Version);
        Assert.Equal(versions.Count, versions.Select(static version => version.Id).Distinct(StringComparer.Ordinal).Count());
        var made = await client.EncryptAsync(key.Name!, "probe"u8.ToArray(), Crypto.EncryptionContext.Empty);
        Assert.Equal(key.CurrentVersion, made.Version);
        Assert.Equal("probe"u8.ToArray(), (await client.DecryptAsync(made.Ciphertext, Crypto.EncryptionContext.Empty)).Plaintext);
    }

    private static async Task VerifyDestroyedAsync(KeyreeveClient client, KeyLedger key)
    {
        Assert.Null(await FindAsync(client, key.Name));
        foreach (var ciphertext in key.Ciphertexts)
        {
            var refusal = await Assert.ThrowsAsync<KeyreeveClientException>(() => client.DecryptAsync(ciphertext.Ciphertext, ciphertext.Context));
            Assert.Equal("ObjectDestroyed", refusal.Error);
        }
    }

    private static async Task VerifyWholeOrDestroyedAsync(KeyreeveClient client, KeyLedger key)
    {
        if (await FindAsync(client, key.Name) is not null)
            await VerifyWholeAsync(client, key);
        else
            await VerifyDestroyedAsync(client, key);
    }

    private static async Task VerifyWholeOrAbsentAsync(KeyreeveClient client, KeyLedger key)
    {
        if (await FindAsync(client, key.Name) is not { } found)
            return;
        Assert.Equal(1, found.CurrentVersion);
        await VerifySoundAsync(client, found);
    }

    private static async Task<NamedKey?> FindAsync(KeyreeveClient client, string name)
    {
        try
        {
            return await client.Keys.GetAsync(name);
        }
        catch (KeyreeveClientException e) when (e.Is(ClientError.ItemNotFound))
        {
            return null;
        }
    }
}
