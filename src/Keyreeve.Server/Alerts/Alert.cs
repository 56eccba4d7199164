using System.Collections.Immutable;

namespace Keyreeve.Server.Alerts;

/// <summary>Something that somebody has to know: findings about the same trouble, together. Immutable.</summary>
internal sealed record Alert
{
    /// <summary>Its identity; a new one each time it is told.</summary>
    public required Guid Id { get; init; }

    /// <summary>The rule.</summary>
    public required string Rule { get; init; }

    /// <summary>How urgent it is.</summary>
    public required AlertSeverity Severity { get; init; }

    /// <summary>What it is about, in a word.</summary>
    public required string About { get; init; }

    /// <summary>What was found first.</summary>
    public required string Text { get; init; }

    /// <summary>The tenant; 0 for the server itself.</summary>
    public required int Tenant { get; init; }

    /// <summary>The principal, if it is about one.</summary>
    public string? Principal { get; init; }

    /// <summary>The key, if it is about one.</summary>
    public string? Key { get; init; }

    /// <summary>From where it came, if that matters.</summary>
    public string? Source { get; init; }

    /// <summary>When it was first found.</summary>
    public required DateTimeOffset First { get; init; }

    /// <summary>When it was last found.</summary>
    public required DateTimeOffset Last { get; init; }

    /// <summary>When it was last told.</summary>
    public required DateTimeOffset Told { get; init; }

    /// <summary>When it was seen to hold no more; null while it may, and of what is no condition that could end.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>How often it was found.</summary>
    public required long Count { get; init; }

    /// <summary>Whether it is only listed, since a silence of the configuration or the limit on alerts of a rule applies.</summary>
    public bool IsSilent { get; init; }

    /// <summary>The destinations that have yet to be told.</summary>
    public ImmutableArray<string> Pending { get; init; } = [];
}
