namespace Keyreeve.Server.Alerts;

/// <summary>What a rule has found. Names and addresses stand in it, as in the audit trail, and no secrets.</summary>
internal sealed record AlertFinding
{
    /// <summary>The rule.</summary>
    public required string Rule { get; init; }

    /// <summary>How urgent it is, unless the configuration says otherwise.</summary>
    public required AlertSeverity Severity { get; init; }

    /// <summary>When: of something in the trail, the record's time.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What it is about, in a word that is the same for the same trouble: findings that have it in common are one alert.</summary>
    public required string About { get; init; }

    /// <summary>What was found, and what to do, for people.</summary>
    public required string Text { get; init; }

    /// <summary>The tenant; 0 for the server itself.</summary>
    public int Tenant { get; init; }

    /// <summary>The principal, if it is about one.</summary>
    public string? Principal { get; init; }

    /// <summary>The key, by its name or Unique Identifier, if it is about one.</summary>
    public string? Key { get; init; }

    /// <summary>The address or network from which it came, if that matters.</summary>
    public string? Source { get; init; }
}
