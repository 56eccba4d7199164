using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Keyreeve.Core.Access;
using Keyreeve.Server.Configuration;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Keyreeve.Server.Identity;

/// <summary>
/// Says whose a bearer token is: signed by an issuer that is configured, with a key and an algorithm that are configured,
/// for this server, now. What the token itself says of keys or addresses decides nothing. Thread safe.
/// </summary>
/// <remarks>
/// A signature costs more than the rest of a request, so what was found is kept by the token's hash, until some issuer's keys
/// change. Time is looked at each time nevertheless.
/// </remarks>
internal sealed class TokenIssuers : IAsyncDisposable
{
    private const int MostKept = 10_000;
    private const int LongestTokenInCharacters = 8 * 1024;
    private const long MostSeconds = 253_402_300_799; // the year 9999
    private static readonly TimeSpan KeysInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    // No mapping of claims; RFC 8725 §3: one kind of token, checked whole.
    private static readonly JsonWebTokenHandler Handler = new() { MaximumTokenSizeInBytes = LongestTokenInCharacters, MapInboundClaims = false };

    // Of OpenID Connect, which need not say it, and of RFC 9068. spec: RFC 7515 §4.1.9: a media type, its "application/" left out or not.
    private static readonly FrozenSet<string> Types = new[] { "", "JWT", "at+jwt", "application/jwt", "application/at+jwt" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private readonly FrozenDictionary<string, TrustedIssuer> _issuers;
    private readonly PrincipalDirectory _principals;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private volatile TwoGenerations<KnownToken> _kept = new(MostKept / 2);

    /// <param name="issuers">Whose tokens are accepted.</param>
    /// <param name="principals">Whose subjects are known.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told when keys are taken over or refused.</param>
    public TokenIssuers(IEnumerable<TokenIssuerOptions> issuers, PrincipalDirectory principals, TimeProvider time, Action<string> log)
    {
        _issuers = issuers.ToFrozenDictionary(o => o.Issuer, o => new TrustedIssuer(o, new TokenIssuerKeys(o.KeysFile, log)), StringComparer.Ordinal);
        _principals = principals;
        _time = time;
        Refresh();
        _timer = time.CreateTimer(_ => Refresh(), null, KeysInterval, KeysInterval);
    }

    /// <summary>Whether an issuer's tokens are accepted.</summary>
    public bool Trusts(string issuer) => _issuers.ContainsKey(issuer);

    /// <summary>Decides on a token.</summary>
    /// <param name="token">The compact serialisation.</param>
    /// <returns>
    /// The principal, perhaps a disabled one, and null; <see cref="Principal.Unknown"/> and why, for the log, if the token is
    /// not accepted or nobody is known by its subject.
    /// </returns>
    public async ValueTask<(Principal Principal, string? Fault)> IdentifyAsync(string token)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
        // Before the keys are asked: what is found by keys that are replaced meanwhile is kept where nobody looks any more.
        var kept = _kept;
        var known = kept.Find(hash);
        if (known is null)
        {
            var (examined, fault) = await ExamineAsync(token);
            if (examined is null) return (Principal.Unknown(""), fault);
            known = examined;
            kept.Keep(hash, known);
        }

        var now = _time.GetUtcNow();
        if (now >= known.ExpiresAt + ClockSkew) return (Principal.Unknown(known.Identity), "it has expired");
        if (now < known.NotBefore - ClockSkew) return (Principal.Unknown(known.Identity), "it does not hold yet");
        return _principals.Find(known.Identity) is { } found
            ? (found, null)
            : (Principal.Unknown(known.Identity), $"nobody is known as the subject '{known.Subject}'");
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Refresh()
    {
        foreach (var issuer in _issuers.Values)
            if (issuer.Keys.Refresh()) _kept = new TwoGenerations<KnownToken>(MostKept / 2);
    }

    private async ValueTask<(KnownToken? Token, string? Fault)> ExamineAsync(string token)
    {
        if (token.Length > LongestTokenInCharacters) return (null, "it is too long");
        JsonWebToken read;
        try
        {
            read = Handler.ReadJsonWebToken(token);
        }
        catch (Exception malformed) when (malformed is ArgumentException or SecurityTokenException)
        {
            return (null, "it is not a JSON Web Token");
        }

        // spec: RFC 7515 §4.1.11 "If any of the listed extension Header Parameters are not understood and supported by the recipient, then the
        // JWS is invalid." None is understood here, the unencoded payload of RFC 7797 included.
        if (read.TryGetHeaderValue("crit", out object _)) return (null, "it has critical extensions, and none is understood here");
        // spec: RFC 8725 §3.11 "Use Explicit Typing": a logout token of the same issuer has the same audience and subject, and lets nobody in.
        if (!Types.Contains(read.Typ ?? "")) return (null, "it is a token of another type");
        // Which issuer's keys are tried is all that is believed before the signature is.
        if (!_issuers.TryGetValue(read.Issuer, out var issuer)) return (null, "its issuer is not trusted here");
        var result = await Handler.ValidateTokenAsync(token, issuer.Parameters(read));
        if (!result.IsValid) return (null, result.Exception?.GetType().Name ?? "it is not valid");
        return Accept(read, issuer.Options);
    }

    private static (KnownToken?, string?) Accept(JsonWebToken token, TokenIssuerOptions issuer)
    {
        if (string.IsNullOrEmpty(token.Subject)) return (null, "it has no subject");
        if (!token.TryGetPayloadValue(JwtRegisteredClaimNames.Exp, out long expires)) return (null, "it does not say when it ends");
        if (!token.TryGetPayloadValue(JwtRegisteredClaimNames.Iat, out long issued)) return (null, "it does not say when it was issued");
        if (expires is <= 0 or > MostSeconds || issued is <= 0 or > MostSeconds) return (null, "its times are out of range");
        if (expires - issued > issuer.LongestLifetime.TotalSeconds) return (null, "it holds longer than is allowed for this issuer");
        var from = issued;
        if (token.TryGetPayloadValue(JwtRegisteredClaimNames.Nbf, out object _)
            && !(token.TryGetPayloadValue(JwtRegisteredClaimNames.Nbf, out from) && from is > 0 and <= MostSeconds)) return (null, "its times are out of range");
        return (new KnownToken(
            PrincipalCredential.IdentityOfSubject(issuer.Issuer, token.Subject), token.Subject,
            DateTimeOffset.FromUnixTimeSeconds(Math.Max(from, issued)), DateTimeOffset.FromUnixTimeSeconds(expires)), null);
    }

    private sealed record KnownToken(string Identity, string Subject, DateTimeOffset NotBefore, DateTimeOffset ExpiresAt);

    private sealed record TrustedIssuer(TokenIssuerOptions Options, TokenIssuerKeys Keys)
    {
        // spec: RFC 8725 §3.1 "Perform Algorithm Verification", §3.8 "Validate Issuer and Subject", §3.9 "Use and Validate Audience"
        public TokenValidationParameters Parameters(JsonWebToken token) => new()
        {
            ValidIssuer = Options.Issuer,
            ValidAudience = Options.Audience,
            IgnoreTrailingSlashWhenValidatingAudience = false,
            ValidAlgorithms = Options.Algorithms,
            // spec: RFC 7517 §4.4 "identifies the algorithm intended for use with the key": with that one, where it says one.
            IssuerSigningKeys = Keys.Current.Where(key => string.IsNullOrEmpty(key.Alg) || string.Equals(key.Alg, token.Alg, StringComparison.Ordinal)),
            // A token that names its key is signed by that one or by none.
            TryAllIssuerSigningKeys = string.IsNullOrEmpty(token.Kid),
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            RequireAudience = true,
            // By our clock, each time the token is shown.
            ValidateLifetime = false,
        };
    }
}
