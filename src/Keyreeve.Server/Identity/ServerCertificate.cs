using System.Collections.Immutable;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core.Access;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;

namespace Keyreeve.Server.Identity;

/// <summary>
/// The certificate by which clients know the server: yours, if the configuration names one; else one for all its names that its own
/// authority issues, made anew when a third of its time is left, when its names change, or another authority issues. Connections that are
/// open keep the one they began with. Thread safe.
/// </summary>
public sealed class ServerCertificate : IDisposable
{
    private const string DocumentKey = "server";

    private readonly IObjectStore _store;
    private readonly DocumentSealer _sealer;
    private readonly KeyHierarchy _hierarchy;
    private readonly OwnAuthorities _authorities;
    private readonly TimeProvider _time;
    private readonly ServerCertificateFiles? _files;
    private readonly SemaphoreSlim _renewing = new(1, 1);
    private Current _current = null!;

    private ServerCertificate(IdentityParts parts, DocumentSealer sealer, OwnAuthorities authorities)
    {
        _store = parts.Store;
        _sealer = sealer;
        _hierarchy = parts.Hierarchy;
        _time = parts.Time;
        _authorities = authorities;
        Names = parts.ServerNames;
        if (!parts.CertificateFiles.IsNone) _files = new ServerCertificateFiles(parts.CertificateFiles, parts);
    }

    /// <summary>The DNS names and addresses it is for.</summary>
    public IReadOnlyCollection<string> Names { get; }

    /// <summary>The certificate and its chain, for handshakes that begin now.</summary>
    public SslStreamCertificateContext Context => Yours?.Context ?? Volatile.Read(ref _current).Context;

    /// <summary>When it ends, or one above it in your file.</summary>
    public DateTimeOffset ExpiresAt => Yours?.ExpiresAt ?? Volatile.Read(ref _current).ExpiresAt;

    /// <summary>Roots of yours by which clients verify it, now or soon; none if the server's own authorities are enough.</summary>
    public ImmutableArray<X509Certificate2> Roots => _files?.Current.Roots ?? [];

    /// <summary>The one of them from which the certificate hangs; null if the server's own authority issued it.</summary>
    public X509Certificate2? Root => Yours?.Roots[0];

    /// <summary>Whether it is yours, and not renewed by itself.</summary>
    public bool IsYours => Yours is not null;

    /// <summary>Why the files of yours are not in force as they are now; null if they are, or there are none.</summary>
    internal string? Fault => _files?.Fault;

    /// <summary>How much time the life of your certificate has; null if it is not yours.</summary>
    internal TimeSpan? Lifetime => Yours?.Lifetime;

    private PresentedCertificate? Yours => _files?.Current is { Context: not null } yours ? yours : null;

    /// <summary>Reads your files again if they have changed.</summary>
    internal void ReadFilesAgain(bool isForced) => _files?.Refresh(isForced);

    internal static async ValueTask<ServerCertificate> OpenAsync(
        IdentityParts parts, DocumentSealer sealer, OwnAuthorities authorities, CancellationToken cancellationToken)
    {
        var certificate = new ServerCertificate(parts, sealer, authorities);
        var stored = await StoredCertificate.FindAsync(parts.Store, sealer, DocumentKey, cancellationToken);
        if (stored is not null) certificate.Use(stored);
        await certificate.RenewIfDueAsync(cancellationToken);
        return certificate;
    }

    /// <summary>Makes a new certificate if it is time; called now and then.</summary>
    /// <returns>Whether there is a new one.</returns>
    public async ValueTask<bool> RenewIfDueAsync(CancellationToken cancellationToken)
    {
        await _renewing.WaitAsync(cancellationToken);
        try
        {
            var current = Volatile.Read(ref _current);
            if (IsYours || (current is not null && !IsDue(current))) return false;
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var made = Make(key);
            var rowVersion = checked((current?.RowVersion ?? 0) + 1);
            Use(await StoredCertificate.WriteAsync(
                _store, _sealer, _hierarchy, new NewCertificate(DocumentKey, made.RawData, key, rowVersion), cancellationToken));
            return true;
        }
        finally
        {
            _renewing.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _renewing.Dispose();

    private bool IsDue(Current current) =>
        _time.GetUtcNow() > current.ExpiresAt - (CertificateAuthority.ServerLifetime / 3)
        || !current.Names.SetEquals(Names)
        || !current.IssuerKeyId.AsSpan().SequenceEqual(KeyIdOf(_authorities.Current.Certificate));

    private X509Certificate2 Make(ECDsa key)
    {
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in Names)
        {
            if (IPAddress.TryParse(name, out var address)) alternatives.AddIpAddress(address);
            else alternatives.AddDnsName(name);
        }

        var request = new CertificateRequest("CN=Keyreeve server", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(alternatives.Build());
        return _authorities.Current.Sign(request, PublicKeyRules.ServerAuthentication, CertificateAuthority.ServerLifetime);
    }

    private void Use(StoredCertificate stored)
    {
        using var key = stored.OpenKey(_hierarchy, DocumentKey);
        using var bare = stored.Load();
        // The context keeps it; SslStream needs it for as long as a connection lives, so the collector takes it in the end.
        var certificate = bare.CopyWithPrivateKey(key);
        Volatile.Write(ref _current, new Current(
            SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
            new DateTimeOffset(certificate.NotAfter),
            NamesIn(certificate),
            IssuerKeyIdOf(certificate),
            stored.RowVersion));
    }

    internal static byte[] IssuerKeyIdOf(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier?.ToArray() ?? [];

    internal static byte[] KeyIdOf(X509Certificate2 authority) =>
        authority.Extensions.OfType<X509SubjectKeyIdentifierExtension>().First().SubjectKeyIdentifierBytes.ToArray();

    private static HashSet<string> NamesIn(X509Certificate2 certificate)
    {
        var alternatives = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().First();
        return [.. alternatives.EnumerateDnsNames(), .. alternatives.EnumerateIPAddresses().Select(address => address.ToString())];
    }

    private sealed record Current(
        SslStreamCertificateContext Context, DateTimeOffset ExpiresAt, HashSet<string> Names, byte[] IssuerKeyId, long RowVersion);
}
