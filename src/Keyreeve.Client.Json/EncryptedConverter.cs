using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Keyreeve.Client.Fields;
using Keyreeve.Crypto;

namespace Keyreeve.Client.Json;

/// <summary>A value as an envelope that holds its JSON.</summary>
internal sealed class EncryptedConverter<T>(EnvelopeEncryptor encryptor, DataClassRule rule, string property) : JsonConverter<T>
{
    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.GetString();
        if (text is null || !Base64Url.IsValid(text))
            throw new KeyreeveClientException(ClientError.CryptographicFailure, $"{property} holds no envelope.", null);
        var plaintext = Blocking.Wait(encryptor.DecryptAsync(Base64Url.DecodeFromChars(text), ContextOfValue()));
        try
        {
            return JsonSerializer.Deserialize<T>(plaintext);
        }
        catch (JsonException)
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
        var plaintext = JsonSerializer.SerializeToUtf8Bytes(value);
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
