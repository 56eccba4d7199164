using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Keyreeve.Crypto;

namespace Keyreeve.Server.Rest.Wire;

/// <summary>A secret that is part of a message: the one way in which a secret is serialized. Owns the bytes.</summary>
[JsonConverter(typeof(WireSecretConverter))]
internal sealed class WireSecret(SecretBytes bytes) : IDisposable
{
    public SecretBytes Bytes { get; } = bytes;

    public void Dispose() => Bytes.Dispose();
}

/// <summary>
/// Base64 straight between the message's wiped buffer and locked memory: never a string and never an array of its own.
/// </summary>
internal sealed class WireSecretConverter : JsonConverter<WireSecret>
{
    public override WireSecret Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String || reader.HasValueSequence) throw new JsonException("Base64 is expected.");
        // Standard base64 has no character that JSON has to escape; '\/' is the one that it may.
        return reader.ValueIsEscaped ? ReadEscaped(ref reader) : Decode(reader.ValueSpan);
    }

    public override void Write(Utf8JsonWriter writer, WireSecret value, JsonSerializerOptions options)
    {
        using var lease = value.Bytes.Reveal();
        writer.WriteBase64StringValue(lease.Span);
    }

    private static WireSecret ReadEscaped(ref Utf8JsonReader reader)
    {
        var rented = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            return Decode(rented.AsSpan(0, reader.CopyString(rented)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(rented);
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static WireSecret Decode(ReadOnlySpan<byte> text)
    {
        // STJ would take blanks inside; what is sent is base64 and nothing else.
        if (text.Length % 4 != 0 || text.ContainsAny(" \t\r\n"u8)) throw new JsonException("Base64 is expected.");
        var padding = text.EndsWith("=="u8) ? 2 : text.EndsWith("="u8) ? 1 : 0;
        var length = (text.Length / 4 * 3) - padding;
        return new WireSecret(SecretBytes.Create(length, text, static (bytes, source) =>
        {
            if (Base64.DecodeFromUtf8(source, bytes, out _, out var written) != OperationStatus.Done || written != bytes.Length)
                throw new JsonException("Base64 is expected.");
        }));
    }
}
