namespace Keyreeve.Integration;

/// <summary>The system's clock, set forward by a test as far as it wants.</summary>
public class JumpingTime : TimeProvider
{
    private long _ahead;

    public void Jump(TimeSpan time) => Interlocked.Add(ref _ahead, time.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));
}
