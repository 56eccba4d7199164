using System.Collections.Immutable;
using System.ComponentModel;

namespace Keyreeve.Server.Rest.Messages;

[Description("Something that somebody has to know; what does not apply is absent.")]
internal sealed record AlertMessage
{
    [Description("Its identity; a new one each time it is told.")]
    public required string Id { get; init; }

    [Description("The rule that found it.")]
    public required string Rule { get; init; }

    [Description("Notice, Warning or Critical.")]
    public required string Severity { get; init; }

    [Description("What was found.")]
    public required string Text { get; init; }

    [Description("When it was first found.")]
    public required DateTimeOffset First { get; init; }

    [Description("When it was last found.")]
    public required DateTimeOffset Last { get; init; }

    [Description("How often it was found.")]
    public required long Count { get; init; }

    [Description("Whether it is still going on: found within the time in which it is not told again, and not seen to have ended since.")]
    public required bool IsCurrent { get; init; }

    [Description("Whether it is only listed, and nobody is told.")]
    public required bool IsSilent { get; init; }

    [Description("The principal that it is about.")]
    public string? Principal { get; init; }

    [Description("The key that it is about.")]
    public string? Key { get; init; }

    [Description("From where it came.")]
    public string? Source { get; init; }

    [Description("The destinations that have yet to be told.")]
    public required ImmutableArray<string> Pending { get; init; }
}

[Description("The alerts of late, those found last first.")]
internal sealed record AlertListMessage
{
    [Description("The alerts.")]
    public required ImmutableArray<AlertMessage> Alerts { get; init; }

    [Description("How many principals are known, and how many of them for too short a time to have habits: of these, rates are only guessed.")]
    public required AlertLearningMessage Learning { get; init; }
}

[Description("How far the learning of habits is.")]
internal sealed record AlertLearningMessage
{
    [Description("Principals that are known.")]
    public required int Known { get; init; }

    [Description("Those of them that are still being learned.")]
    public required int Learning { get; init; }

    [Description("Records of the trail that have yet to be looked at.")]
    public required long Lag { get; init; }
}
