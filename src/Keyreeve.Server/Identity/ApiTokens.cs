using System.Security.Cryptography;
using Keyreeve.Core.Access;

namespace Keyreeve.Server.Identity;

/// <summary>
/// Says whose a token of our own is. A token that never was, one with another secret, and one that has ended get one answer after the
/// same work; the secrets' hashes are compared in fixed time. Whoever guesses waits. Thread safe.
/// </summary>
/// <param name="principals">Whose tokens there are.</param>
/// <param name="time">The clock.</param>
internal sealed class ApiTokens(PrincipalDirectory principals, TimeProvider time)
{
    private const int HashSizeInBytes = 32;
    private static readonly string NoHash = new('0', 2 * HashSizeInBytes);

    private readonly WrongTokens _wrong = new(time);

    /// <summary>Whether a text is to be taken for a token of our own.</summary>
    public static bool IsOurs(string token) => token.StartsWith(ApiToken.Prefix, StringComparison.Ordinal);

    /// <summary>Decides on a token.</summary>
    /// <param name="token">What was shown.</param>
    /// <param name="origin">Where it was shown from, as <see cref="NetworkOrigin"/> names it: by this, wrong ones are counted.</param>
    /// <returns>The principal, perhaps a disabled one, and null; <see cref="Principal.Unknown"/> and why, for the log, if it is not accepted.</returns>
    public (Principal Principal, string? Fault) Identify(string token, string origin)
    {
        if (_wrong.IsLockedOut(origin)) return (Principal.Unknown(""), "too many tokens from this address were wrong");
        Span<byte> shown = stackalloc byte[HashSizeInBytes];
        shown.Clear();
        var isToken = ApiToken.TryRead(token, out var identity, shown);
        var found = isToken ? principals.FindToken(identity!) : null;

        Span<byte> kept = stackalloc byte[HashSizeInBytes];
        Convert.FromHexString(found?.Terms.SecretHash ?? NoHash, kept, out _, out _);
        var isRight = CryptographicOperations.FixedTimeEquals(shown, kept);
        if (!isToken || found is not { } known || !isRight)
        {
            _wrong.Note(origin);
            return (Principal.Unknown(""), isToken ? "there is no such token, or its secret is another" : "it is no token of this server's making");
        }

        var now = time.GetUtcNow();
        if (now >= known.Terms.ExpiresAt) return (Principal.Unknown(identity!), "it has expired");
        principals.TokenUses.Note(identity!, now);
        return (known.Principal, null);
    }

    /// <summary>Writes when tokens were used last.</summary>
    public ValueTask WriteUsesAsync() => principals.TokenUses.WriteAsync(identity => principals.FindToken(identity) is not null, CancellationToken.None);
}
