using System.Collections.Immutable;

namespace Keyreeve.Client;

/// <summary>Something that somebody has to know; what does not apply is null.</summary>
public sealed record ClientAlert
{
    /// <summary>Its identity; a new one each time it is told.</summary>
    public required string Id { get; init; }

    /// <summary>The rule that found it.</summary>
    public required string Rule { get; init; }

    /// <summary><c>Notice</c>, <c>Warning</c> or <c>Critical</c>.</summary>
    public required string Severity { get; init; }

    /// <summary>What was found.</summary>
    public required string Text { get; init; }

    /// <summary>When it was first found.</summary>
    public required DateTimeOffset First { get; init; }

    /// <summary>When it was last found.</summary>
    public required DateTimeOffset Last { get; init; }

    /// <summary>How often it was found.</summary>
    public required long Count { get; init; }

    /// <summary>Whether it is still going on.</summary>
    public required bool IsCurrent { get; init; }

    /// <summary>Whether it is only listed, and nobody is told.</summary>
    public required bool IsSilent { get; init; }

    /// <summary>The principal that it is about.</summary>
    public string? Principal { get; init; }

    /// <summary>The key that it is about.</summary>
    public string? Key { get; init; }

    /// <summary>From where it came.</summary>
    public string? Source { get; init; }

    /// <summary>The destinations that have yet to be told.</summary>
    public ImmutableArray<string> Pending { get; init; } = [];
}

/// <summary>The alerts of late, those found last first.</summary>
public sealed record ClientAlerts
{
    /// <summary>The alerts.</summary>
    public required ImmutableArray<ClientAlert> Alerts { get; init; }

    /// <summary>How far the learning of habits is.</summary>
    public required ClientAlertLearning Learning { get; init; }
}

/// <summary>How far the learning of habits is.</summary>
public sealed record ClientAlertLearning
{
    /// <summary>Principals that are known.</summary>
    public required int Known { get; init; }

    /// <summary>Those of them that are still being learned.</summary>
    public required int Learning { get; init; }

    /// <summary>Records of the trail that have yet to be looked at.</summary>
    public required long Lag { get; init; }
}
