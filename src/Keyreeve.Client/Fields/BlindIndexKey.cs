using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Keyreeve.Crypto;

namespace Keyreeve.Client;

/// <summary>What counts as equal in a search.</summary>
public enum BlindIndexForm
{
    /// <summary>No form.</summary>
    None = 0,

    /// <summary>Byte for byte.</summary>
    Exact,

    /// <summary>Without blanks at both ends, and without regard to upper and lower case.</summary>
    IgnoreCase,
}

/// <summary>
/// The key of blind indexes: of equal values it makes equal tokens, by HMAC-SHA-256, so that encrypted columns can be searched for
/// equality. Whoever has the database alone sees which rows are equal, and how often; choose columns for which that may be known.
/// </summary>
/// <remarks>
/// <para>Made once and kept wrapped beside the data; all programs that share the data need the same one. Losing it loses no data: the
/// indexes are computed anew under another.</para>
/// <para>Thread safe. To bring it under another key, re-wrap <see cref="Wrapped"/> (<see cref="EnvelopeReWrapper"/>): no token changes.</para>
/// </remarks>
public sealed class BlindIndexKey : IDisposable
{
    /// <summary>Length of a token in characters.</summary>
    public const int TokenLength = 22;

    private const int TokenSizeInBytes = 16;

    private static readonly EncryptionContext Context = EncryptionContext.Of(("keyreeve.use", "blind-index"));

    private readonly byte[] _wrapped;
    private readonly HmacKey _hmac;

    private BlindIndexKey(byte[] wrapped, HmacKey hmac)
    {
        _wrapped = wrapped;
        _hmac = hmac;
    }

    /// <summary>What is kept beside the data: the key, wrapped. No secret.</summary>
    public ReadOnlyMemory<byte> Wrapped => _wrapped.ToArray();

    /// <summary>Makes a key.</summary>
    /// <param name="provider">Who wraps it.</param>
    /// <param name="key">Name or identifier of the key-encryption key.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<BlindIndexKey> CreateAsync(IKeyProvider provider, string key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(provider);
        using var dataKey = await provider.GenerateDataKeyAsync(key, EncryptionContext.Empty, cancellationToken).ConfigureAwait(false);
        using var aead = new CommittingAead(dataKey.Plaintext);
        return new BlindIndexKey(EnvelopeWriter.WriteWrapped(aead, dataKey.WrappedKey, Context, []), Derive(dataKey.Plaintext));
    }

    /// <summary>Opens a key.</summary>
    /// <param name="provider">Who wrapped it.</param>
    /// <param name="wrapped">What <see cref="Wrapped"/> was.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<BlindIndexKey> UnlockAsync(IKeyProvider provider, ReadOnlyMemory<byte> wrapped, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(provider);
        if (!EnvelopeHeader.TryParse(wrapped.Span, out var header) || header.Mode != EnvelopeMode.WrappedKey)
            throw EnvelopeEncryptor.Failed();
        using var secret = await provider.UnwrapDataKeyAsync(EnvelopeEncryptor.WrappedKeyOf(header, wrapped.Span), EncryptionContext.Empty, cancellationToken).ConfigureAwait(false);
        using var aead = new CommittingAead(secret, header.Suite);
        // That it opens says that it was made for this and nothing else.
        return EnvelopeEncryptor.Open(wrapped.Span, aead, Context).Length == 0
            ? new BlindIndexKey(wrapped.ToArray(), Derive(secret))
            : throw EnvelopeEncryptor.Failed();
    }

    /// <summary>Opens the key that a file holds, or makes one and writes the file where there is none.</summary>
    /// <param name="provider">Who wraps it.</param>
    /// <param name="key">Name or identifier of the key-encryption key.</param>
    /// <param name="path">The file; it holds no secret, and goes with the data into backups.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public static async Task<BlindIndexKey> OpenOrCreateAsync(
        IKeyProvider provider, string key, string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            var made = await CreateAsync(provider, key, cancellationToken).ConfigureAwait(false);
            if (await TryWriteAsync(path, made._wrapped, cancellationToken).ConfigureAwait(false))
                return made;
            made.Dispose();
        }

        return await UnlockAsync(provider, await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The token of a value.</summary>
    /// <param name="value">The value, possibly empty.</param>
    /// <param name="context">Where tokens are compared, such as table and column: equal values elsewhere have other tokens.</param>
    /// <returns><see cref="TokenLength"/> characters of base64url.</returns>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public string Compute(ReadOnlySpan<byte> value, EncryptionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Span<byte> purpose = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(context.CanonicalBytes, purpose);
        // The context's part has a fixed length: no value can imitate it.
        byte[] message = [.. purpose, .. value];
        Span<byte> mac = stackalloc byte[SHA256.HashSizeInBytes];
        _hmac.Compute(message, mac);
        CryptographicOperations.ZeroMemory(message);
        return Base64Url.EncodeToString(mac[..TokenSizeInBytes]);
    }

    /// <summary>The token of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="form">What counts as equal.</param>
    /// <param name="context">Where tokens are compared.</param>
    public string Compute(string text, BlindIndexForm form, EncryptionContext context)
    {
        ArgumentNullException.ThrowIfNull(text);
        var shape = form switch
        {
            BlindIndexForm.Exact => text,
            BlindIndexForm.IgnoreCase => text.Trim().ToUpperInvariant(),
            _ => throw new ArgumentOutOfRangeException(nameof(form)),
        };
        var bytes = Encoding.UTF8.GetBytes(shape);
        try
        {
            return Compute(bytes, context);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>Wipes the key.</summary>
    public void Dispose() => _hmac.Dispose();

    /// <summary>Its kind, never the key.</summary>
    public override string ToString() => "BlindIndexKey(HMAC-SHA-256)";

    /// <summary>The file appears whole, and never over one that another program made in the meantime: then false.</summary>
    private static async Task<bool> TryWriteAsync(string path, byte[] wrapped, CancellationToken cancellationToken)
    {
        var pending = $"{path}.{Guid.NewGuid():N}";
        try
        {
            await File.WriteAllBytesAsync(pending, wrapped, cancellationToken).ConfigureAwait(false);
            File.Move(pending, path, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
        finally
        {
            File.Delete(pending);
        }
    }

    private static HmacKey Derive(SecretBytes dataKey)
    {
        using var derived = Hkdf.Derive(DigestAlgorithm.Sha256, dataKey, default, "keyreeve.blind-index.v1"u8, SHA256.HashSizeInBytes);
        return new HmacKey(DigestAlgorithm.Sha256, derived);
    }
}
