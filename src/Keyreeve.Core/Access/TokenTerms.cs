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

    private readonly OperationSet _operations;
    private readonly ImmutableArray<GroupName> _groups;
    private readonly ImmutableArray<UniqueIdentifier> _keys;
    private readonly ImmutableArray<NetworkRange> _networks;
    private readonly DateTimeOffset _expiresAt;

    internal TokenRights(string identity, TokenTerms terms)
    {
        Rule = identity;
        _operations = terms.Roles.Select(RoleCatalog.GivenBy).Aggregate(OperationSet.Empty, static (all, of) => all.Union(of)).Except(Never);
        _groups = [.. terms.Groups.Select(GroupName.Parse)];
        _keys = [.. terms.Keys.Select(UniqueIdentifier.Parse)];
        _networks = [.. terms.Networks.Select(ReadNetwork)];
        _expiresAt = terms.ExpiresAt;
    }

    /// <summary>How a decision is named that a token made.</summary>
    public string Rule { get; }

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
