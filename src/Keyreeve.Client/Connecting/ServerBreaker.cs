using System.Security.Cryptography;

namespace Keyreeve.Client.Connecting;

/// <summary>What is remembered of one server: whether it may be asked, or has to be left alone for a while.</summary>
/// <remarks>Thread safe. A circuit breaker: open after a failure, for a time that doubles with each; then one caller tries.</remarks>
internal sealed class ServerBreaker(TimeProvider time, TimeSpan first, TimeSpan longest)
{
    private readonly Lock _gate = new();
    private int _failures;
    private int _streak;
    private long _openedAt;
    private TimeSpan _openFor;
    private bool _isProbed;

    /// <summary>Why it failed last; null when it serves.</summary>
    public string? LastFailure { get; private set; }

    public bool IsClosed
    {
        get
        {
            lock (_gate)
                return _failures == 0;
        }
    }

    /// <summary>Whether its time is up and nobody tries it yet; whoever gets true is the one, and has to say how it went.</summary>
    /// <param name="atMost">Its time is up after so long in any case; null: it is left alone as long as it has earned.</param>
    public bool TryBecomeProbe(TimeSpan? atMost = null)
    {
        lock (_gate)
        {
            var wait = atMost is { } most && most < _openFor ? most : _openFor;
            if (_failures == 0 || _isProbed || time.GetElapsedTime(_openedAt) < wait)
                return false;
            return _isProbed = true;
        }
    }

    /// <summary>Lets it be asked. True when it did not serve until now.</summary>
    /// <param name="isProbe">Whether it answered a probe, and no call yet: if calls fail again, it is left alone longer than before.</param>
    public bool Succeeded(bool isProbe = false)
    {
        lock (_gate)
        {
            var wasOpen = _failures > 0;
            _failures = 0;
            if (!isProbe)
                _streak = 0;
            _isProbed = false;
            LastFailure = null;
            return wasOpen;
        }
    }

    /// <summary>Leaves it alone for a while. True when it served until now.</summary>
    public bool Failed(string why)
    {
        lock (_gate)
        {
            var wasClosed = _failures == 0;
            // Many calls that were under way fail at once: together they are one failure.
            if (wasClosed || _isProbed || time.GetElapsedTime(_openedAt) >= _openFor)
            {
                _failures = _streak = _streak < int.MaxValue ? _streak + 1 : _streak;
                _openedAt = time.GetTimestamp();
                _openFor = Jitter(Doubled(first, _failures - 1, longest));
            }

            _isProbed = false;
            LastFailure = why;
            return wasClosed;
        }
    }

    /// <summary>A probe that came to no result.</summary>
    public void Abandon()
    {
        lock (_gate)
            _isProbed = false;
    }

    /// <summary>Between half of a time and the whole, so that many clients do not come back at the same moment.</summary>
    public static TimeSpan Jitter(TimeSpan time) => time * (0.5 + (RandomNumberGenerator.GetInt32(1 << 20) / (double)(1 << 21)));

    public static TimeSpan Doubled(TimeSpan first, int times, TimeSpan longest)
    {
        var doubled = first * Math.Pow(2, Math.Min(times, 20));
        return doubled < longest ? doubled : longest;
    }
}
