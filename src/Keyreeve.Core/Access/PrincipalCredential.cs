using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Access;

/// <summary>By what a principal is recognised.</summary>
public enum CredentialKind
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A public key: the client shows a certificate for it.</summary>
    PublicKey,

    /// <summary>A subject alternative name that an authority vouches for, whatever the key: a SPIFFE URI, a host's name.</summary>
    CertificateName,

    /// <summary>The subject of an issuer of OpenID Connect tokens.</summary>
    TokenSubject,

    /// <summary>A token of our own, which narrows what the principal may do.</summary>
    ApiToken,
}

/// <summary>
/// One of the things that a principal is recognised by. A principal may have several; to disable it ends them all.
/// </summary>
public sealed partial record PrincipalCredential
{
    /// <summary>The kind of the documents that keep credentials unique; the key is <see cref="Identity"/>.</summary>
    public const string DocumentKind = "principal-credential";

    private const int LongestPart = 512;

    /// <summary>What kind it is.</summary>
    public required CredentialKind Kind { get; init; }

    /// <summary>
    /// By what it is found: of a key the SHA-256 of its SubjectPublicKeyInfo; of a name or a subject a hash of both its
    /// parts, with a prefix. No two credentials have the same.
    /// </summary>
    public required string Identity { get; init; }

    /// <summary>Who vouches: of a name the authority's fingerprint, of a subject the issuer; empty for a key.</summary>
    public string Authority { get; init; } = "";

    /// <summary>The name or the subject; empty for a key.</summary>
    public string Name { get; init; } = "";

    /// <summary>What a token of our own leaves of the principal's rights; null for all other kinds.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TokenTerms? Token { get; init; }

    /// <summary>What is kept of a key with which its holder replaced an earlier one; null for all other credentials.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KeyRenewal? Renewal { get; init; }

    /// <summary>From when on it does not hold, since a renewed key is in use; null if none is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? EndsAt { get; init; }

    /// <summary>A token of our own.</summary>
    /// <param name="identity">By what it is found.</param>
    /// <param name="terms">What is kept of it.</param>
    public static PrincipalCredential OfToken(string identity, TokenTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        return new() { Kind = CredentialKind.ApiToken, Identity = identity, Name = terms.Label, Token = terms };
    }

    /// <summary>A public key.</summary>
    /// <param name="fingerprint">SHA-256 of the SubjectPublicKeyInfo, lower-case hexadecimal.</param>
    public static PrincipalCredential OfKey(string fingerprint) => new() { Kind = CredentialKind.PublicKey, Identity = fingerprint };

    /// <summary>A subject alternative name.</summary>
    /// <param name="authority">SHA-256 of the SubjectPublicKeyInfo of the trusted root, lower-case hexadecimal.</param>
    /// <param name="name">The name with its kind: <c>uri:spiffe://example.org/billing</c> or <c>dns:billing.example.org</c>.</param>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: it is neither, or no certificate can have it.</exception>
    public static PrincipalCredential OfName(string authority, string name)
    {
        ArgumentNullException.ThrowIfNull(authority);
        ArgumentNullException.ThrowIfNull(name);
        if (authority.Length != 64 || !authority.All(char.IsAsciiHexDigitLower))
            throw new KeyreeveException(KeyreeveError.InvalidField, "An authority is named by the SHA-256 of its public key: 64 hexadecimal digits in lower case.");
        if (!name.StartsWith("uri:", StringComparison.Ordinal) && !name.StartsWith("dns:", StringComparison.Ordinal))
            throw new KeyreeveException(KeyreeveError.InvalidField, "A name in a certificate is 'uri:…' or 'dns:…'.");
        Require(name, "name in a certificate");
        var spelled = Spelled(name);
        return new PrincipalCredential { Kind = CredentialKind.CertificateName, Identity = IdentityOfName(authority, spelled), Authority = authority, Name = spelled };
    }

    /// <summary>The subject of an issuer of tokens.</summary>
    /// <param name="issuer">The issuer, exactly as tokens have it in <c>iss</c>.</param>
    /// <param name="subject">The subject, exactly as tokens have it in <c>sub</c>.</param>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: one is empty, too long, or has control characters.</exception>
    public static PrincipalCredential OfSubject(string issuer, string subject)
    {
        Require(issuer, "issuer");
        Require(subject, "subject");
        return new PrincipalCredential { Kind = CredentialKind.TokenSubject, Identity = IdentityOfSubject(issuer, subject), Authority = issuer, Name = subject };
    }

    /// <summary>The <see cref="Identity"/> of a subject alternative name.</summary>
    public static string IdentityOfName(string authority, string name) => "name-" + Hash(authority, name);

    /// <summary>The <see cref="Identity"/> of a token's subject.</summary>
    public static string IdentityOfSubject(string issuer, string subject) => "subject-" + Hash(issuer, subject);

    /// <summary>The document that keeps it unique: whose it is.</summary>
    internal StoredDocument Seal(DocumentSealer sealer, string fingerprint, long rowVersion) =>
        sealer.Seal(DocumentKind, Identity, rowVersion, Encoding.ASCII.GetBytes(fingerprint));

    // The length goes before: no two pairs make the same bytes.
    private static string Hash(string first, string second) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{first.Length}:{first}{second}")));

    // As it is compared with those in certificates: what none can have would let nobody in, and nobody would know why.
    private static string Spelled(string name)
    {
        if (name.StartsWith("dns:", StringComparison.Ordinal))
        {
            return name.Contains('*', StringComparison.Ordinal)
                ? throw new KeyreeveException(KeyreeveError.InvalidField, "There are no wildcards: each host has a name of its own.")
                : name.ToLowerInvariant();
        }

        return !name.StartsWith("uri:spiffe:", StringComparison.OrdinalIgnoreCase) || SpiffeId().IsMatch(name)
            ? name
            : throw new KeyreeveException(
                KeyreeveError.InvalidField, "A SPIFFE ID is written as spiffe://example.org/billing: scheme and trust domain in lower case, of letters, digits, '.', '-' and '_', nothing encoded.");
    }

    // spec: SPIFFE-ID §2.1, §2.2: one spelling, so that octets can be compared.
    [GeneratedRegex(@"\Auri:spiffe://[a-z0-9._-]{1,255}(/(?!\.{1,2}(/|\z))[A-Za-z0-9._-]+)*\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SpiffeId();

    private static void Require(string text, string what)
    {
        if (text.Length is 0 or > LongestPart || text.Any(char.IsControl))
            throw new KeyreeveException(KeyreeveError.InvalidField, $"The {what} has 1 to {LongestPart} characters, and no control characters.");
    }
}
