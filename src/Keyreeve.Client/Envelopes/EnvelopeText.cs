using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Keyreeve.Crypto;

namespace Keyreeve.Client;

/// <summary>Encrypts and decrypts text: what comes out is text as well (base64url without padding), for columns and documents.</summary>
public static class EnvelopeText
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Encrypts a text.</summary>
    /// <param name="encryptor">Does the work.</param>
    /// <param name="key">Name or identifier of the key.</param>
    /// <param name="text">The text, possibly empty.</param>
    /// <param name="context">What the text belongs to; needed again to decrypt it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async ValueTask<string> EncryptTextAsync(
        this EnvelopeEncryptor encryptor, string key, string text, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encryptor);
        ArgumentNullException.ThrowIfNull(text);
        var bytes = GC.AllocateUninitializedArray<byte>(StrictUtf8.GetByteCount(text), pinned: true);
        try
        {
            StrictUtf8.GetBytes(text, bytes);
            return Base64Url.EncodeToString(await encryptor.EncryptAsync(key, bytes, context, cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>Encrypts a text under the key that <see cref="EnvelopeEncryptorOptions.Key"/> names.</summary>
    /// <inheritdoc cref="EncryptTextAsync(EnvelopeEncryptor, string, string, EncryptionContext, CancellationToken)"/>
    public static ValueTask<string> EncryptTextAsync(
        this EnvelopeEncryptor encryptor, string text, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encryptor);
        return encryptor.EncryptTextAsync(encryptor.DefaultKey, text, context, cancellationToken);
    }

    /// <summary>Decrypts a text. Whatever is wrong with it, that it is no base64url included, is one and the same failure.</summary>
    /// <param name="encryptor">Does the work.</param>
    /// <param name="envelope">What <c>EncryptTextAsync</c> gave.</param>
    /// <param name="context">The same as at encryption.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async ValueTask<string> DecryptTextAsync(
        this EnvelopeEncryptor encryptor, string envelope, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encryptor);
        ArgumentNullException.ThrowIfNull(envelope);
        byte[]? plaintext = null;
        try
        {
            plaintext = await encryptor.DecryptAsync(Base64Url.DecodeFromChars(envelope), context, cancellationToken).ConfigureAwait(false);
            return StrictUtf8.GetString(plaintext);
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            // The cause is left out: it may quote what it could not read.
            throw EnvelopeEncryptor.Failed();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }
}
