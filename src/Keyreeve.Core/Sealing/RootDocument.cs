using System.Buffers.Binary;
using System.Text;
using Keyreeve.Core.Storage;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Sealing;

/// <summary>The store's document that says which root key everything hangs from, and holds the base secret under it.</summary>
/// <remarks><c>body = version(1) ‖ generation(4) ‖ CommittingAead of the base secret, AAD = label ‖ generation</c>; big-endian.</remarks>
internal static class RootDocument
{
    private const string Kind = "root";
    private const string Key = "base";
    private const byte Version = 1;
    private const int HeaderSizeInBytes = 1 + sizeof(int);

    public static ValueTask<StoredDocument?> FindAsync(IObjectStore store, CancellationToken cancellationToken) =>
        store.FindDocumentAsync(Kind, Key, cancellationToken);

    public static int GenerationOf(StoredDocument document) =>
        document.Body is { Length: > HeaderSizeInBytes } body && body.Span[0] == Version && BinaryPrimitives.ReadInt32BigEndian(body.Span[1..]) is > 0 and var generation
            ? generation
            : throw new KeyreeveException(KeyreeveError.IntegrityFailure, "The store does not say which root key it hangs from: it was altered, or is of a newer version.");

    public static StoredDocument Make(CommittingAead wrapping, int generation, SecretBytes baseSecret, long rowVersion)
    {
        var header = new byte[HeaderSizeInBytes];
        header[0] = Version;
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(1), generation);
        return new StoredDocument(Kind, Key, rowVersion, wrapping.Seal(Aad(generation), baseSecret, header));
    }

    /// <summary>The base secret; null if this root key does not open it.</summary>
    public static SecretBytes? Open(CommittingAead wrapping, StoredDocument document) =>
        wrapping.TryOpen(Aad(GenerationOf(document)), document.Body!.Value.Span[HeaderSizeInBytes..], out var secret) ? secret : null;

    private static byte[] Aad(int generation) => Encoding.ASCII.GetBytes($"keyreeve/root/1\0{generation}");
}
