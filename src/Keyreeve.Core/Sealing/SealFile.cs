using System.Text.Json;
using System.Text.Json.Nodes;
using Keyreeve.Crypto;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Core.Sealing;

/// <summary>
/// <c>seal.json</c> in the data directory: the root key, once per seal slot, wrapped. Losing every slot's secret or this
/// file loses every key.
/// </summary>
/// <remarks>
/// <code>{"version":1,"slots":[{"id":"…","kind":"passphrase-file","generation":1,"created":"…","drilled":"…","parameters":{…},"wrapped":"base64"}]}</code>
/// An entry without a generation is of the first root key. Entries of earlier generations open older copies of the store.
/// </remarks>
public sealed class SealFile
{
    /// <summary>The file's name in the data directory.</summary>
    public const string FileName = "seal.json";

    /// <summary>Length of the root key in bytes.</summary>
    public const int RootKeySizeInBytes = 32;

    private const int Version = 1;

    private readonly string _path;

    /// <summary>The seal file of a data directory.</summary>
    public SealFile(string dataDirectory) => _path = Path.Combine(dataDirectory, FileName);

    /// <summary>Whether the root key has been made.</summary>
    public bool Exists => File.Exists(_path);

    /// <summary>Makes a root key, sealed in one slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="cancellationToken">Ends the wait for a device.</param>
    /// <param name="time">The clock; null: the system's.</param>
    /// <exception cref="InvalidOperationException">There is one already.</exception>
    public async ValueTask<SecretBytes> CreateAsync(ISealSlot slot, CancellationToken cancellationToken, TimeProvider? time = null)
    {
        if (Exists) throw new InvalidOperationException($"'{_path}' exists; a second root key would lose the first one's keys.");
        var root = SecretBytes.Random(RootKeySizeInBytes);
        try
        {
            Write([await SealAsync(slot, root, 1, cancellationToken) with { CreatedAt = (time ?? TimeProvider.System).GetUtcNow() }]);
            return root;
        }
        catch
        {
            root.Dispose();
            throw;
        }
    }

    /// <summary>Opens the newest root key with the first of the slots that can.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.Sealed"/>: none can; the message says why for each.</exception>
    public ValueTask<SecretBytes> OpenAsync(IReadOnlyList<ISealSlot> slots, CancellationToken cancellationToken) =>
        OpenAsync(slots, Read().Max(static entry => entry.Generation), cancellationToken);

    /// <summary>Opens the root key of a generation with the first of the slots that can.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.Sealed"/>: none can; the message says why for each.</exception>
    public async ValueTask<SecretBytes> OpenAsync(IReadOnlyList<ISealSlot> slots, int generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(slots);
        var reasons = new List<string>();
        var refusals = new List<KeyreeveException>();
        var entries = Read().Where(entry => entry.Generation == generation).ToList();
        if (entries.Count == 0)
            throw new KeyreeveException(KeyreeveError.Sealed, $"The store hangs from root key {generation}, of which '{_path}' has no slot; restore the file that belongs to this copy of the store.");
        foreach (var entry in entries)
        {
            foreach (var slot in slots.Where(s => string.Equals(s.Kind, entry.Kind, StringComparison.Ordinal)))
            {
                try
                {
                    return await slot.OpenAsync(entry, cancellationToken);
                }
                catch (KeyreeveException refusal) when (refusal.Error == KeyreeveError.Sealed)
                {
                    reasons.Add($"{entry.Kind} {entry.SlotId}: {refusal.Message}");
                    refusals.Add(refusal);
                }
                catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
                {
                    reasons.Add($"{entry.Kind} {entry.SlotId}: {unreadable.Message}");
                }
            }
        }

        var why = reasons.Count > 0 ? string.Join(" ", reasons) : "No slot that is configured occurs in the seal file.";
        throw new KeyreeveException(KeyreeveError.Sealed, $"The root key does not open. {why}", refusals.Count == 0 ? null : new AggregateException(refusals));
    }

    /// <summary>Seals the open root key in one more slot.</summary>
    public async ValueTask AddSlotAsync(ISealSlot slot, SecretBytes root, CancellationToken cancellationToken)
    {
        var entries = Read();
        Write([.. entries, await SealAsync(slot, root, entries.Max(static entry => entry.Generation), cancellationToken)]);
    }

    /// <summary>What is in the file.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.Sealed"/>: it is missing or malformed, or its version is
    /// newer than this server.</exception>
    public IReadOnlyList<SealedRootKey> Read()
    {
        if (!Exists) throw new KeyreeveException(KeyreeveError.Sealed, $"'{_path}' does not exist; make a root key with: keyreeve init");
        try
        {
            return Parse();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or PrivateFileException)
        {
            throw new KeyreeveException(KeyreeveError.Sealed, $"The seal file cannot be read: {unreadable.Message}", unreadable);
        }
    }

    private List<SealedRootKey> Parse()
    {
        try
        {
            var file = JsonNode.Parse(PrivateFile.Read(_path), documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false })!;
            var version = file["version"]!.GetValue<int>();
            if (version > Version)
                throw new KeyreeveException(KeyreeveError.Sealed, $"'{_path}' has version {version}; this server reads up to {Version}.");
            return [.. file["slots"]!.AsArray().Select(slot => new SealedRootKey(
                slot!["id"]!.GetValue<string>(),
                slot["kind"]!.GetValue<string>(),
                slot["parameters"]!.DeepClone().AsObject(),
                slot["wrapped"]!.GetValue<string>() is var text ? Convert.FromBase64String(text) : [])
            {
                Generation = slot["generation"]?.GetValue<int>() ?? 1,
                CreatedAt = slot["created"]?.GetValue<DateTimeOffset>(),
                DrilledAt = slot["drilled"]?.GetValue<DateTimeOffset>(),
            })];
        }
        catch (Exception malformed) when (malformed is JsonException or NullReferenceException or InvalidOperationException or FormatException)
        {
            throw new KeyreeveException(KeyreeveError.Sealed, $"'{_path}' is malformed; restore it from a backup.", malformed);
        }
    }

    internal static string NewSlotId() => Guid.NewGuid().ToString("N")[..8];

    internal void Write(IReadOnlyList<SealedRootKey> slots)
    {
        var file = new JsonObject { ["version"] = Version, ["slots"] = new JsonArray([.. slots.Select(Write)]) };
        PrivateFile.Write(_path, JsonSerializer.SerializeToUtf8Bytes(file, SerializerOptions));
    }

    private static async ValueTask<SealedRootKey> SealAsync(ISealSlot slot, SecretBytes root, int generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(slot);
        return await slot.SealAsync(NewSlotId(), root, cancellationToken) with { Generation = generation };
    }

    private static JsonObject Write(SealedRootKey slot)
    {
        var entry = new JsonObject { ["id"] = slot.SlotId, ["kind"] = slot.Kind, ["generation"] = slot.Generation };
        if (slot.CreatedAt is { } created) entry["created"] = created;
        if (slot.DrilledAt is { } drilled) entry["drilled"] = drilled;
        entry["parameters"] = slot.Parameters.DeepClone();
        entry["wrapped"] = Convert.ToBase64String(slot.Wrapped.Span);
        return entry;
    }

    private static readonly JsonSerializerOptions SerializerOptions = new() { WriteIndented = true };
}
