using System.Text.Json.Nodes;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Sealing;

/// <summary>
/// One way to open the root key: a passphrase file, an HSM. Any one of a server's slots opens it. A port: what the slot
/// needs from outside (a file, a token) is behind it.
/// </summary>
public interface ISealSlot
{
    /// <summary>What kind of slot it is, such as <c>passphrase-file</c>; stored with what it seals.</summary>
    string Kind { get; }

    /// <summary>Whether it opens without anybody's help; false if people have to come together.</summary>
    bool OpensByItself => true;

    /// <summary>Wraps the root key.</summary>
    /// <param name="slotId">The slot's identity, to be bound to what is wrapped.</param>
    /// <param name="root">The root key.</param>
    /// <param name="cancellationToken">Ends the wait for a device.</param>
    ValueTask<SealedRootKey> SealAsync(string slotId, SecretBytes root, CancellationToken cancellationToken);

    /// <summary>Opens the root key.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.Sealed"/>: this slot does not open it; the message says
    /// what to do.</exception>
    ValueTask<SecretBytes> OpenAsync(SealedRootKey sealedRoot, CancellationToken cancellationToken);

    /// <summary>Destroys what the slot keeps elsewhere for an entry that is no longer in the seal file, such as a key in a token.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.Sealed"/>: it cannot be reached.</exception>
    ValueTask DiscardAsync(SealedRootKey sealedRoot, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}

/// <summary>The root key as one slot sealed it: one entry of <c>seal.json</c>.</summary>
/// <param name="SlotId">The slot's identity among the file's.</param>
/// <param name="Kind">The kind of slot that opens it.</param>
/// <param name="Parameters">What that kind needs to know: salt and cost of a passphrase, label of a key in an HSM.</param>
/// <param name="Wrapped">The wrapped root key.</param>
public sealed record SealedRootKey(string SlotId, string Kind, JsonObject Parameters, ReadOnlyMemory<byte> Wrapped)
{
    /// <summary>Which root key it is: 1 is the first, each rotation counts one up.</summary>
    public int Generation { get; init; } = 1;

    /// <summary>When it was made; null if the file does not say.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When it was last seen that it opens; null: never.</summary>
    public DateTimeOffset? DrilledAt { get; init; }
}
