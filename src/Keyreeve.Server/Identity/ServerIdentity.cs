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

    /// <summary>Your own certificate of the server's. Default: its own authority issues it.</summary>
    public ServerCertificateOptions CertificateFiles { get; init; } = new();

    /// <summary>How long the certificates hold that are issued to clients. Default: 90 days.</summary>
    public TimeSpan ClientCertificateLifetime { get; init; } = CertificateAuthority.ClientLifetime;

    /// <summary>A file with revocation lists; with it, nobody is let in whose issuer has no valid list there. Default: none.</summary>
    public string? RevocationListFile { get; init; }

    /// <summary>A file with the certificates of your own authorities for clients, in the place of those that were given when the installation was made. Default: none.</summary>
    public string? ClientAuthoritiesFile { get; init; }

    /// <summary>Whose tokens are accepted. Default: nobody's.</summary>
    public IReadOnlyCollection<TokenIssuerOptions> TokenIssuers { get; init; } = [];

    /// <summary>Told what an operator should read.</summary>
    public required Action<string> Log { get; init; }

    /// <summary>Told what an operator has to mend. Default: as <see cref="Log"/>.</summary>
    public Action<string> Alarm { get => field ?? Log; init; }

    /// <summary>Writes into the audit trail what was read anew, or why it was refused. Default: there is no trail yet.</summary>
    public Action<string, KeyreeveError> Record { get; init; } = static (_, _) => { };
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
    private readonly RevocationSource _revocation;
    private AuthorityFile? _authorityFile;
    private readonly ITimer _revocationTimer;
    private readonly ITimer _usesTimer;
    private readonly ITimer _renewalTimer;
    private Task _usesWritten = Task.CompletedTask;

    private ServerIdentity(
        IdentityParts parts, DocumentSealer sealer, PrincipalDirectory principals, OwnAuthorities authorities,
        ServerCertificate certificate, Func<ImmutableArray<X509Certificate2>>? outside)
    {
        _parts = parts;
        _sealer = sealer;
        Principals = principals;
        Authorities = authorities;
        Certificate = certificate;
        RevocationLists = new OwnRevocationLists(authorities, parts, sealer, principals);
        var trusted = outside ?? (() => authorities.Trusted);
        _revocation = new RevocationSource(parts.RevocationListFile, trusted, parts.Time, parts.Log, parts.Alarm);
        Clients = new ClientCertificateValidator(trusted, _revocation, principals, parts.Time);
        ApiTokens = new ApiTokens(principals, parts.Time);
        Tokens = new TokenIssuers(parts.TokenIssuers, principals, parts.Time, parts.Log);
        Issuer = outside is null ? authorities : new OutsideAuthority(Clients);
        _revocationTimer = parts.Time.CreateTimer(_ => ReadFilesAgain(isForced: false), null, RevocationInterval, RevocationInterval);
        _usesTimer = parts.Time.CreateTimer(_ => WriteUses(), null, UsesInterval, UsesInterval);
        _renewalTimer = parts.Time.CreateTimer(_ => _ = RenewAsync(), null, RenewalInterval, RenewalInterval);
    }

    /// <summary>Who is known.</summary>
    public PrincipalDirectory Principals { get; }

    /// <summary>The authority of our own that issues: the clients' certificates, unless yours does, and the server's, unless that is yours.</summary>
    public CertificateAuthority Authority => Authorities.Current;

    /// <summary>The authorities of our own: that one, and while it is replaced another.</summary>
    public OwnAuthorities Authorities { get; }

    /// <summary>Gives enrolling principals their certificates.</summary>
    public ICertificateIssuer Issuer { get; }

    /// <summary>The server's certificate.</summary>
    public ServerCertificate Certificate { get; }

    /// <summary>Which of the certificates that those authorities issued are revoked, for others to know.</summary>
    internal OwnRevocationLists RevocationLists { get; }

    /// <summary>The certificate from which the server's hangs: what clients verify it by.</summary>
    public X509Certificate2 Root => Certificate.Root ?? Authority.Certificate;

    /// <summary>SHA-256 of that certificate, lower-case hexadecimal: by what somebody who enrols knows the server.</summary>
    public string RootFingerprint => Convert.ToHexStringLower(SHA256.HashData(Root.RawData));

    /// <summary>What clients are to trust, PEM: the authorities of our own, the one that issues first; then the roots of yours.</summary>
    public string TrustedPem => Authorities.TrustedPem + string.Concat(Certificate.Roots.Select(static root => root.ExportCertificatePem() + "\n"));

    /// <summary>Decides on clients' certificates.</summary>
    public ClientCertificateValidator Clients { get; }

    /// <summary>Decides on tokens of our own.</summary>
    internal ApiTokens ApiTokens { get; }

    /// <summary>Decides on the tokens of issuers.</summary>
    internal TokenIssuers Tokens { get; }

    /// <summary>Files that changed and cannot be used; what was read before stays in force.</summary>
    public ImmutableArray<string> FileFaults => [.. new[] { Certificate.Fault, _authorityFile?.Fault, _revocation.Fault }.OfType<string>()];

    /// <summary>Reads files that changed: the server's certificate, clients' authorities, revocation lists. Happens by itself twice a second, and at once at a reload.</summary>
    /// <param name="isForced">Whether certificates are read in any case, though neither time nor size of their files say that they changed.</param>
    public void ReadFilesAgain(bool isForced)
    {
        Certificate.ReadFilesAgain(isForced);
        // The lists are judged by who is trusted.
        _authorityFile?.Refresh(isForced);
        _revocation.Refresh();
    }

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
        if (trustedAuthorities is not null) AuthorityFile.Parse(trustedAuthorities);
        using var sealer = new DocumentSealer(parts.Hierarchy);
        if (await OwnAuthorities.FindAsync(parts, sealer, cancellationToken) is null)
            await OwnAuthorities.CreateAsync(parts, sealer, cancellationToken);
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
        RevocationLists.Dispose();
        _sealer.Dispose();
    }

    private static async ValueTask<ServerIdentity> OpenAsync(IdentityParts parts, DocumentSealer sealer, CancellationToken cancellationToken)
    {
        var trust = await parts.Store.FindDocumentAsync(TrustDocumentKind, TrustDocumentKey, cancellationToken);
        var authorities = await OwnAuthorities.FindAsync(parts, sealer, cancellationToken)
            ?? throw new KeyreeveException(KeyreeveError.Sealed, "There is no certificate authority yet; make one with: keyreeve init");
        var principals = await PrincipalDirectory.OpenAsync(parts.Store, sealer, cancellationToken);
        foreach (var altered in principals.AlteredDocuments)
            parts.Log($"The stored principal with the key {altered} was altered outside the server; it is refused.");
        foreach (var altered in principals.Issued.AlteredDocuments)
            parts.Alarm($"What is stored of the issued certificate {altered} was altered outside the server; if it is revoked, no list says so.");
        var file = parts.ClientAuthoritiesFile is { } path ? new AuthorityFile(path, parts) : null;
        var stored = trust is null ? default : AuthorityFile.Parse(Encoding.ASCII.GetString(sealer.Open(trust)));
        var certificate = await ServerCertificate.OpenAsync(parts, sealer, authorities, cancellationToken);
        return new ServerIdentity(parts, sealer, principals, authorities, certificate, file is not null ? () => file.Current : stored.IsDefault ? null : () => stored)
        {
            _authorityFile = file,
        };
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

    /// <summary>Makes a new certificate of the server's, and new revocation lists, if it is time; what fails is told, and tried again.</summary>
    public async Task RenewAsync()
    {
        try
        {
            if (await Certificate.RenewIfDueAsync(CancellationToken.None)) _parts.Log($"The server has a new certificate, until {Certificate.ExpiresAt:u}.");
        }
        catch (Exception failure) when (failure is KeyreeveException or CryptographicException)
        {
            _parts.Log($"The server's certificate could not be renewed; it ends {Certificate.ExpiresAt:u}: {failure.Message}");
        }

        try
        {
            await RevocationLists.RefreshAsync();
        }
        catch (Exception failure) when (failure is KeyreeveException or CryptographicException)
        {
            _parts.Log($"A list of revoked certificates could not be made anew: {failure.Message}");
        }
    }
}
