using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Access;

/// <summary>How much somebody may ask for, or may be asked of a key, or a tenant may have; what is null is not limited.</summary>
public sealed record LimitRule
{
    /// <summary>For this principal.</summary>
    public string? Principal { get; init; }

    /// <summary>For each principal that has no limit of its own.</summary>
    public bool IsForEachPrincipal { get; init; }

    /// <summary>For this key, all its versions, whoever uses it.</summary>
    public UniqueIdentifier? Key { get; init; }

    /// <summary>For the whole tenant.</summary>
    public bool IsForTenant { get; init; }

    /// <summary>How many operations a second, in the long run.</summary>
    public int? PerSecond { get; init; }

    /// <summary>How many at once after a pause; null: as many as in a second.</summary>
    public int? Burst { get; init; }

    /// <summary>How many operations from midnight to midnight, UTC.</summary>
    public long? PerDay { get; init; }

    /// <summary>How many objects there may be, of a tenant, or that a principal made.</summary>
    public long? Objects { get; init; }

    /// <summary>For whom or what, in a word.</summary>
    // The names of principals have no colon.
    public string Subject => Principal ?? (Key is { } key ? $"key:{key}" : IsForTenant ? "tenant:" : "each:");
}
