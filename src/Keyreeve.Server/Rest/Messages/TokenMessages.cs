using System.Collections.Immutable;
using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Keyreeve.Server.Rest.Messages;

[Description("A token to be made.")]
internal sealed record CreateTokenBody
{
    [Description("Whose it is to be; the caller's own if absent.")]
    public string? Principal { get; init; }

    [Description("What it is for.")]
    public required string Label { get; init; }

    [Description("The rights: use, manage, export, audit, officer, operate, view, encrypt, decrypt, generate, sign, verify. What its principal may not, it may not either.")]
    public required ImmutableArray<string> Allow { get; init; }

    [Description("The key groups it is for, with all below them; wherever its principal has rights if there are neither groups nor keys.")]
    public ImmutableArray<string>? Groups { get; init; }

    [Description("The keys it is for, by identifier.")]
    public ImmutableArray<string>? Keys { get; init; }

    [Description("The networks it may be used from, as 10.1.0.0/16 or 2001:db8::/32; from everywhere if absent.")]
    public ImmutableArray<string>? Networks { get; init; }

    [Description("How long it holds, as an ISO 8601 duration; PT1M to P90D, P1D if absent.")]
    public string? ValidFor { get; init; }
}

[Description("What is kept of a token. The token itself is not.")]
internal sealed record TokenMessage
{
    [Description("By which it can be revoked; the audit trail names it as the credential.")]
    public required string Id { get; init; }

    [Description("Whose it is.")]
    public required string Principal { get; init; }

    [Description("What it is for.")]
    public required string Label { get; init; }

    [Description("The roles that it has of its principal's.")]
    public required ImmutableArray<string> Roles { get; init; }

    [Description("The key groups it is for.")]
    public required ImmutableArray<string> Groups { get; init; }

    [Description("The keys it is for.")]
    public required ImmutableArray<string> Keys { get; init; }

    [Description("The networks it may be used from.")]
    public required ImmutableArray<string> Networks { get; init; }

    [Description("When it was made.")]
    public required DateTimeOffset CreatedAt { get; init; }

    [Description("Who made it.")]
    public required string CreatedBy { get; init; }

    [Description("From when on it does not hold.")]
    public required DateTimeOffset ExpiresAt { get; init; }

    [Description("When it was used last; absent if it never was.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? LastUsedAt { get; init; }
}

// A class: a record's generated ToString would print the token.
[Description("A new token, shown this once.")]
internal sealed class IssuedTokenMessage
{
    [Description("The token, for 'Authorization: Bearer'.")]
    public required string Token { get; init; }

    [Description("What is kept of it.")]
    public required TokenMessage Terms { get; init; }
}

[Description("Tokens, by principal and age.")]
internal sealed record TokenListMessage
{
    [Description("The tokens.")]
    public required ImmutableArray<TokenMessage> Tokens { get; init; }
}
