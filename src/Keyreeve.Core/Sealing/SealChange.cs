using Keyreeve.Core.Operations;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Sealing;

/// <summary>A change of the seal file that is prepared: whatever a slot had to do is done, and nothing has changed yet. Others wait for it.</summary>
public sealed class SealChange : IRecordedChange
{
    private readonly SemaphoreSlim _turn;
    private SecretBytes? _secret;
    private bool _isMade;
    private bool _isDisposed;

    internal SealChange(SemaphoreSlim turn) => _turn = turn;

    /// <summary>The slot's entry as it will be; of a rotation, the first new one; of a removal, the one that goes.</summary>
    public SealedRootKey Entry => Step.Entry;

    internal SealStep Step { get; set; } = null!;

    /// <summary>What was made in a device or another server, and is of no use if nothing comes of the change.</summary>
    internal List<(ISealSlot Slot, SealedRootKey Entry)> Made { get; } = [];

    /// <inheritdoc/>
    public async ValueTask MakeAsync()
    {
        _isMade = true;
        await Step.Make();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        _secret?.Dispose();
        try
        {
            if (!_isMade) foreach (var (slot, entry) in Made) await TryDiscardAsync(slot, entry);
        }
        finally
        {
            _turn.Release();
        }
    }

    internal void Keep(SecretBytes secret) => _secret = secret;

    // A key without an entry opens nothing, and whoever is refused his change is told why that was.
    private static async ValueTask TryDiscardAsync(ISealSlot slot, SealedRootKey entry)
    {
        try
        {
            await slot.DiscardAsync(entry, CancellationToken.None);
        }
        catch (KeyreeveException unreachable) when (unreachable.Error == KeyreeveError.Sealed)
        {
            // Out of reach now; it stays behind there.
        }
    }
}

/// <summary>What is done once a change is recorded.</summary>
/// <param name="Entry">The slot's entry.</param>
/// <param name="Make">Does it.</param>
internal sealed record SealStep(SealedRootKey Entry, Func<ValueTask> Make);
