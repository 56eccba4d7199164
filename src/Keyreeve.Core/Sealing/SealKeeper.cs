using Keyreeve.Crypto;

namespace Keyreeve.Core.Sealing;

/// <summary>
/// Keeps the seal slots of a server that is open: adds and removes them, tries whether they would open, and has the root
/// key take turns. Thread safe; nothing that serves waits for it.
/// </summary>
public sealed class SealKeeper : IDisposable
{
    private readonly SealFile _file;
    private readonly IReadOnlyList<ISealSlot> _slots;
    private readonly KeyHierarchy _hierarchy;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _changing = new(1, 1);

    /// <summary>A keeper of what is open.</summary>
    /// <param name="file">The seal file.</param>
    /// <param name="slots">The slots that the configuration knows, one of a kind.</param>
    /// <param name="hierarchy">What hangs from the root key.</param>
    /// <param name="time">The clock.</param>
    public SealKeeper(SealFile file, IReadOnlyList<ISealSlot> slots, KeyHierarchy hierarchy, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(slots);
        ArgumentNullException.ThrowIfNull(hierarchy);
        _file = file;
        _slots = slots;
        _hierarchy = hierarchy;
        _time = time;
    }

    /// <summary>Which root key is in use.</summary>
    public int Generation => _hierarchy.Generation;

    /// <summary>The slots of all generations, as the file has them.</summary>
    public IReadOnlyList<SealedRootKey> Slots => _file.Read();

    /// <summary>One slot's entry.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.ItemNotFound"/>.</exception>
    public SealedRootKey Require(string slotId) => Slots.FirstOrDefault(entry => string.Equals(entry.SlotId, slotId, StringComparison.Ordinal))
        ?? throw new KeyreeveException(KeyreeveError.ItemNotFound, "There is no seal slot of that name; keyreeve seal status lists them.");

    /// <summary>The slot of a kind that the configuration knows.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: none of that kind is configured.</exception>
    public ISealSlot RequireConfigured(string kind) => _slots.FirstOrDefault(slot => string.Equals(slot.Kind, kind, StringComparison.Ordinal))
        ?? throw new KeyreeveException(
            KeyreeveError.InvalidField,
            $"No seal slot of the kind '{kind}' is configured here; there {(_slots.Count == 1 ? "is" : "are")} {string.Join(", ", _slots.Select(static slot => slot.Kind))}.");

    /// <summary>Seals the root key in one more slot, which is opened again before it counts.</summary>
    public async ValueTask<SealChange> PrepareAddAsync(ISealSlot slot, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(slot);
        return await PrepareAsync(async change =>
        {
            using var root = _hierarchy.CopyRoot();
            var entry = await SealAsync(slot, root, Generation, cancellationToken);
            change.Made.Add((slot, entry));
            return new(entry, () => WriteAsync([.. Slots, entry]));
        }, cancellationToken);
    }

    /// <summary>
    /// Removes a slot and what it keeps elsewhere, once another was seen to open; people's shares, for which nobody can be asked
    /// here, are taken at their word.
    /// </summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: it is the last that opens what is in use.</exception>
    public ValueTask<SealChange> PrepareRemovalAsync(string slotId, CancellationToken cancellationToken) => PrepareAsync(
        async _ =>
        {
            var entry = Require(slotId);
            var rest = Slots.Where(other => !string.Equals(other.SlotId, slotId, StringComparison.Ordinal)).ToList();
            if (entry.Generation == Generation) await RequireOneThatOpensAsync([.. rest.Where(other => other.Generation == Generation)], cancellationToken);
            return new(entry, () => RemoveAsync(entry, rest));
        },
        cancellationToken);

    /// <summary>Tries, while all goes on, whether a slot would open the root key that is in use, and notes the date.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.Sealed"/>: it would not; the message says why.</exception>
    public ValueTask<SealChange> PrepareDrillAsync(string slotId, CancellationToken cancellationToken) => PrepareAsync(
        async _ =>
        {
            var entry = Require(slotId);
            using var opened = await RequireConfigured(entry.Kind).OpenAsync(entry, cancellationToken);
            return DrillStep(entry, opened);
        },
        cancellationToken);

    /// <summary>Notes that a root key was opened by hand, as by shares.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.Sealed"/>: it is another root key.</exception>
    public ValueTask<SealChange> PrepareDrillAsync(string slotId, SecretBytes opened, CancellationToken cancellationToken) =>
        PrepareAsync(_ => ValueTask.FromResult(DrillStep(Require(slotId), opened)), cancellationToken);

    /// <summary>
    /// Makes a new root key, seals it in every slot that the present one has, and wraps all that hangs from it anew. The
    /// slots of the old one stay, for older copies of the store, until they are removed.
    /// </summary>
    /// <exception cref="KeyreeveException">A slot cannot take the new root key; nothing has changed.</exception>
    public ValueTask<SealChange> PrepareRotationAsync(CancellationToken cancellationToken) => PrepareAsync(
        async change =>
        {
            var next = checked(Generation + 1);
            // What a rotation that was interrupted has left opens nothing.
            var kept = Slots.Where(entry => entry.Generation <= Generation).ToList();
            var root = SecretBytes.Random(SealFile.RootKeySizeInBytes);
            change.Keep(root);
            foreach (var entry in kept.Where(entry => entry.Generation == Generation))
            {
                var slot = SlotFor(entry);
                change.Made.Add((slot, await SealAsync(slot, root, next, cancellationToken)));
            }

            var made = change.Made.Select(static pair => pair.Entry).ToList();
            return new(made[0], async () =>
            {
                // The file first: a store that hangs from a root key of which there is no slot could not be opened.
                await WriteAsync([.. kept, .. made]);
                await _hierarchy.RotateRootAsync(root, CancellationToken.None);
            });
        },
        cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _changing.Dispose();

    // People who hold shares need not come together for a new root key: it is sealed to their slot's public key.
    private ISealSlot SlotFor(SealedRootKey entry) =>
        entry.Kind is SharesSlot.SlotKind ? SharesSlot.Of(entry) : RequireConfigured(entry.Kind);

    private async ValueTask<SealedRootKey> SealAsync(ISealSlot slot, SecretBytes root, int generation, CancellationToken cancellationToken)
    {
        var entry = await slot.SealAsync(SealFile.NewSlotId(), root, cancellationToken);
        if (slot.OpensByItself)
        {
            using var opened = await slot.OpenAsync(entry, cancellationToken);
            if (!opened.Equals(root)) throw new KeyreeveException(KeyreeveError.Sealed, $"The slot of the kind '{slot.Kind}' does not give back what it sealed.");
        }

        var now = _time.GetUtcNow();
        return entry with { Generation = generation, CreatedAt = now, DrilledAt = slot.OpensByItself ? now : null };
    }

    private async ValueTask RequireOneThatOpensAsync(IReadOnlyList<SealedRootKey> others, CancellationToken cancellationToken)
    {
        if (others.Count == 0)
            throw new KeyreeveException(KeyreeveError.InvalidField, "It is the last slot: without it nothing would open the root key ever again. Add another first.");
        if (others.Any(static other => other.Kind is SharesSlot.SlotKind)) return;
        var reasons = new List<string>();
        foreach (var other in others)
        {
            try
            {
                using var opened = await RequireConfigured(other.Kind).OpenAsync(other, cancellationToken);
                if (_hierarchy.IsRoot(opened)) return;
                reasons.Add($"{other.Kind} {other.SlotId}: It opens, but not this root key.");
            }
            catch (KeyreeveException shut)
            {
                reasons.Add($"{other.Kind} {other.SlotId}: {shut.Message}");
            }
        }

        throw new KeyreeveException(
            KeyreeveError.InvalidField, $"It is the last slot that may open: no other does now. Mend one or add another first. {string.Join(" ", reasons)}");
    }

    private SealStep DrillStep(SealedRootKey entry, SecretBytes opened)
    {
        if (!_hierarchy.IsRoot(opened))
        {
            throw new KeyreeveException(
                KeyreeveError.Sealed, entry.Generation == Generation ? "The slot opens, but not this root key." : $"The slot is of root key {entry.Generation}, which is no longer in use.");
        }

        var drilled = entry with { DrilledAt = _time.GetUtcNow() };
        return new(drilled, () => WriteAsync([.. Slots.Select(other => string.Equals(other.SlotId, entry.SlotId, StringComparison.Ordinal) ? drilled : other)]));
    }

    private async ValueTask RemoveAsync(SealedRootKey entry, IReadOnlyList<SealedRootKey> rest)
    {
        await WriteAsync(rest);
        if (_slots.FirstOrDefault(slot => string.Equals(slot.Kind, entry.Kind, StringComparison.Ordinal)) is not { } configured) return;
        try
        {
            // After the file: an entry without its key would look as if it opened.
            await configured.DiscardAsync(entry, CancellationToken.None);
        }
        catch (KeyreeveException unreachable)
        {
            throw new KeyreeveException(
                unreachable.Error, $"The slot {entry.SlotId} is removed, but what it keeps elsewhere could not be destroyed; do that there. {unreachable.Message}", unreachable);
        }
    }

    private ValueTask WriteAsync(IReadOnlyList<SealedRootKey> slots)
    {
        _file.Write(slots);
        return ValueTask.CompletedTask;
    }

    // One change at a time, from what it is based upon to its end.
    private async ValueTask<SealChange> PrepareAsync(Func<SealChange, ValueTask<SealStep>> prepare, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        var change = new SealChange(_changing);
        try
        {
            change.Step = await prepare(change);
            return change;
        }
        catch
        {
            await change.DisposeAsync();
            throw;
        }
    }
}
