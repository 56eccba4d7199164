using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Access;

/// <summary>What is kept of a token: how it is recognised, until when it holds, and to what it narrows its principal's rights.</summary>
// A class: a record's generated ToString would print the hash.
public sealed class TokenTerms
{
    /// <summary>How long a token holds if nothing else is asked for.</summary>
    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromDays(1);

    /// <summary>The longest that a token holds.</summary>
    public static readonly TimeSpan LongestLifetime = TimeSpan.FromDays(90);

    /// <summary>SHA-256 of the secret, hexadecimal.</summary>
    public required string SecretHash { get; init; }

    /// <summary>What it is for, for people.</summary>
    public required string Label { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who made it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>From when on it does not hold.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Which roles of its principal it has.</summary>
    public required ImmutableArray<Role> Roles { get; init; }

    /// <summary>In which key groups; with none and no keys, wherever its principal has them.</summary>
    public ImmutableArray<string> Groups { get; init; } = [];

    /// <summary>For which keys besides.</summary>
    public ImmutableArray<string> Keys { get; init; } = [];

    /// <summary>From which networks; none: from all.</summary>
    public ImmutableArray<string> Networks { get; init; } = [];
}

/// <summary>To what a token narrows what its principal may do, ready to decide. It gives nothing by itself.</summary>
public sealed class TokenRights
{
    // What makes something that lasts longer than the token, or ends another one.
    private static readonly OperationSet Never = OperationSet.Of(
        OperationName.CreateOwnToken, OperationName.RevokeOwnToken, OperationName.CreateToken, OperationName.ReProvision, OperationName.RenewCertificate,
        OperationName.CreateGrant, OperationName.RevokeOwnGrant);

    private static readonly ImmutableArray<(Role Role, OperationSet Gives)> BuiltIn =
        [.. Enum.GetValues<Role>().Where(static role => role != Role.None).Select(static role => (role, RoleCatalog.GivenBy(role)))];

    private readonly OperationSet _operations;
    private readonly ImmutableArray<GroupName> _groups;
    private readonly ImmutableArray<UniqueIdentifier> _keys;
    private readonly ImmutableArray<NetworkRange> _networks;
    private readonly DateTimeOffset _expiresAt;

    internal TokenRights(string identity, TokenTerms terms)
    {
        Rule = identity;
        Terms = terms;
        _operations = terms.Roles.Select(RoleCatalog.GivenBy).Aggregate(OperationSet.Empty, static (all, of) => all.Union(of)).Except(Never);
        _groups = [.. terms.Groups.Select(GroupName.Parse)];
        _keys = [.. terms.Keys.Select(UniqueIdentifier.Parse)];
        _networks = [.. terms.Networks.Select(ReadNetwork)];
        _expiresAt = terms.ExpiresAt;
    }

    /// <summary>How a decision is named that a token made.</summary>
    public string Rule { get; }

    /// <summary>What is kept of the token.</summary>
    public TokenTerms Terms { get; }

    /// <summary>
    /// What the token leaves of a role, in roles for people to read: the role itself, the largest built-in ones that it contains, or the role
    /// <c>in part</c> if what is left has no name.
    /// </summary>
    /// <param name="role">The role's name.</param>
    /// <param name="gives">What it gives.</param>
    public ImmutableArray<string> Left(string role, OperationSet gives)
    {
        var left = gives.Intersect(_operations);
        if (left.IsEmpty) return [];
        if (left == gives) return [role];
        var within = BuiltIn.Where(one => IsWithin(one.Gives, left)).ToList();
        return within.Count == 0
            ? [role + " in part"]
            : [.. within.Where(one => !within.Exists(other => other.Gives != one.Gives && IsWithin(one.Gives, other.Gives))).Select(static one => one.Role.ToString())];
    }

    /// <summary>Where the token leaves a right that is for a group, or for the whole tenant, or for one key: the same places or smaller ones.</summary>
    /// <param name="group">The right's group; null if it is for the whole tenant, or for a key.</param>
    /// <param name="key">The right's key; null if it is for a group or the tenant.</param>
    /// <param name="groupOf">Tells in which group a key is; null if there is no such key.</param>
    public async ValueTask<ImmutableArray<(GroupName? Group, UniqueIdentifier? Key)>> PlacesAsync(
        GroupName? group, UniqueIdentifier? key, Func<UniqueIdentifier, ValueTask<GroupName?>> groupOf)
    {
        ArgumentNullException.ThrowIfNull(groupOf);
        if (_groups.IsEmpty && _keys.IsEmpty) return [(group, key)];
        if (key is { } one)
            return _keys.Contains(one) || (await groupOf(one) is { } its && _groups.Any(its.IsWithin)) ? [(null, one)] : [];
        var places = _groups.Where(scope => group is not { } right || scope.IsWithin(right)).Select(static scope => ((GroupName?)scope, (UniqueIdentifier?)null)).ToList();
        if (group is { } narrower && _groups.Any(scope => scope != narrower && narrower.IsWithin(scope))) places.Add((narrower, null));
        foreach (var only in _keys)
            if (group is not { } around || (await groupOf(only) is { } its && its.IsWithin(around))) places.Add((null, only));
        return [.. places];
    }

    private static bool IsWithin(OperationSet one, OperationSet other) => one.Except(other).IsEmpty;

    /// <summary>Whether the token leaves its principal this. Allocates nothing, unless it has to read an IPv6 address.</summary>
    public bool Leaves(in AccessQuestion question)
    {
        if (question.Call.Time >= _expiresAt || !IsInNetwork(question.Call)) return false;
        if (RoleCatalog.Open.Contains(question.Operation)) return !Never.Contains(question.Operation);
        if (question.Operation is OperationName.ListOwnTokens or OperationName.ListOwnGrants) return true;
        return _operations.Contains(question.Operation) && ((_groups.IsEmpty && _keys.IsEmpty) || Covers(question));
    }

    internal static NetworkRange ReadNetwork(string text) => NetworkRange.TryParse(text, out var network)
        ? network
        : throw new KeyreeveException(KeyreeveError.InvalidField, $"'{text}' is no network; one is written as 10.1.0.0/16 or 2001:db8::/32.");

    private bool IsInNetwork(Call call)
    {
        if (_networks.IsEmpty) return true;
        if (call.SourceNetworkAddress is not { } address) return false;
        foreach (var network in _networks)
            if (network.Contains(address)) return true;
        return false;
    }

    private bool Covers(in AccessQuestion question)
    {
        if (question.Key is { } key && _keys.Contains(key)) return true;
        if (question.Group is not { } group) return false;
        foreach (var scope in _groups)
            if (group.IsWithin(scope)) return true;
        return false;
    }
}
