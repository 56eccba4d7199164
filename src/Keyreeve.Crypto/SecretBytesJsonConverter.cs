using System.Text.Json;
using System.Text.Json.Serialization;

namespace Keyreeve.Crypto;

/// <summary>Refuses to read or write a <see cref="SecretBytes"/> as JSON: a secret leaves wrapped or not at all.</summary>
internal sealed class SecretBytesJsonConverter : JsonConverter<SecretBytes>
{
    /// <inheritdoc/>
    public override SecretBytes Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("SecretBytes is never read from JSON.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, SecretBytes value, JsonSerializerOptions options) =>
        throw new NotSupportedException("SecretBytes is never written as JSON.");
}
