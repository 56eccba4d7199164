using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;
using Keyreeve.Core.Access;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;
using Keyreeve.Crypto;

namespace Keyreeve.Server.Identity;

/// <summary>
/// A certificate of the server's own, and its private key: wrapped under the root key, in a document that is authenticated
/// as a whole. The key is never in clear on the disk.
/// </summary>
internal sealed class StoredCertificate
{
    public const string DocumentKind = "certificate";

    private readonly byte[] _wrappedKey;

    private StoredCertificate(byte[] certificate, byte[] wrappedKey, long rowVersion)
    {
        Der = certificate;
        _wrappedKey = wrappedKey;
        RowVersion = rowVersion;
    }

    public byte[] Der { get; }

    public long RowVersion { get; }

    public static async ValueTask<StoredCertificate?> FindAsync(
        IObjectStore store, DocumentSealer sealer, string key, CancellationToken cancellationToken)
    {
        if (await store.FindDocumentAsync(DocumentKind, key, cancellationToken) is not { } document) return null;
        var content = JsonSerializer.Deserialize(sealer.Open(document), IdentityJson.Default.CertificateContent)!;
        return new StoredCertificate(content.Certificate, content.WrappedKey, document.RowVersion);
    }

    public static async ValueTask<StoredCertificate> WriteAsync(
        IObjectStore store, DocumentSealer sealer, KeyHierarchy hierarchy, NewCertificate made, CancellationToken cancellationToken)
    {
        var stored = Seal(sealer, hierarchy, made, out var document);
        await store.CommitAsync(new StoreChanges { Documents = [document] }, cancellationToken);
        return stored;
    }

    /// <summary>The same, for somebody else to commit.</summary>
    public static StoredCertificate Seal(DocumentSealer sealer, KeyHierarchy hierarchy, NewCertificate made, out StoredDocument document)
    {
        using var key = Export(made.Key);
        var stored = new StoredCertificate(made.Certificate, hierarchy.WrapForServer(Label(made.DocumentKey), key), made.RowVersion);
        var content = new CertificateContent { Certificate = stored.Der, WrappedKey = stored._wrappedKey };
        var bytes = JsonSerializer.SerializeToUtf8Bytes(content, IdentityJson.Default.CertificateContent);
        document = sealer.Seal(DocumentKind, made.DocumentKey, made.RowVersion, bytes);
        return stored;
    }

    /// <summary>Opens the private key; dispose it soon.</summary>
    /// <exception cref="Keyreeve.Core.KeyreeveException"><see cref="Keyreeve.Core.KeyreeveError.IntegrityFailure"/>.</exception>
    public ECDsa OpenKey(KeyHierarchy hierarchy, string documentKey)
    {
        using var secret = hierarchy.UnwrapForServer(Label(documentKey), _wrappedKey);
        using var lease = secret.Reveal();
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(lease.Span, out _);
        return key;
    }

    public X509Certificate2 Load() => X509CertificateLoader.LoadCertificate(Der);

    private static SecretBytes Export(ECDsa key)
    {
        // The length is only known afterwards; the buffer is wiped.
        Span<byte> buffer = stackalloc byte[1024];
        try
        {
            return key.TryExportPkcs8PrivateKey(buffer, out var length)
                ? SecretBytes.CopyFrom(buffer[..length])
                : throw new CryptographicException("A private key is larger than expected.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    private static string Label(string documentKey) => "certificate-key/" + documentKey;
}

/// <summary>A certificate to be stored.</summary>
/// <param name="DocumentKey">Which one it is.</param>
/// <param name="Certificate">The certificate, DER.</param>
/// <param name="Key">Its private key.</param>
/// <param name="RowVersion">The document's version: 1 for the first.</param>
internal sealed record NewCertificate(string DocumentKey, byte[] Certificate, ECDsa Key, long RowVersion);

/// <summary>What stands in the document.</summary>
internal sealed record CertificateContent
{
    public int V { get; init; } = 1;

    public required byte[] Certificate { get; init; }

    public required byte[] WrappedKey { get; init; }
}

/// <summary>How the documents about certificates are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(CertificateContent))]
[JsonSerializable(typeof(AuthorityState))]
[JsonSerializable(typeof(KeptList))]
internal sealed partial class IdentityJson : JsonSerializerContext;
