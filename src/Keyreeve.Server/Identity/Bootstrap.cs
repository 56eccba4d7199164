using System.Net;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Principals;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;
using Keyreeve.Crypto.Files;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Sealing;
using Keyreeve.Storage.Sqlite;

namespace Keyreeve.Server.Identity;

/// <summary>What a new installation is to be.</summary>
public sealed record BootstrapOptions
{
    /// <summary>The data directory; made if it does not exist.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The slots that may open the root key; a new one is sealed in the first.</summary>
    public required IReadOnlyList<ISealSlot> Slots { get; init; }

    /// <summary>DNS names and addresses in the server's certificate.</summary>
    public required IReadOnlyCollection<string> ServerNames { get; init; }

    /// <summary>Your own certificate of the server's. Default: its own authority issues it.</summary>
    public ServerCertificateOptions CertificateFiles { get; init; } = new();

    /// <summary>The first administrator's name.</summary>
    public string AdministratorName { get; init; } = "admin";

    /// <summary>How long the administrator's code can be used.</summary>
    public TimeSpan CodeValidFor { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Certificates of your own authorities, PEM; null: Keyreeve's own issues clients' certificates.</summary>
    public string? TrustedAuthorities { get; init; }

    /// <summary>How the audit trail is kept, in which the code is recorded.</summary>
    public AuditOptions Audit { get; init; } = new();

    /// <summary>What that record says of the server it comes from; null: nothing.</summary>
    public AuditOrigin? Origin { get; init; }

    /// <summary>Told what an operator should read.</summary>
    public required Action<string> Log { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>What came of it.</summary>
// A class: a record's generated ToString would print the code.
public sealed class BootstrapResult
{
    /// <summary>Whether the root key was made just now.</summary>
    public required bool IsNew { get; init; }

    /// <summary>The administrator's one-time code, shown once.</summary>
    public required string AdministratorCode { get; init; }

    /// <summary>The administrator's name.</summary>
    public required string AdministratorName { get; init; }

    /// <summary>When the code ends.</summary>
    public required DateTimeOffset CodeExpiresAt { get; init; }

    /// <summary>The file with the certificates that clients trust.</summary>
    public required string AuthorityFile { get; init; }

    /// <summary>SHA-256 of the certificate from which the server's hangs, lower-case hexadecimal.</summary>
    public required string AuthorityFingerprint { get; init; }
}

/// <summary>
/// Makes a new installation, on the server's own machine while the server is not running: root key, tenant key, certificate
/// authority, server certificate, and a code with which the first administrator enrols. Interrupted, it can be run again.
/// Run on an installation that is in use it makes nothing new but a code for one more administrator.
/// </summary>
public static class Bootstrap
{
    /// <summary>The file in the data directory with the authority's certificate.</summary>
    public const string AuthorityFileName = "ca.pem";

    /// <summary>The label of the key, in <see cref="KeyHierarchy.Derive"/>, that signs the audit trail's checkpoints.</summary>
    public const string AuditSigningLabel = "audit-signing";

    // spec: NIST SP 800-57 Part 2: who administers keys neither uses nor exports them.
    private static readonly Role[] AdministratorRoles = [Role.KeyAdministrator, Role.SecurityOfficer, Role.Auditor];

    /// <summary>Makes the installation.</summary>
    /// <exception cref="KeyreeveException">It cannot be made; the message says why and what to do.</exception>
    public static async Task<BootstrapResult> InitialiseAsync(BootstrapOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        MakeDirectory(options.DataDirectory);
        await using var store = await SqliteObjectStore.OpenAsync(
            new SqliteStoreOptions { DataDirectory = options.DataDirectory, TimeProvider = options.Time }, cancellationToken);
        var file = new SealFile(options.DataDirectory);
        var isNew = !file.Exists;
        if (isNew) await RequireEmptyAsync(store, cancellationToken);
        using var root = isNew
            ? await file.CreateAsync(options.Slots[0], cancellationToken, options.Time)
            : await file.OpenAsync(options.Slots, await KeyHierarchy.ReadGenerationAsync(store, cancellationToken), cancellationToken);
        using var hierarchy = await KeyHierarchy.OpenAsync(store, root, cancellationToken);
        await hierarchy.EnsureTenantAsync(TenantId.Default, cancellationToken);

        var parts = new IdentityParts
        {
            Store = store, Hierarchy = hierarchy, Time = options.Time, ServerNames = options.ServerNames, CertificateFiles = options.CertificateFiles, Log = options.Log,
        };
        await ServerIdentity.CreateAsync(parts, options.TrustedAuthorities, cancellationToken);
        await using var identity = await ServerIdentity.OpenAsync(parts, cancellationToken);
        var authorityFile = Path.Combine(options.DataDirectory, AuthorityFileName);
        await File.WriteAllTextAsync(authorityFile, identity.TrustedPem, cancellationToken);
        new SealedDoorCertificate(options.DataDirectory, options.ServerNames, options.Time).RenewIfDue(identity.Authority);
        var code = await IssueCodeAsync(options, store, hierarchy, identity, cancellationToken);
        return new BootstrapResult
        {
            IsNew = isNew,
            AdministratorCode = code.Code,
            AdministratorName = options.AdministratorName,
            CodeExpiresAt = code.ExpiresAt,
            AuthorityFile = authorityFile,
            AuthorityFingerprint = identity.RootFingerprint,
        };
    }

    // Through the pipeline like everybody's: decided on, recorded in the trail, and only then shown.
    private static async Task<IssuedEnrolmentCode> IssueCodeAsync(
        BootstrapOptions options, IObjectStore store, KeyHierarchy hierarchy, ServerIdentity identity, CancellationToken cancellationToken)
    {
        using var seed = hierarchy.Derive(AuditSigningLabel, 32);
        var chainOptions = new AuditChainOptions
        {
            DataDirectory = options.DataDirectory, Origin = options.Origin, Time = options.Time, Alarm = options.Log,
            SegmentSizeInBytes = options.Audit.SegmentSizeInBytes, WaitLimit = options.Audit.WaitLimit,
        };
        await using var audit = await AuditChain.OpenAsync(chainOptions, seed, store, cancellationToken);
        using var engine = await Engine.OpenAsync(
            new EngineParts { Store = store, Hierarchy = hierarchy, Audit = audit, Time = options.Time }, cancellationToken);
        var call = new Call
        {
            Principal = Principal.Local(TenantId.Default),
            Protocol = Protocol.Local,
            SourceAddress = IPAddress.Loopback.ToString(),
            SourcePort = 0,
            CorrelationId = Guid.NewGuid().ToString("N"),
            Time = options.Time.GetUtcNow(),
        };
        var request = new IssueEnrolmentCodeRequest
        {
            Name = options.AdministratorName, Group = null, Roles = [.. AdministratorRoles], ValidFor = options.CodeValidFor,
        };
        var operation = new IssueEnrolmentCodeOperation(identity.Principals);
        var issued = await new OperationPipeline(engine).RunAsync(operation, call, request, cancellationToken);
        return await issued.ReleaseAsync(cancellationToken);
    }

    private static void MakeDirectory(string path)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("A data directory needs Unix modes.");
        if (!Directory.Exists(path)) Directory.CreateDirectory(path, PrivateFile.DirectoryMode);
        PrivateFile.CheckDirectory(path);
    }

    // A store whose seal file was lost must not silently get a second root key.
    private static async Task RequireEmptyAsync(SqliteObjectStore store, CancellationToken cancellationToken)
    {
        if ((await store.ListDocumentsAsync(KeyHierarchy.DocumentKind, cancellationToken)).Count == 0) return;
        throw new KeyreeveException(
            KeyreeveError.Sealed, $"The store holds keys, but {SealFile.FileName} is missing; restore it from a backup: nothing else opens them.");
    }
}
