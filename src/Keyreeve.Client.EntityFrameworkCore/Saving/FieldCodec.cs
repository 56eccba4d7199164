using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Keyreeve.Client.EntityFrameworkCore.Modelling;
using Keyreeve.Crypto;

namespace Keyreeve.Client.EntityFrameworkCore.Saving;

/// <summary>Values of properties as the bytes that are encrypted, and envelopes as columns hold them.</summary>
internal static class FieldCodec
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Text as UTF-8, bytes as they are, everything else as JSON. The caller wipes it.</summary>
    public static byte[] Encode(Type type, object value) => value switch
    {
        string text => StrictUtf8.GetBytes(text),
        byte[] bytes => [.. bytes],
        _ => JsonSerializer.SerializeToUtf8Bytes(value, type),
    };

    /// <exception cref="KeyreeveClientException">The bytes are none of this type; what they are is not said.</exception>
    public static object Decode(Type type, byte[] bytes)
    {
        if (type == typeof(byte[]))
            return bytes;
        try
        {
            return (type == typeof(string) ? StrictUtf8.GetString(bytes) : JsonSerializer.Deserialize(bytes, type)) ?? throw Unreadable(type);
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException)
        {
            // The cause is left out: it may quote what it could not read.
            throw Unreadable(type);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    public static object ToColumn(EncryptedColumn column, byte[] envelope) =>
        column.Property.ClrType == typeof(byte[]) ? envelope : Base64Url.EncodeToString(envelope);

    /// <summary>What stands in an envelope's place until the row's key is known: unlike any other, where a column has to be unique.</summary>
    public static object PlaceholderFor(EncryptedColumn column)
    {
        var text = $"keyreeve-to-come-{Guid.NewGuid():N}";
        return column.Property.ClrType == typeof(byte[]) ? Encoding.UTF8.GetBytes(text) : text;
    }

    /// <summary>The envelope that a column holds; null when what it holds is none.</summary>
    public static byte[]? EnvelopeIn(object stored)
    {
        var bytes = stored as byte[];
        if (stored is string text)
            bytes = Base64Url.IsValid(text, out _) ? Base64Url.DecodeFromChars(text) : null;
        return bytes is not null && EnvelopeHeader.TryParse(bytes, out _) ? bytes : null;
    }

    /// <summary>The token by which a value is found; null where the column has no blind index.</summary>
    public static string? TokenOf(EntityProtection protection, EncryptedColumn column, object value)
    {
        if (column.Search == BlindIndexForm.None)
            return null;
        if (value is string text)
            return protection.RequiredIndexKey.Compute(text, column.Search, column.IndexContext);
        var bytes = Encode(column.Type, value);
        try
        {
            return protection.RequiredIndexKey.Compute(bytes, column.IndexContext);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static KeyreeveClientException Unreadable(Type type) =>
        new(ClientError.UnexpectedAnswer, $"What was decrypted is no {type.Name}: the property's type was changed, or another program wrote the value.", null);
}
