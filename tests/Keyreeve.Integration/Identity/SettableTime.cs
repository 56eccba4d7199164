namespace Keyreeve.Integration.Identity;

/// <summary>A clock that a test sets forward; timers and durations are real.</summary>
internal sealed class SettableTime : TimeProvider
{
    private TimeSpan _ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;

    public void Advance(TimeSpan by) => _ahead += by;
}
