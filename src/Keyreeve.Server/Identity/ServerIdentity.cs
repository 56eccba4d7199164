using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Identity;

/// <summary>What identities are made of.</summary>
public sealed record IdentityParts
{
    /// <summary>Where principals and certificates are kept.</summary>
    public required IObjectStore Store { get; init; }

    /// <summary>The root key and what hangs from it.</summary>
    public required KeyHierarchy Hierarchy { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>DNS names and addresses in the server's certificate.</summary>
    public required IReadOnlyCollection<string> ServerNames { get; init; }

    /// <summary>How long the certificates hold that are issued to clients. Default: 90 days.</summary>
    public TimeSpan ClientCertificateLifetime { get; init; } = CertificateAuthority.ClientLifetime;

    /// <summary>A file with revocation lists; with it, nobody is let in whose issuer has no valid list there. Default: none.</summary>
    public string? RevocationListFile { get; init; }

    /// <summary>Whose tokens are accepted. Default: nobody's.</summary>
    public IReadOnlyCollection<TokenIssuerOptions> TokenIssuers { get; init; } = [];

    /// <summary>Told what an operator should read.</summary>
    public required Action<string> Log { get; init; }
}

/// <summary>
/// Who the server is and whom it knows: principals, certificate authority, the server's certificate, and the judge of
/// clients' certificates. Thread safe.
/// </summary>
public sealed class ServerIdentity : IAsyncDisposable
{
    private const string TrustDocumentKind = "trusted-authorities";
    private const string TrustDocumentKey = "clients";
    private static readonly TimeSpan RevocationInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan UsesInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RenewalInterval = TimeSpan.FromHours(1);

    private readonly IdentityParts _parts;
    private readonly DocumentSealer _sealer;
    private readonly ITimer _revocationTimer;
    private readonly ITimer _usesTimer;
    private readonly ITimer _renewalTimer;
    private Task _usesWritten = Task.CompletedTask;

    private ServerIdentity(
        IdentityParts parts, DocumentSealer sealer, PrincipalDirectory principals, CertificateAuthority authority,
        ServerCertificate certificate, RevocationSource revocation, ImmutableArray<X509Certificate2>? outside)
    {
        _parts = parts;
        _sealer = sealer;
        Principals = principals;
        Authority = authority;
        Certificate = certificate;
        Clients = new ClientCertificateValidator(outside ?? [authority.Certificate], revocation, principals, parts.Time);
        ApiTokens = new ApiTokens(principals, parts.Time);
        Tokens = new TokenIssuers(parts.TokenIssuers, principals, parts.Time, parts.Log);
        Issuer = outside is null ? authority : new OutsideAuthority(Clients);
        _revocationTimer = parts.Time.CreateTimer(_ => revocation.Refresh(), null, RevocationInterval, RevocationInterval);
        _usesTimer = parts.Time.CreateTimer(_ => WriteUses(), null, UsesInterval, UsesInterval);
        _renewalTimer = parts.Time.CreateTimer(_ => _ = RenewAsync(), null, RenewalInterval, RenewalInterval);
    }

    /// <summary>Who is known.</summary>
    public PrincipalDirectory Principals { get; }

    /// <summary>The authority that issued the server's certificate and, unless yours does, the clients'.</summary>
    public CertificateAuthority Authority { get; }

    /// <summary>Gives enrolling principals their certificates.</summary>
    public ICertificateIssuer Issuer { get; }

    /// <summary>The server's certificate.</summary>
    public ServerCertificate Certificate { get; }

    /// <summary>Decides on clients' certificates.</summary>
    public ClientCertificateValidator Clients { get; }

    /// <summary>Decides on tokens of our own.</summary>
    internal ApiTokens ApiTokens { get; }

    /// <summary>Decides on the tokens of issuers.</summary>
    internal TokenIssuers Tokens { get; }

    /// <summary>Opens what <see cref="CreateAsync"/> made.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IntegrityFailure"/>: it was altered outside the server;
    /// <see cref="KeyreeveError.Sealed"/>: it has not been made.</exception>
    public static async ValueTask<ServerIdentity> OpenAsync(IdentityParts parts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var sealer = new DocumentSealer(parts.Hierarchy);
        try
        {
            return await OpenAsync(parts, sealer, cancellationToken);
        }
        catch
        {
            sealer.Dispose();
            throw;
        }
    }

    /// <summary>Makes the authority, if there is none, and keeps which authorities are trusted for clients.</summary>
    /// <param name="parts">What it is made of.</param>
    /// <param name="trustedAuthorities">Your own authorities' certificates, PEM: then this server issues none to clients; null: it does.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: the certificates cannot be used; the message says why.</exception>
    public static async ValueTask CreateAsync(IdentityParts parts, string? trustedAuthorities, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (trustedAuthorities is not null) ReadAuthorities(trustedAuthorities);
        using var sealer = new DocumentSealer(parts.Hierarchy);
        if (await CertificateAuthority.FindAsync(parts, sealer, cancellationToken) is null)
            await CertificateAuthority.CreateAsync(parts.Store, sealer, parts.Hierarchy, parts.Time, cancellationToken);
        if (trustedAuthorities is null) return;

        var known = await parts.Store.FindDocumentAsync(TrustDocumentKind, TrustDocumentKey, cancellationToken);
        var document = sealer.Seal(TrustDocumentKind, TrustDocumentKey, (known?.RowVersion ?? 0) + 1, Encoding.ASCII.GetBytes(trustedAuthorities));
        await parts.Store.CommitAsync(new StoreChanges { Documents = [document] }, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _revocationTimer.DisposeAsync();
        await _usesTimer.DisposeAsync();
        await _renewalTimer.DisposeAsync();
        await Volatile.Read(ref _usesWritten);
        await WriteUsesAsync();
        await Tokens.DisposeAsync();
        Certificate.Dispose();
        _sealer.Dispose();
    }

    private static async ValueTask<ServerIdentity> OpenAsync(IdentityParts parts, DocumentSealer sealer, CancellationToken cancellationToken)
    {
        var trust = await parts.Store.FindDocumentAsync(TrustDocumentKind, TrustDocumentKey, cancellationToken);
        var authority = await CertificateAuthority.FindAsync(parts, sealer, cancellationToken)
            ?? throw new KeyreeveException(KeyreeveError.Sealed, "There is no certificate authority yet; make one with: keyreeve init");
        ImmutableArray<X509Certificate2>? outside = trust is null ? null : ReadAuthorities(Encoding.ASCII.GetString(sealer.Open(trust)));
        var principals = await PrincipalDirectory.OpenAsync(parts.Store, sealer, cancellationToken);
        foreach (var altered in principals.AlteredDocuments)
            parts.Log($"The stored principal with the key {altered} was altered outside the server; it is refused.");
        var certificate = await ServerCertificate.OpenAsync(parts, sealer, authority, cancellationToken);
        var revocation = new RevocationSource(parts.RevocationListFile, outside ?? [authority.Certificate], parts.Time, parts.Log);
        return new ServerIdentity(parts, sealer, principals, authority, certificate, revocation, outside);
    }

    private static ImmutableArray<X509Certificate2> ReadAuthorities(string pem)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException malformed)
        {
            throw Refused("they are not certificates in PEM", malformed);
        }

        if (certificates.Count == 0) throw Refused("there is none");
        if (certificates.Any(c => !c.Extensions.OfType<X509BasicConstraintsExtension>().Any(b => b.CertificateAuthority))) throw Refused("one is not an authority's");
        if (!certificates.Any(c => c.SubjectName.RawData.AsSpan().SequenceEqual(c.IssuerName.RawData))) throw Refused("the root is missing");
        return [.. certificates];
    }

    // One at a time: a store that is slow is not asked more often.
    private void WriteUses()
    {
        if (Volatile.Read(ref _usesWritten).IsCompleted) Volatile.Write(ref _usesWritten, WriteUsesAsync());
    }

    private async Task WriteUsesAsync()
    {
        try
        {
            await ApiTokens.WriteUsesAsync();
        }
        catch (KeyreeveException failure)
        {
            _parts.Log($"When tokens were used last could not be written; it is tried again: {failure.Message}");
        }
    }

    private async Task RenewAsync()
    {
        try
        {
            if (await Certificate.RenewIfDueAsync(CancellationToken.None)) _parts.Log($"The server has a new certificate, until {Certificate.ExpiresAt:u}.");
        }
        catch (Exception failure) when (failure is KeyreeveException or CryptographicException)
        {
            _parts.Log($"The server's certificate could not be renewed; it ends {Certificate.ExpiresAt:u}: {failure.Message}");
        }
    }

    private static KeyreeveException Refused(string reason, Exception? inner = null) =>
        new(KeyreeveError.InvalidField, $"The authorities' certificates cannot be used: {reason}.", inner);
}
