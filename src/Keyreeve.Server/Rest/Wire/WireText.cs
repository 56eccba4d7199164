using System.Text.Json;
using System.Text.Json.Serialization;
using Keyreeve.Crypto;

namespace Keyreeve.Server.Rest.Wire;

/// <summary>A secret that people type, as text in a message. Never a string; owns the bytes, which are ASCII.</summary>
[JsonConverter(typeof(WireTextConverter))]
internal sealed class WireText(SecretBytes bytes) : IDisposable
{
    public SecretBytes Bytes { get; } = bytes;

    public void Dispose() => Bytes.Dispose();
}

/// <summary>Text straight between the message's wiped buffer and locked memory.</summary>
internal sealed class WireTextConverter : JsonConverter<WireText>
{
    public override WireText Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && !reader.HasValueSequence && !reader.ValueIsEscaped
            ? new WireText(SecretBytes.CopyFrom(reader.ValueSpan))
            : throw new JsonException("Plain text is expected.");

    public override void Write(Utf8JsonWriter writer, WireText value, JsonSerializerOptions options)
    {
        using var lease = value.Bytes.Reveal();
        writer.WriteStringValue(lease.Span);
    }
}
