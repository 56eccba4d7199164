using Keyreeve.Crypto;

namespace Keyreeve.Client.Envelopes;

/// <summary>
/// The data keys of many envelopes: those in the cache, and all others by one question. Old ones are asked about again aside, by one
/// question too, and used on in an outage as those of single values are.
/// </summary>
internal sealed class DataKeyBatch(IKeyProvider provider, DataKeyCache cache, EnvelopeEncryptorOptions options)
{
    private readonly Dictionary<string, Wanted> _missing = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Wanted> _due = new(StringComparer.Ordinal);

    /// <summary>Holds them until the result is disposed of. Envelopes that have no data key of their own are passed over.</summary>
    public async Task<HeldDataKeys> HoldAsync(IReadOnlyList<BoundValue> envelopes, CancellationToken cancellationToken)
    {
        var held = new HeldDataKeys();
        try
        {
            foreach (var envelope in envelopes)
                Find(envelope, held);
            if (_due.Count > 0 && cache.TryBeginRefresh())
                _ = RefreshAsync();
            if (_missing.Count > 0)
                await FetchAsync(held, cancellationToken).ConfigureAwait(false);
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private void Find(BoundValue envelope, HeldDataKeys held)
    {
        if (!EnvelopeHeader.TryParse(envelope.Content.Span, out var header) || header.Mode != EnvelopeMode.WrappedKey)
            return;
        var wrapped = EnvelopeEncryptor.WrappedKeyOf(header, envelope.Content.Span);
        var name = EnvelopeEncryptor.NameOf(wrapped);
        if (held.Has(name) || _missing.ContainsKey(name))
            return;
        if (cache.TryHold(DataKeyUse.Decryption(name)) is not { } cached)
        {
            _missing.Add(name, new Wanted(wrapped, header.Suite));
            return;
        }

        held.Add(name, cached);
        if (cache.IsDue(cached))
            _due.Add(name, new Wanted(wrapped, header.Suite));
    }

    private async Task FetchAsync(HeldDataKeys held, CancellationToken cancellationToken)
    {
        var isWhole = true;
        try
        {
            await AskAsync(
                _missing,
                (name, key) =>
                {
                    if (key is not null)
                    {
                        held.Add(name, key);
                        return;
                    }

                    isWhole = false;
                    cache.Refuse(name);
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (KeyreeveClientException e) when (options.OutageGrace > TimeSpan.Zero && e.IsOutage)
        {
            foreach (var name in _missing.Keys)
            {
                if (cache.TryHoldInGrace(DataKeyUse.Decryption(name)) is not { } stale)
                    throw;
                held.Add(name, stale);
            }
        }
        catch (KeyreeveClientException e) when (!e.IsOutage)
        {
            RefuseAll(_missing);
            throw;
        }

        if (!isWhole)
            throw EnvelopeEncryptor.Failed();
    }

    private async Task RefreshAsync()
    {
        try
        {
            await AskAsync(
                _due,
                (name, key) =>
                {
                    if (key is null)
                        cache.Refuse(name);
                    key?.Release();
                },
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (KeyreeveClientException e) when (!e.IsOutage)
        {
            RefuseAll(_due);
        }
        catch (Exception e) when (e is KeyreeveClientException or ObjectDisposedException)
        {
            // Nobody waits for this: whoever finds a key grown old asks himself, and learns why.
        }
        finally
        {
            cache.EndRefresh();
        }
    }

    // Which of them was refused is not said: whoever needs one of them asks, and learns it.
    private void RefuseAll(Dictionary<string, Wanted> wanted)
    {
        foreach (var name in wanted.Keys)
            cache.Refuse(name);
    }

    /// <summary>Asks for data keys together; what takes them is their holder, and gets null for each that is not to be had.</summary>
    private async Task AskAsync(Dictionary<string, Wanted> wanted, Action<string, CachedDataKey?> take, CancellationToken cancellationToken)
    {
        var generation = cache.Generation;
        var names = wanted.Keys.ToArray();
        var secrets = await provider.UnwrapDataKeysAsync([.. names.Select(name => wanted[name].Wrapped)], EncryptionContext.Empty, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < names.Length; i++)
        {
            if (secrets[i] is not { LengthInBytes: CommittingAead.KeySizeInBytes } secret)
            {
                secrets[i]?.Dispose();
                take(names[i], null);
                continue;
            }

            var key = new CachedDataKey(secret, wanted[names[i]].Suite, wanted[names[i]].Wrapped, options.TimeProvider.GetTimestamp());
            cache.Keep(names[i], key, generation);
            take(names[i], key);
        }
    }

    private readonly record struct Wanted(WrappedDataKey Wrapped, EnvelopeSuite Suite);
}
