using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core.Access;

namespace Keyreeve.Server.Identity;

/// <summary>
/// Says whether a client's certificate is to be trusted: issued by an authority that is trusted for clients, for
/// authenticating clients, now, for a key that is strong enough, and not revoked. The chain is built here; what the
/// handshake built or the client sent along decides nothing. Thread safe.
/// </summary>
/// <remarks>
/// Building a chain costs about as much as the rest of a handshake, so what was found is kept by the certificate's hash.
/// Time and revocation are looked at each time nevertheless.
/// </remarks>
public sealed class ClientCertificateValidator
{
    private const int MostKept = 10_000;
    private const int MostNames = 64;
    private const string SubjectAlternativeName = "2.5.29.17";

    // SHA-2 with ECDSA, RSA or RSA-PSS; Ed25519.
    private static readonly string[] SignatureAlgorithms =
    [
        "1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4",
        "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13", "1.2.840.113549.1.1.10", "1.3.101.112",
    ];

    private readonly Func<ImmutableArray<X509Certificate2>> _trusted;
    private readonly RevocationSource _revocation;
    private readonly PrincipalDirectory _principals;
    private readonly TimeProvider _time;
    private Trust _trust;

    internal ClientCertificateValidator(
        Func<ImmutableArray<X509Certificate2>> trusted, RevocationSource revocation, PrincipalDirectory principals, TimeProvider time)
    {
        _trusted = trusted;
        _trust = new Trust(trusted());
        _revocation = revocation;
        _principals = principals;
        _time = time;
    }

    /// <summary>Told of a principal who shows a renewed key that nobody was known to use; may be told more than once. Must not block.</summary>
    internal Action<Principal>? RenewedKeyShown { get; set; }

    /// <summary>The fingerprints of the public keys of the roots that are trusted for clients.</summary>
    public ImmutableArray<string> RootFingerprints =>
        [.. Authorities.Where(IsSelfIssued).Select(static root => PublicKeyRules.FingerprintOf(root.PublicKey)).Distinct(StringComparer.Ordinal)];

    /// <summary>Under whom clients' certificates are trusted.</summary>
    internal ImmutableArray<X509Certificate2> Authorities => _trusted();

    /// <summary>Decides on a certificate, in a handshake and again when it is done.</summary>
    /// <param name="certificate">What the client showed; null if nothing.</param>
    /// <param name="fault">Why not, for the log; null if it is trusted.</param>
    /// <returns>Whose key it is; null if it is not trusted. Whether anybody is known by the key is another question.</returns>
    public ClientIdentity? Identify(X509Certificate? certificate, out string? fault)
    {
        if (certificate is not X509Certificate2 shown)
        {
            fault = "no certificate was shown";
            return null;
        }

        fault = Find(shown, Current(), out var trusted) ?? FaultNow(trusted!);
        return fault is null ? new ClientIdentity(shown.RawDataMemory, trusted!, this) : null;
    }

    /// <summary>What holds of a certificate that was trusted, under the authorities of now.</summary>
    /// <returns>The same, if they have not changed; null if none of them issued it.</returns>
    internal TrustedCertificate? FindAgain(ReadOnlyMemory<byte> certificate, TrustedCertificate known)
    {
        var trust = Current();
        if (ReferenceEquals(known.Trust, trust)) return known;
        using var shown = X509CertificateLoader.LoadCertificate(certificate.Span);
        return Find(shown, trust, out var trusted) is null ? trusted : null;
    }

    // Another object whenever the authorities are others: what was found under the old ones says nothing.
    private Trust Current()
    {
        var trusted = _trusted();
        var trust = Volatile.Read(ref _trust);
        if (trust.Authorities == trusted) return trust;
        var changed = new Trust(trusted);
        var was = Interlocked.CompareExchange(ref _trust, changed, trust);
        return ReferenceEquals(was, trust) ? changed : Current();
    }

    private string? Find(X509Certificate2 shown, Trust trust, out TrustedCertificate? trusted)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(shown.RawDataMemory.Span));
        trusted = trust.Kept.Find(hash);
        if (trusted is not null) return null;
        if (Examine(shown, trust, out trusted) is { } fault) return fault;
        trust.Kept.Keep(hash, trusted!);
        return null;
    }

    /// <summary>Why a certificate that was trusted is not, now; null if it is.</summary>
    internal string? FaultNow(TrustedCertificate trusted)
    {
        var now = _time.GetUtcNow();
        if (now < trusted.NotBefore) return "it does not hold yet";
        if (now >= trusted.NotAfter) return "it has expired";
        if (_revocation.Current is not { } revocations) return null;
        foreach (var link in trusted.Links)
            if (revocations.FaultOf(link, now) is { } fault) return fault;
        return null;
    }

    // Who is known by the key is whoever the key's owner is, disabled or not. Otherwise a name decides that the root vouches
    // for; a certificate whose names are two principals' is nobody's.
    internal Principal? FindInDirectory(TrustedCertificate certificate)
    {
        if (_principals.Find(certificate.Fingerprint) is { } owner)
        {
            // Another key of its holder's has taken this one's place: nobody is known by it any more.
            if (owner.CredentialEndsAt <= _time.GetUtcNow()) return null;
            if (owner is { ShowsUnusedKey: true, IsDisabled: false }) RenewedKeyShown?.Invoke(owner);
            return owner;
        }

        Principal? named = null;
        foreach (var name in certificate.Names)
        {
            if (_principals.Find(name) is not { } found) continue;
            if (named is not null && !string.Equals(named.Fingerprint, found.Fingerprint, StringComparison.Ordinal)) return null;
            named = found;
        }

        return named;
    }

    private string? Examine(X509Certificate2 certificate, Trust trust, out TrustedCertificate? trusted)
    {
        trusted = null;
        if (!certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>()
            .Any(usage => usage.EnhancedKeyUsages.Cast<Oid>().Any(oid => string.Equals(oid.Value, PublicKeyRules.ClientAuthentication, StringComparison.Ordinal))))
            return "it is not for authenticating clients";
        if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority))
            return "it is an authority's own";
        if (PublicKeyRules.FaultOf(certificate.PublicKey) is { } weak) return weak;

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        foreach (var authority in trust.Authorities)
            (IsSelfIssued(authority) ? chain.ChainPolicy.CustomTrustStore : chain.ChainPolicy.ExtraStore).Add(authority);
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(PublicKeyRules.ClientAuthentication));
        chain.ChainPolicy.DisableCertificateDownloads = true;
        // Our own lists are asked instead; .NET would look for others on the network.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = _time.GetUtcNow().UtcDateTime;
        if (!chain.Build(certificate)) return "no trusted authority issued it, or it does not hold now: " + StatusOf(chain);

        var elements = chain.ChainElements.Select(element => element.Certificate).ToArray();
        if (elements[..^1].Any(c => !SignatureAlgorithms.Contains(c.SignatureAlgorithm.Value, StringComparer.Ordinal)))
            return "it is signed with an algorithm that is not accepted";

        if (ReadNames(certificate, PublicKeyRules.FingerprintOf(elements[^1].PublicKey), out var names) is { } unread) return unread;
        trusted = new TrustedCertificate(
            PublicKeyRules.FingerprintOf(certificate.PublicKey),
            elements.Max(c => new DateTimeOffset(c.NotBefore)),
            elements.Min(c => new DateTimeOffset(c.NotAfter)),
            [.. elements[..^1].Select(IssuedSerial.Of)],
            names,
            trust);
        return null;
    }

    // URIs (SPIFFE) as they are, compared octet by octet; hosts' names in lower case. What is wrong with them is returned.
    private static string? ReadNames(X509Certificate2 certificate, string root, out ImmutableArray<string> names)
    {
        const string Unreadable = "its alternative names cannot be read";
        names = [];
        if (certificate.Extensions.FirstOrDefault(e => e.Oid?.Value is SubjectAlternativeName) is not { } extension) return null;
        var (uris, isSpiffe) = (0, false);
        var found = ImmutableArray.CreateBuilder<string>();
        try
        {
            var reader = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (reader.HasData)
            {
                var tag = reader.PeekTag();
                // spec: RFC 5280 §4.2.1.6: dNSName [2] IA5String, uniformResourceIdentifier [6] IA5String
                if (tag is { TagClass: TagClass.ContextSpecific, TagValue: 2 })
                    found.Add(PrincipalCredential.IdentityOfName(root, "dns:" + reader.ReadCharacterString(UniversalTagNumber.IA5String, tag).ToLowerInvariant()));
                else if (tag is { TagClass: TagClass.ContextSpecific, TagValue: 6 })
                {
                    var uri = reader.ReadCharacterString(UniversalTagNumber.IA5String, tag);
                    uris++;
                    isSpiffe |= uri.StartsWith("spiffe:", StringComparison.OrdinalIgnoreCase);
                    found.Add(PrincipalCredential.IdentityOfName(root, "uri:" + uri));
                }
                else
                {
                    reader.ReadEncodedValue();
                }

                if (found.Count > MostNames) return Unreadable;
            }
        }
        catch (AsnContentException)
        {
            return Unreadable;
        }

        // spec: X509-SVID §2 "An X.509 SVID MUST contain exactly one URI SAN, and by extension, exactly one SPIFFE ID."
        if (isSpiffe && uris > 1) return "it has a SPIFFE ID and another URI besides";
        names = found.ToImmutable();
        return null;
    }

    /// <summary>Those who are trusted at one time, and what was found under them.</summary>
    internal sealed class Trust(ImmutableArray<X509Certificate2> authorities)
    {
        public ImmutableArray<X509Certificate2> Authorities { get; } = authorities;

        public TwoGenerations<TrustedCertificate> Kept { get; } = new(MostKept / 2);
    }

    private static bool IsSelfIssued(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    private static string StatusOf(X509Chain chain) => string.Join(", ", chain.ChainStatus.Select(s => s.Status).Distinct());
}

/// <summary>What was found about a certificate that is trusted. Immutable.</summary>
/// <param name="Fingerprint">SHA-256 of its public key.</param>
/// <param name="NotBefore">From when it and those above it hold.</param>
/// <param name="NotAfter">Until when.</param>
/// <param name="Links">It and those above it, without the root: what may be revoked.</param>
/// <param name="Names">Its alternative names, as identities of credentials that the root vouches for.</param>
/// <param name="Trust">Under whom it was found so.</param>
internal sealed record TrustedCertificate(
    string Fingerprint, DateTimeOffset NotBefore, DateTimeOffset NotAfter, ImmutableArray<IssuedSerial> Links, ImmutableArray<string> Names,
    ClientCertificateValidator.Trust Trust);

/// <summary>
/// Whose key a connection's client has. Asked for every request: a certificate that ends, or is revoked, or a principal that
/// is disabled, while the connection is open, is refused at the next one. Thread safe.
/// </summary>
public sealed class ClientIdentity
{
    private readonly ReadOnlyMemory<byte> _shown;
    private readonly ClientCertificateValidator _validator;
    private TrustedCertificate _certificate;

    internal ClientIdentity(ReadOnlyMemory<byte> shown, TrustedCertificate certificate, ClientCertificateValidator validator)
    {
        _shown = shown.ToArray();
        _certificate = certificate;
        _validator = validator;
    }

    /// <summary>SHA-256 of the client's SubjectPublicKeyInfo, lower-case hexadecimal.</summary>
    public string Fingerprint => Volatile.Read(ref _certificate).Fingerprint;

    /// <summary>Until when the certificate holds.</summary>
    public DateTimeOffset ExpiresAt => Volatile.Read(ref _certificate).NotAfter;

    /// <summary>Whether an authority that is trusted now issued it; if not, the connection is ended.</summary>
    public bool IsOfTrustedAuthority => TryFindAgain() is not null;

    /// <summary>Who it is, now.</summary>
    /// <returns>
    /// The principal, perhaps a disabled one, whom policy refuses; <see cref="Principal.Unknown"/> if nobody is known by this
    /// key, or the certificate has expired or was revoked.
    /// </returns>
    public Principal FindPrincipal() =>
        (TryFindAgain() is { } found && _validator.FaultNow(found) is null ? _validator.FindInDirectory(found) : null) ?? Principal.Unknown(Fingerprint);

    /// <summary>Whether that authority itself issued the certificate.</summary>
    internal bool IsIssuedBy(X509Certificate2 authority) =>
        Volatile.Read(ref _certificate).Links is [var own, ..] && own.Issuer.AsSpan().SequenceEqual(authority.SubjectName.RawData);

    private TrustedCertificate? TryFindAgain()
    {
        var known = Volatile.Read(ref _certificate);
        var found = _validator.FindAgain(_shown, known);
        if (found is not null && !ReferenceEquals(found, known)) Volatile.Write(ref _certificate, found);
        return found;
    }
}
