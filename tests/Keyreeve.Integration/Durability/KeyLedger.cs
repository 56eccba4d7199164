using Keyreeve.Client;
using Keyreeve.Crypto;

namespace Keyreeve.Integration.Durability;

/// <summary>What one key should be like, as far as the server has acknowledged it. Belongs to one worker.</summary>
internal sealed class KeyLedger(string name)
{
    public string Name { get; } = name;

    public string IdempotencyKey { get; } = Guid.NewGuid().ToString("N");

    /// <summary>The identifier; null while no answer to the creation came.</summary>
    public string? Id { get; set; }

    /// <summary>The version that the last acknowledged creation or rotation made.</summary>
    public int AcknowledgedVersion { get; set; }

    /// <summary>The same, with what was sent and not answered.</summary>
    public int PossibleVersion { get; set; }

    public bool IsDestructionSent { get; set; }

    public bool IsDestructionAcknowledged { get; set; }

    public List<Sealed> Ciphertexts { get; } = [];

    public bool IsUsable => Id is not null && !IsDestructionSent;

    internal sealed record Sealed(byte[] Ciphertext, byte[] Plaintext, EncryptionContext Context);
}

/// <summary>One caller who creates, uses, rotates and destroys keys of its own, and keeps book of what was acknowledged.</summary>
internal sealed class Worker(int number, int seed)
{
    private readonly Random _random = new(seed);
    private int _made;

    public List<KeyLedger> Keys { get; } = [];

    /// <summary>Acknowledged requests in all.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>Works until the server is gone. A refusal is a failure of the test.</summary>
    public async Task WorkAsync(KeyreeveClient client, TaskCompletionSource firstAnswer)
    {
        try
        {
            await RepeatLostCreationAsync(client);
            while (true)
            {
                await StepAsync(client);
                Acknowledged++;
                firstAnswer.TrySetResult();
                await Task.Delay(_random.Next(0, 4));
            }
        }
        catch (KeyreeveClientException e) when (e.Error is ClientError.ConnectionLost or ClientError.ServerUnreachable)
        {
            // Killed, as was meant to be: what was under way is neither acknowledged nor refused.
            _lastEnd = e;
        }
    }

    /// <summary>How the last round ended, for the message of a failure.</summary>
    public override string ToString() => $"worker {number}, {Keys.Count} keys, {Acknowledged} acknowledged, last: {_lastEnd?.Message}";

    private Exception? _lastEnd;

    /// <summary>A creation whose answer was lost is sent again in half of the cases; the others stay unknown.</summary>
    private async Task RepeatLostCreationAsync(KeyreeveClient client)
    {
        var lost = Keys.Find(static key => key.Id is null && key.PossibleVersion == 1);
        if (lost is null)
            return;
        lost.PossibleVersion = 2;
        if (_random.Next(2) == 0)
            await CreateAsync(client, lost);
    }

    private Task StepAsync(KeyreeveClient client)
    {
        var usable = Keys.Where(static key => key.IsUsable).ToList();
        var key = usable.Count == 0 ? null : usable[_random.Next(usable.Count)];
        return (_random.Next(100), key) switch
        {
            ( < 30, _) or (_, null) => CreateAsync(client, NewKey()),
            ( < 70, _) => EncryptAsync(client, key),
            ( < 82, _) => GenerateDataKeyAsync(client, key),
            ( < 95, _) => RotateAsync(client, key),
            _ => DestroyAsync(client, key),
        };
    }

    private KeyLedger NewKey()
    {
        var key = new KeyLedger($"k-{number}-{_made++}") { PossibleVersion = 1 };
        Keys.Add(key);
        return key;
    }

    private static async Task CreateAsync(KeyreeveClient client, KeyLedger key)
    {
        var made = await client.Keys.CreateAsync(new NewKey { Name = key.Name, Group = "g", IdempotencyKey = key.IdempotencyKey });
        key.Id = made.Id;
        key.AcknowledgedVersion = key.PossibleVersion = 1;
    }

    private async Task EncryptAsync(KeyreeveClient client, KeyLedger key)
    {
        var plaintext = new byte[_random.Next(0, 200)];
        _random.NextBytes(plaintext);
        var context = EncryptionContext.Of(("key", key.Name), ("n", $"{key.Ciphertexts.Count}"));
        var made = await client.EncryptAsync(key.Name, plaintext, context);
        key.Ciphertexts.Add(new KeyLedger.Sealed(made.Ciphertext, plaintext, context));
    }

    private static async Task GenerateDataKeyAsync(KeyreeveClient client, KeyLedger key)
    {
        var context = EncryptionContext.Of(("key", key.Name));
        using var dataKey = await client.GenerateDataKeyAsync(key.Name, context);
        using var lease = dataKey.Plaintext.Reveal();
        key.Ciphertexts.Add(new KeyLedger.Sealed(dataKey.Wrapped, lease.Span.ToArray(), context));
    }

    private static async Task RotateAsync(KeyreeveClient client, KeyLedger key)
    {
        key.PossibleVersion++;
        var rotated = await client.Keys.RotateAsync(key.Name);
        key.AcknowledgedVersion = rotated.CurrentVersion;
    }

    private static async Task DestroyAsync(KeyreeveClient client, KeyLedger key)
    {
        key.IsDestructionSent = true;
        await client.Keys.DestroyAsync(key.Name);
        key.IsDestructionAcknowledged = true;
    }
}
