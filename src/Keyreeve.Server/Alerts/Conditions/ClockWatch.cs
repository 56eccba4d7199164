namespace Keyreeve.Server.Alerts.Conditions;

/// <summary>Finds out that the clock was set, by a clock that cannot be. Not thread safe.</summary>
/// <param name="time">Both clocks.</param>
/// <param name="tolerance">A smaller step is none.</param>
internal sealed class ClockWatch(TimeProvider time, TimeSpan tolerance)
{
    private DateTimeOffset _wall = time.GetUtcNow();
    private long _steady = time.GetTimestamp();

    public void Check(Action<AlertFinding> found)
    {
        // The steady clock is read on both sides, so that being held up in between is no step.
        var before = time.GetTimestamp();
        var wall = time.GetUtcNow();
        var after = time.GetTimestamp();
        var shortest = _wall + time.GetElapsedTime(_steady, before);
        var longest = _wall + time.GetElapsedTime(_steady, after);
        var step = wall < shortest ? wall - shortest : wall > longest ? wall - longest : TimeSpan.Zero;
        (_wall, _steady) = (wall, before);
        if (step.Duration() <= tolerance) return;
        found(new AlertFinding
        {
            Rule = AlertRuleName.ClockStep, Severity = AlertSeverity.Warning, Time = wall, About = "clock",
            Text = $"The clock was set {(step < TimeSpan.Zero ? "back" : "forward")} by {step.Duration():g} (or the machine was halted): records, certificates and dates of keys go by it. Check the machine's time service.",
        });
    }
}
