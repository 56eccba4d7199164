using System.Collections.Immutable;

namespace Keyreeve.Server.Configuration;

/// <summary>
/// An issuer of OpenID Connect tokens that is trusted, written in one line:
/// <c>https://login.example audience=keyreeve keys=/etc/keyreeve/login-keys.json algorithms=ES256,RS256</c>.
/// </summary>
public sealed record TokenIssuerOptions
{
    // Signatures with a private key alone: a MAC would be made by whoever can check it.
    private static readonly ImmutableArray<string> KnownAlgorithms =
        ["ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"];

    /// <summary>The issuer, compared with <c>iss</c> octet by octet.</summary>
    public required string Issuer { get; init; }

    /// <summary>Whom its tokens have to be for: one of <c>aud</c>.</summary>
    public string Audience { get; init; } = "";

    /// <summary>A file with its public keys (JWK Set, RFC 7517), read again when it changes.</summary>
    public string KeysFile { get; init; } = "";

    /// <summary>The algorithms that its tokens may be signed with.</summary>
    public ImmutableArray<string> Algorithms { get; init; } = ["ES256", "RS256"];

    /// <summary>The longest that a token may hold, from <c>iat</c> to <c>exp</c>.</summary>
    public TimeSpan LongestLifetime { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Reads the line.</summary>
    /// <exception cref="FormatException">It is not such a line; the message says what is.</exception>
    public static TokenIssuerOptions Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var words = text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0 || words[0].Contains('=', StringComparison.Ordinal))
            throw new FormatException("begins with the issuer as its tokens have it in 'iss', then settings such as 'audience=keyreeve'");
        var issuer = words.Skip(1).Aggregate(new TokenIssuerOptions { Issuer = words[0] }, Apply);
        if (issuer.Audience.Length == 0) throw new FormatException("needs 'audience=', whom tokens have to be for");
        if (issuer.KeysFile.Length == 0) throw new FormatException("needs 'keys=', a file with the issuer's public keys (JWK Set)");
        return issuer;
    }

    private static TokenIssuerOptions Apply(TokenIssuerOptions issuer, string setting)
    {
        var (key, value) = setting.Split('=', 2) is [var k, var v] ? (k, v) : (setting, "");
        return key switch
        {
            "audience" when value.Length > 0 => issuer with { Audience = value },
            "keys" => issuer with { KeysFile = OptionValue.FilePath(value) },
            "algorithms" => issuer with { Algorithms = AlgorithmsOf(value) },
            "longest" => issuer with { LongestLifetime = OptionValue.Time(value, TimeSpan.FromMinutes(1), TimeSpan.FromDays(31)) },
            _ => throw new FormatException($"has no setting '{setting}': there are audience=NAME, keys=FILE, algorithms=LIST and longest=TIME"),
        };
    }

    private static ImmutableArray<string> AlgorithmsOf(string value)
    {
        var names = value.Split(',', StringSplitOptions.RemoveEmptyEntries).ToImmutableArray();
        return names.Length > 0 && names.All(name => KnownAlgorithms.Contains(name, StringComparer.Ordinal))
            ? names
            : throw new FormatException($"has algorithms of {string.Join(", ", KnownAlgorithms)}");
    }
}
