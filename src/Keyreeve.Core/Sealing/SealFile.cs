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
/// <code>{"version":1,"slots":[{"id":"…","kind":"passphrase-file","parameters":{…},"wrapped":"base64"}]}</code>
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
    /// <exception cref="InvalidOperationException">There is one already.</exception>
    public async ValueTask<SecretBytes> CreateAsync(ISealSlot slot, CancellationToken cancellationToken)
    {
        if (Exists) throw new InvalidOperationException($"'{_path}' exists; a second root key would lose the first one's keys.");
        var root = SecretBytes.Random(RootKeySizeInBytes);
        try
        {
            Write([await SealAsync(slot, root, cancellationToken)]);
            return root;
        }
        catch
        {
            root.Dispose();
            throw;
        }
    }

    /// <summary>Opens the root key with the first of the slots that can.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.Sealed"/>: none can; the message says why for each.</exception>
    public async ValueTask<SecretBytes> OpenAsync(IReadOnlyList<ISealSlot> slots, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(slots);
        var reasons = new List<string>();
        foreach (var entry in Read())
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
                }
            }
        }

        var why = reasons.Count > 0 ? string.Join(" ", reasons) : "No slot that is configured occurs in the seal file.";
        throw new KeyreeveException(KeyreeveError.Sealed, $"The root key does not open. {why}");
    }

    /// <summary>Seals the open root key in one more slot.</summary>
    public async ValueTask AddSlotAsync(ISealSlot slot, SecretBytes root, CancellationToken cancellationToken) =>
        Write([.. Read(), await SealAsync(slot, root, cancellationToken)]);

    /// <summary>What is in the file.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.Sealed"/>: it is missing or malformed, or its version is
    /// newer than this server.</exception>
    public IReadOnlyList<SealedRootKey> Read()
    {
        if (!Exists) throw new KeyreeveException(KeyreeveError.Sealed, $"'{_path}' does not exist; make a root key with: keyreeve init");
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
                slot["wrapped"]!.GetValue<string>() is var text ? Convert.FromBase64String(text) : []))];
        }
        catch (Exception malformed) when (malformed is JsonException or NullReferenceException or InvalidOperationException or FormatException)
        {
            throw new KeyreeveException(KeyreeveError.Sealed, $"'{_path}' is malformed; restore it from a backup.", malformed);
        }
    }

    private static ValueTask<SealedRootKey> SealAsync(ISealSlot slot, SecretBytes root, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(slot);
        return slot.SealAsync(Guid.NewGuid().ToString("N")[..8], root, cancellationToken);
    }

    private void Write(IReadOnlyList<SealedRootKey> slots)
    {
        var file = new JsonObject
        {
            ["version"] = Version,
            ["slots"] = new JsonArray([.. slots.Select(slot => new JsonObject
            {
                ["id"] = slot.SlotId,
                ["kind"] = slot.Kind,
                ["parameters"] = slot.Parameters.DeepClone(),
                ["wrapped"] = Convert.ToBase64String(slot.Wrapped.Span),
            })]),
        };
        PrivateFile.Write(_path, JsonSerializer.SerializeToUtf8Bytes(file, SerializerOptions));
    }

    private static readonly JsonSerializerOptions SerializerOptions = new() { WriteIndented = true };
}
