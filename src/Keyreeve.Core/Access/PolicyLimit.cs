using System.ComponentModel;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Access;

/// <summary>How much somebody may ask for.</summary>
[Description("How much may be asked for. Exactly one of principal, eachPrincipal, key and tenant says whose limit it is.")]
public sealed record PolicyLimit
{
    /// <summary>For a principal.</summary>
    [Description("For this principal.")]
    public string? Principal { get; init; }

    /// <summary>For each principal.</summary>
    [Description("true: for each principal that has none of its own.")]
    public bool? EachPrincipal { get; init; }

    /// <summary>For a key.</summary>
    [Description("For the key with this identifier, whoever uses it.")]
    public string? Key { get; init; }

    /// <summary>For the tenant.</summary>
    [Description("true: for the whole tenant.")]
    public bool? Tenant { get; init; }

    /// <summary>Operations a second.</summary>
    [Description("How many operations a second, in the long run: 1 to 1000000.")]
    public int? PerSecond { get; init; }

    /// <summary>Operations at once.</summary>
    [Description("How many at once after a pause; as many as in a second if absent. With perSecond.")]
    public int? Burst { get; init; }

    /// <summary>Operations a day.</summary>
    [Description("How many operations from midnight to midnight, UTC.")]
    public long? PerDay { get; init; }

    /// <summary>Objects.</summary>
    [Description("How many objects there may be, each version of a key counted, destroyed ones too: of the tenant, or that the principal made. Not with key.")]
    public long? Objects { get; init; }

    internal static PolicyLimit Of(LimitRule rule) => new()
    {
        Principal = rule.Principal,
        EachPrincipal = rule.IsForEachPrincipal ? true : null,
        Key = rule.Key?.ToString(),
        Tenant = rule.IsForTenant ? true : null,
        PerSecond = rule.PerSecond,
        Burst = rule.Burst,
        PerDay = rule.PerDay,
        Objects = rule.Objects,
    };

    /// <summary>Reads it; what is wrong is added to the faults.</summary>
    internal LimitRule Read(List<string> faults)
    {
        const int MostPerSecond = 1_000_000;
        const long MostPerDay = 1L << 39;
        var subjects = (Principal is null ? 0 : 1) + (EachPrincipal is true ? 1 : 0) + (Key is null ? 0 : 1) + (Tenant is true ? 1 : 0);
        if (subjects != 1) faults.Add("exactly one of 'principal', 'eachPrincipal', 'key' and 'tenant' says whose it is");
        if (Principal is { } name && !PrincipalName.IsWellFormed(name)) faults.Add("its principal is no name that one can have; there are no wildcards");
        if (PerSecond is null && PerDay is null && Objects is null) faults.Add("it limits nothing");
        if (PerSecond is < 1 or > MostPerSecond) faults.Add($"'perSecond' is 1 to {MostPerSecond}");
        if (Burst is { } burst && (PerSecond is null || burst is < 1 or > MostPerSecond)) faults.Add($"'burst' is 1 to {MostPerSecond}, with 'perSecond'");
        if (PerDay is < 1 or > MostPerDay) faults.Add($"'perDay' is 1 to {MostPerDay}");
        if (Objects is { } objects && (objects < 1 || Key is not null)) faults.Add("'objects' is 1 or more, of the tenant or of a principal");
        UniqueIdentifier? key = null;
        if (Key is { } text)
        {
            if (UniqueIdentifier.TryParse(text, out var id)) key = id;
            else faults.Add($"'{text}' is no key's identifier");
        }

        return new LimitRule
        {
            Principal = Principal, IsForEachPrincipal = EachPrincipal is true, Key = key, IsForTenant = Tenant is true, PerSecond = PerSecond, Burst = Burst,
            PerDay = PerDay, Objects = Objects,
        };
    }

    /// <summary>By what two limits are found to be of one and the same.</summary>
    internal string Subject => Principal ?? (Key is null ? Tenant is true ? "tenant:" : "each:" : "key:" + Key);
}
