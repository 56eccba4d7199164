using System.Buffers.Binary;
using System.Text;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>
/// The messages that come in parts: bounded in number, time and memory, and each open to the principal, key and operation
/// that began it alone. They live in this process; who is cut off begins again. Thread safe.
/// </summary>
internal sealed class StreamTable : IDisposable
{
    private const int CorrelationValueSizeInBytes = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, OpenStream> _streams = [];
    private readonly TimeProvider _time;
    private readonly ITimer _sweeper;
    private readonly HmacKey _names;
    private long _heldInBytes;

    public StreamTable(TimeProvider time)
    {
        _time = time;
        using var key = SecretBytes.Random(CorrelationValueSizeInBytes);
        _names = new HmacKey(DigestAlgorithm.Sha256, key);
        _sweeper = time.CreateTimer(static table => ((StreamTable)table!).Sweep(), this, StreamLimits.SweepInterval, StreamLimits.SweepInterval);
    }

    /// <summary>How many messages are under way.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _streams.Count;
        }
    }

    /// <summary>Begins a message with its first part.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.TooManyRequests"/>; the state is disposed of.</exception>
    public StreamTurn Begin(StreamOwner owner, DataStream state, object request)
    {
        lock (_gate)
        {
            SweepWithin();
            // The same request once more: what it changed besides was not committed, and it begins anew.
            foreach (var (id, other) in _streams.Where(s => ReferenceEquals(s.Value.LastRequest, request)).ToList()) RemoveWithin(id, other);
            if (_streams.Count < StreamLimits.MostInAll && FreeValue(owner) is { } correlationValue)
            {
                var stream = new OpenStream(correlationValue, owner, state, _time.GetUtcNow()) { LastRequest = request };
                _streams.Add(IdOf(correlationValue), stream);
                return new StreamTurn(this, stream);
            }
        }

        state.Dispose();
        throw new KeyreeveException(
            KeyreeveError.TooManyRequests, $"Too many messages are under way in parts; a principal has at most {StreamLimits.MostPerPrincipal}. Finish one, or wait {StreamLimits.LongestPause.TotalMinutes:0} minutes.");
    }

    /// <summary>Goes on with a message.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidCorrelationValue"/>, whatever is wrong.</exception>
    public StreamTurn Continue(StreamOwner owner, ReadOnlySpan<byte> correlationValue, object request)
    {
        lock (_gate)
        {
            SweepWithin();
            if (correlationValue.Length == CorrelationValueSizeInBytes
                && _streams.TryGetValue(IdOf(correlationValue), out var stream)
                && stream.Owner == owner && !stream.IsBusy
                && (stream.LastResponse is not FinishedAnswer || ReferenceEquals(stream.LastRequest, request)))
            {
                stream.IsBusy = true;
                return new StreamTurn(this, stream);
            }
        }

        throw new KeyreeveException(KeyreeveError.InvalidCorrelationValue, "No message is under way with this Correlation Value, key and operation.");
    }

    /// <summary>Ends a turn: the message waits for its next part.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.TooManyRequests"/>: there is no room; the message is gone.</exception>
    public void Release(OpenStream stream)
    {
        lock (_gate)
        {
            stream.IsBusy = false;
            stream.LastUsed = _time.GetUtcNow();
            if (!stream.IsRemoved)
            {
                _heldInBytes += stream.State.HeldInBytes - stream.CountedInBytes;
                stream.CountedInBytes = stream.State.HeldInBytes;
                if (_heldInBytes <= StreamLimits.MostHeldInBytes) return;
                RemoveWithin(IdOf(stream.CorrelationValue.Span), stream);
                throw new KeyreeveException(KeyreeveError.TooManyRequests, "Messages that have to be kept as a whole fill the memory there is for them; try again later.");
            }
        }

        stream.State.Dispose();
    }

    /// <summary>A request is settled: it will not be run again.</summary>
    public void Forget(OpenStream stream, object request)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(stream.LastRequest, request)) return;
            stream.LastRequest = null;
            stream.LastResponse = null;
        }
    }

    /// <summary>Ends a message.</summary>
    public void Remove(OpenStream stream)
    {
        lock (_gate)
        {
            stream.IsBusy = false;
            if (stream.IsRemoved) stream.State.Dispose();
            else RemoveWithin(IdOf(stream.CorrelationValue.Span), stream);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sweeper.Dispose();
        _names.Dispose();
        lock (_gate)
        {
            foreach (var (id, stream) in _streams.ToList()) RemoveWithin(id, stream);
        }
    }

    private void Sweep()
    {
        lock (_gate) SweepWithin();
    }

    private void SweepWithin()
    {
        var now = _time.GetUtcNow();
        foreach (var (id, stream) in _streams)
            if (stream.HasExpired(now)) RemoveWithin(id, stream);
    }

    private void RemoveWithin(UInt128 id, OpenStream stream)
    {
        if (!_streams.Remove(id)) return;
        _heldInBytes -= stream.CountedInBytes;
        stream.IsRemoved = true;
        if (!stream.IsBusy) stream.State.Dispose();
    }

    // Each principal has as many names for its messages as it may have messages, and the first that is free is used: a client that
    // works on one message after the other meets the same name, which OASIS' cases ask for. Who guesses a name gains nothing: it is
    // good for its principal alone.
    private byte[]? FreeValue(StreamOwner owner)
    {
        Span<byte> mac = stackalloc byte[DigestAlgorithm.Sha256.DigestSizeInBytes()];
        for (var number = 0; number < StreamLimits.MostPerPrincipal; number++)
        {
            _names.Compute(Encoding.UTF8.GetBytes($"{number} {owner.Tenant.Value} {owner.Principal}"), mac);
            if (!_streams.ContainsKey(IdOf(mac))) return mac[..CorrelationValueSizeInBytes].ToArray();
        }

        return null;
    }

    private static UInt128 IdOf(ReadOnlySpan<byte> correlationValue) => BinaryPrimitives.ReadUInt128BigEndian(correlationValue);
}
