using Keyreeve.Core.Objects;
using Xunit;

namespace Keyreeve.Tests.Core.Objects;

public sealed class TimedTransitionsTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(50);

    [Theory]
    [InlineData(State.PreActive, null, null, State.PreActive)]
    [InlineData(State.PreActive, 1L, null, State.PreActive)]
    [InlineData(State.PreActive, 0L, null, State.Active)]
    [InlineData(State.PreActive, -1L, null, State.Active)]
    [InlineData(State.PreActive, -2L, -1L, State.Deactivated)]
    [InlineData(State.PreActive, null, -1L, State.PreActive)]
    [InlineData(State.PreActive, -1L, 1L, State.Active)]
    [InlineData(State.Active, -1L, 0L, State.Deactivated)]
    [InlineData(State.Active, -1L, 1L, State.Active)]
    [InlineData(State.Deactivated, -2L, -1L, State.Deactivated)]
    [InlineData(State.Compromised, -2L, -1L, State.Compromised)]
    [InlineData(State.Destroyed, -2L, -1L, State.Destroyed)]
    [InlineData(State.NotSet, -2L, -1L, State.NotSet)]
    [InlineData(State.PreActive, long.MinValue / 2, long.MaxValue / 2, State.Active)]
    public void Apply_DatesDecide(State stored, long? activationInSeconds, long? deactivationInSeconds, State expected)
    {
        var attributes = AttributeSet.Empty;
        if (stored != State.NotSet) attributes = attributes.With(AttributeName.State, AttributeValue.Of(stored));
        if (activationInSeconds is { } activation) attributes = attributes.With(AttributeName.ActivationDate, new DateTimeValue(Now.ToUnixTimeSeconds() + activation));
        if (deactivationInSeconds is { } deactivation) attributes = attributes.With(AttributeName.DeactivationDate, new DateTimeValue(Now.ToUnixTimeSeconds() + deactivation));
        var made = new ManagedObject
        {
            Tenant = TenantId.Default, Id = UniqueIdentifier.New(Now), ObjectType = ObjectType.SymmetricKey, RowVersion = 1, Attributes = attributes,
        };

        var applied = TimedTransitions.Apply(made, Now);

        Assert.Equal(expected, applied.State);
        var reason = (applied.Attributes.Find(AttributeName.DeactivationReason) as StructureValue)?[AttributeField.DeactivationReasonCode];
        Assert.Equal(expected == State.Deactivated && stored != State.Deactivated ? AttributeValue.Of(DeactivationReasonCode.DeactivationDate) : null, reason);
        Assert.False(TimedTransitions.IsDue(applied, Now));
        if (TimedTransitions.Next(applied) is { } next) Assert.True(next > Now);
    }
}
