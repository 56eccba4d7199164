using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>How long clients may use an object before they ask again.</summary>
internal static class Leases
{
    /// <summary>The longest lease there is for the object now, in seconds; 0 for one without limit.</summary>
    // A lease does not outlive the object's active life: who honours it stops in time.
    public static uint LongestInSeconds(ManagedObject found, DateTimeOffset now)
    {
        var longest = found.Attributes.Find(AttributeName.LeaseTime) is IntervalValue lease ? lease.Seconds : 0;
        if (found.Attributes.Find(AttributeName.DeactivationDate) is not DateTimeValue end || found.State is not (State.PreActive or State.Active)) return longest;
        var rest = end.UnixSeconds - now.ToUnixTimeSeconds();
        if (rest <= 0) return 1;
        return longest == 0 || rest < longest ? (uint)Math.Min(rest, uint.MaxValue) : longest;
    }
}
