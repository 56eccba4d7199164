using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Access;

/// <summary>What is kept of a certificate that an authority of the server's own issued to a principal.</summary>
public sealed record CertificateRecord
{
    /// <summary>SHA-256 of the issuing authority's certificate, lower-case hexadecimal.</summary>
    public required string Authority { get; init; }

    /// <summary>The serial number, two hexadecimal digits an octet.</summary>
    public required string Serial { get; init; }

    /// <summary>SHA-256 of the certified SubjectPublicKeyInfo, lower-case hexadecimal.</summary>
    public required string Key { get; init; }

    /// <summary>The fingerprint of the principal that it was issued to.</summary>
    public required string Owner { get; init; }

    /// <summary>When the certificate ends.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The key of its document.</summary>
    internal string DocumentKey => $"{Authority}/{Serial}";
}

/// <summary>
/// The certificates that the server's own authorities issued to principals, until they have expired: by them it is known which serial numbers a
/// revocation list has to name. Thread safe.
/// </summary>
public sealed class IssuedCertificates
{
    private const string DocumentKind = "issued-certificate";

    private readonly DocumentSealer _sealer;
    private readonly ConcurrentDictionary<string, CertificateRecord> _records = new(StringComparer.Ordinal);

    private IssuedCertificates(DocumentSealer sealer) => _sealer = sealer;

    /// <summary>The keys of records that do not open: altered outside the server. No list names those certificates; the server says so in its log.</summary>
    public ImmutableArray<string> AlteredDocuments { get; private set; } = [];

    internal static async ValueTask<IssuedCertificates> OpenAsync(IObjectStore store, DocumentSealer sealer, CancellationToken cancellationToken)
    {
        var issued = new IssuedCertificates(sealer);
        var altered = ImmutableArray.CreateBuilder<string>();
        foreach (var document in await store.ListDocumentsAsync(DocumentKind, cancellationToken))
        {
            if (!sealer.TryOpen(document, out var content))
            {
                altered.Add(document.Key);
                continue;
            }

            var record = JsonSerializer.Deserialize(content, IssuedJson.Default.CertificateRecord)!;
            issued._records[record.DocumentKey] = record;
        }

        issued.AlteredDocuments = altered.ToImmutable();
        return issued;
    }

    /// <summary>Those of one authority.</summary>
    /// <param name="authority">SHA-256 of its certificate, lower-case hexadecimal.</param>
    public ImmutableArray<CertificateRecord> Of(string authority) =>
        [.. _records.Select(static r => r.Value).Where(r => string.Equals(r.Authority, authority, StringComparison.Ordinal))];

    /// <summary>Those of authorities that are there no more, expired.</summary>
    /// <param name="authorities">SHA-256 of the certificates of those that are there.</param>
    /// <param name="now">The time.</param>
    public ImmutableArray<CertificateRecord> LeftBehind(IReadOnlyCollection<string> authorities, DateTimeOffset now) =>
        [.. _records.Select(static r => r.Value).Where(r => r.ExpiresAt <= now && !authorities.Contains(r.Authority, StringComparer.Ordinal))];

    /// <summary>The end of a record's document; once that is committed, <see cref="Forget"/>.</summary>
    public static StoredDocument EndOf(CertificateRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return new StoredDocument(DocumentKind, record.DocumentKey, 2, Body: null);
    }

    /// <summary>Forgets a record whose document is gone.</summary>
    public void Forget(CertificateRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        _records.TryRemove(record.DocumentKey, out _);
    }

    /// <summary>
    /// Keeps what a principal was issued, in the commit that makes it known by that key. Called before the change of the principal is staged:
    /// whoever finds the key revoked finds the record too.
    /// </summary>
    /// <returns>The certificate.</returns>
    internal IssuedCertificate Keep(OperationScope scope, IssuedCertificate issued, string key, string owner)
    {
        // Of your own authority: the revocation list is that one's affair.
        if (issued.Authority is null || issued.Serial is null) return issued;
        var record = new CertificateRecord { Authority = issued.Authority, Serial = issued.Serial, Key = key, Owner = owner, ExpiresAt = issued.ExpiresAt };
        scope.Write(_sealer.Seal(DocumentKind, record.DocumentKey, 1, JsonSerializer.SerializeToUtf8Bytes(record, IssuedJson.Default.CertificateRecord)));
        scope.OnCommitted(() => _records[record.DocumentKey] = record);
        return issued;
    }
}

/// <summary>How the records of certificates are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(CertificateRecord))]
internal sealed partial class IssuedJson : JsonSerializerContext;
