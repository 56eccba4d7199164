using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Keyreeve.Client.Fields;
using Keyreeve.Crypto;

namespace Keyreeve.Client.Json;

/// <summary>A value as an envelope: of text as it is, of everything else as JSON.</summary>
internal sealed class EncryptedConverter<T>(EnvelopeEncryptor encryptor, DataClassRule rule, string property) : JsonConverter<T>
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.GetString();
        if (text is null || !Base64Url.IsValid(text))
            throw new KeyreeveClientException(ClientError.CryptographicFailure, $"{property} holds no envelope.", null);
        var plaintext = Blocking.Wait(encryptor.DecryptAsync(Base64Url.DecodeFromChars(text), ContextOfValue()));
        try
        {
            return typeof(T) == typeof(string) ? (T)(object)StrictUtf8.GetString(plaintext) : JsonSerializer.Deserialize<T>(plaintext);
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException)
        {
            throw Unreadable();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        // Text as it is, so that the server can mask it.
        var plaintext = value is string text ? StrictUtf8.GetBytes(text) : JsonSerializer.SerializeToUtf8Bytes(value);
        try
        {
            writer.WriteStringValue(Base64Url.EncodeToString(Blocking.Wait(encryptor.EncryptAsync(rule.Key, plaintext, ContextOfValue()))));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    // Without its cause, which may quote what could not be read.
    private JsonException Unreadable() => new($"{property} holds another type than {typeof(T).Name}.");

    private EncryptionContext ContextOfValue() => EncryptionContext.Create(
        [.. DocumentContext.Current.Pairs, new("class", rule.Name), new("keyreeve.property", property)]);
}
