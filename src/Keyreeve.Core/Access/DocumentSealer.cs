using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Access;

/// <summary>
/// Authenticates documents, so that who can write the store cannot make a principal, give it a right, or put one document
/// in another's place. Thread safe.
/// </summary>
/// <remarks><c>body = version(1) ‖ HMAC-SHA-256(32) ‖ content</c>; the MAC covers kind, key, row version and content.</remarks>
public sealed class DocumentSealer : IDisposable
{
    private const byte Version = 1;
    private const int MacSizeInBytes = 32;
    private const int HeaderSizeInBytes = 1 + MacSizeInBytes;

    private static readonly byte[] Label = Encoding.ASCII.GetBytes("keyreeve/document/1\0");

    private readonly HmacKey _key;

    /// <summary>A sealer under a key of this hierarchy.</summary>
    public DocumentSealer(KeyHierarchy hierarchy)
    {
        ArgumentNullException.ThrowIfNull(hierarchy);
        using var key = hierarchy.Derive("document-seal", MacSizeInBytes);
        _key = new HmacKey(DigestAlgorithm.Sha256, key);
    }

    /// <summary>Makes a document.</summary>
    public StoredDocument Seal(string kind, string key, long rowVersion, ReadOnlySpan<byte> content)
    {
        var body = new byte[HeaderSizeInBytes + content.Length];
        body[0] = Version;
        content.CopyTo(body.AsSpan(HeaderSizeInBytes));
        _key.Compute(Message(kind, key, rowVersion, content), body.AsSpan(1, MacSizeInBytes));
        return new StoredDocument(kind, key, rowVersion, body);
    }

    /// <summary>Opens a document; false if it was altered, or is another's.</summary>
    public bool TryOpen(StoredDocument document, [NotNullWhen(true)] out byte[]? content)
    {
        ArgumentNullException.ThrowIfNull(document);
        content = null;
        if (document.Body is not { Length: >= HeaderSizeInBytes } stored || stored.Span[0] != Version) return false;
        var body = stored.Span;
        var message = Message(document.Kind, document.Key, document.RowVersion, body[HeaderSizeInBytes..]);
        if (!_key.Verify(message, body.Slice(1, MacSizeInBytes))) return false;
        content = body[HeaderSizeInBytes..].ToArray();
        return true;
    }

    /// <summary>Opens a document.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IntegrityFailure"/>.</exception>
    public byte[] Open(StoredDocument document) => TryOpen(document, out var content)
        ? content
        : throw new KeyreeveException(KeyreeveError.IntegrityFailure, $"The stored {document.Kind} document was altered outside the server.");

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    // label ‖ length(4) kind ‖ length(4) key ‖ row version(8) ‖ content; numbers big-endian
    private static byte[] Message(string kind, string key, long rowVersion, ReadOnlySpan<byte> content)
    {
        var message = new List<byte>(Label.Length + kind.Length + key.Length + content.Length + 16);
        Span<byte> number = stackalloc byte[sizeof(long)];
        message.AddRange(Label);
        foreach (var text in (ReadOnlySpan<string>)[kind, key])
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteInt32BigEndian(number, bytes.Length);
            message.AddRange(number[..sizeof(int)]);
            message.AddRange(bytes);
        }

        BinaryPrimitives.WriteInt64BigEndian(number, rowVersion);
        message.AddRange(number);
        message.AddRange(content);
        return [.. message];
    }
}
