using Keyreeve.Crypto;

namespace Keyreeve.Core.Sealing;

/// <summary>
/// Shares that are entered one at a time, each by its own person, until enough are there. Each is checked by itself, so
/// that a wrong one disturbs nobody. It ends by itself, and by the hand of those alone who take part in it. Thread safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="lifetime">How long after its first share it ends by itself.</param>
public sealed class ShareCeremony(TimeProvider time, TimeSpan lifetime) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<(string Fingerprint, RecoveryShare Share)> _entered = [];
    private string? _slotId;
    private DateTimeOffset _endsAt;

    /// <summary>How it stands.</summary>
    public CeremonyProgress Progress
    {
        get
        {
            lock (_lock)
            {
                EndIfDue();
                return new CeremonyProgress(_slotId, [.. _entered.Select(static e => e.Share.Index).Order()], _slotId is null ? null : _endsAt);
            }
        }
    }

    /// <summary>Enters a share; the first begins the ceremony.</summary>
    /// <param name="slots">The slots that it may be for.</param>
    /// <param name="fingerprint">Who enters it: the key that the connection proved.</param>
    /// <param name="share">The share; taken over.</param>
    /// <param name="opened">The root key, once enough are there; the caller disposes it. The ceremony has ended then.</param>
    /// <returns>The slot, and how many shares are still missing.</returns>
    /// <exception cref="KeyreeveException">The share is not taken; the message says why. What was entered before stays.</exception>
    public CeremonyStep Enter(IReadOnlyList<SealedRootKey> slots, string fingerprint, RecoveryShare share, out SecretBytes? opened)
    {
        ArgumentNullException.ThrowIfNull(slots);
        ArgumentNullException.ThrowIfNull(share);
        opened = null;
        lock (_lock)
        {
            EndIfDue();
            try
            {
                var (entry, terms) = Check(slots, fingerprint, share);
                if (_slotId is null) _endsAt = time.GetUtcNow() + lifetime;
                _slotId = entry.SlotId;
                _entered.Add((fingerprint, share));
                if (_entered.Count < terms.Threshold) return new CeremonyStep(entry, terms.Threshold - _entered.Count);
                try
                {
                    opened = SharesSlot.Open(entry, [.. _entered.Select(static e => e.Share)]);
                    return new CeremonyStep(entry, 0);
                }
                finally
                {
                    End();
                }
            }
            catch
            {
                if (!_entered.Exists(e => ReferenceEquals(e.Share, share))) share.Dispose();
                throw;
            }
        }
    }

    /// <summary>Ends the ceremony and wipes what was entered.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.PermissionDenied"/>: by somebody who does not take part in it;
    /// <see cref="KeyreeveError.ItemNotFound"/>: there is none.</exception>
    public void Cancel(string fingerprint)
    {
        lock (_lock)
        {
            EndIfDue();
            if (_slotId is null) throw new KeyreeveException(KeyreeveError.ItemNotFound, "Nobody has begun to enter shares.");
            if (!_entered.Exists(e => string.Equals(e.Fingerprint, fingerprint, StringComparison.Ordinal)))
                throw new KeyreeveException(KeyreeveError.PermissionDenied, "Only who has entered a share may end the ceremony.");
            End();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock) End();
    }

    private (SealedRootKey Entry, ShareTerms Terms) Check(IReadOnlyList<SealedRootKey> slots, string fingerprint, RecoveryShare share)
    {
        foreach (var entry in slots.Where(static slot => slot.Kind is SharesSlot.SlotKind))
        {
            var terms = ShareTerms.Read(entry.Parameters);
            if (!string.Equals(terms.Set, share.Set, StringComparison.Ordinal)) continue;
            if (share.Index > terms.Shares.Count || !string.Equals(terms.Shares[share.Index - 1].Sha256, share.Fingerprint, StringComparison.Ordinal))
                throw Refused(KeyreeveError.InvalidField, "The share is none of this slot's.");
            if (terms.Shares[share.Index - 1].Custodian is { } custodian && !string.Equals(custodian.Fingerprint, fingerprint, StringComparison.Ordinal))
                throw Refused(KeyreeveError.PermissionDenied, "The share is another custodian's; each is entered by its own.");
            if (_slotId is not null && !string.Equals(_slotId, entry.SlotId, StringComparison.Ordinal))
                throw Refused(KeyreeveError.Conflict, "Shares of another slot are being entered.");
            if (_entered.Exists(e => e.Share.Index == share.Index)) throw Refused(KeyreeveError.Conflict, "The share has been entered.");
            if (_entered.Exists(e => string.Equals(e.Fingerprint, fingerprint, StringComparison.Ordinal)))
                throw Refused(KeyreeveError.PermissionDenied, "You have entered a share; each person enters one.");
            return (entry, terms);
        }

        throw Refused(KeyreeveError.InvalidField, "The share is of no seal slot of this server.");
    }

    private void EndIfDue()
    {
        if (_slotId is not null && time.GetUtcNow() >= _endsAt) End();
    }

    private void End()
    {
        foreach (var (_, share) in _entered) share.Dispose();
        _entered.Clear();
        _slotId = null;
    }

    private static KeyreeveException Refused(KeyreeveError error, string message) => new(error, message);
}

/// <summary>How a ceremony stands.</summary>
/// <param name="SlotId">The slot; null if nobody has begun.</param>
/// <param name="Entered">Which shares have been entered.</param>
/// <param name="EndsAt">When it ends by itself.</param>
public sealed record CeremonyProgress(string? SlotId, IReadOnlyList<int> Entered, DateTimeOffset? EndsAt);

/// <summary>What came of entering a share.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Missing">How many shares are still missing; 0: it is open.</param>
public sealed record CeremonyStep(SealedRootKey Slot, int Missing);
