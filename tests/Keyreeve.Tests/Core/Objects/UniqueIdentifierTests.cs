using Keyreeve.Core.Objects;
using Xunit;

namespace Keyreeve.Tests.Core.Objects;

// Alone: the last stamp is the process's, and tests beside these have clocks of their own.
[CollectionDefinition(nameof(UniqueIdentifierTests), DisableParallelization = true)]
[Collection(nameof(UniqueIdentifierTests))]
public sealed class UniqueIdentifierTests
{
    private static readonly DateTimeOffset Moment = new(2031, 5, 6, 7, 8, 9, 123, TimeSpan.Zero);

    [Fact]
    public void New_ManyInOneMoment_StayInTheOrderInWhichTheyWereMade()
    {
        var made = Enumerable.Range(0, 10_000).Select(_ => UniqueIdentifier.New(Moment)).ToList();

        Assert.Equal(made, made.Order());
        Assert.Equal(made.Count, made.Distinct().Count());
    }

    [Fact]
    public void New_ClockSetBackByAnHour_TellsTheClocksTime()
    {
        UniqueIdentifier.New(Moment);

        var before = UniqueIdentifier.New(Moment.AddHours(-1));

        Assert.Equal(Moment.AddHours(-1), before.CreatedAt);
    }

    [Fact]
    public void New_IsAUuidOfVersion7AndVariant10()
    {
        var bytes = UniqueIdentifier.New(Moment).ToByteArray();

        Assert.Equal(7, bytes[6] >> 4);
        Assert.Equal(0b10, bytes[8] >> 6);
    }
}
