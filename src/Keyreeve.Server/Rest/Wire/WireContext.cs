using System.Text.Json;
using System.Text.Json.Serialization;
using Keyreeve.Core;
using Keyreeve.Crypto;

namespace Keyreeve.Server.Rest.Wire;

/// <summary>A context as it stands in a message: an object of texts.</summary>
[JsonConverter(typeof(WireContextConverter))]
internal sealed class WireContext(EncryptionContext value)
{
    public EncryptionContext Value { get; } = value;

    /// <summary>The context of a message; without one, the empty context.</summary>
    public static EncryptionContext Of(WireContext? stated) => stated?.Value ?? EncryptionContext.Empty;
}

/// <summary>Reads the pairs straight into the context, which checks them; a repeated name is among what it refuses.</summary>
internal sealed class WireContextConverter : JsonConverter<WireContext>
{
    // A pair takes at least 7 bytes of the encoding.
    private const int MostPairs = EncryptionContext.LargestSizeInBytes / 7;

    public override WireContext Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("An object is expected.");
        var pairs = new List<KeyValuePair<string, string>>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (!reader.Read() || reader.TokenType != JsonTokenType.String) throw new JsonException("A text is expected.");
            if (pairs.Count == MostPairs) throw Refuse($"it has at most {EncryptionContext.LargestSizeInBytes} bytes");
            pairs.Add(KeyValuePair.Create(name, reader.GetString()!));
        }

        return new WireContext(Create(pairs));
    }

    public override void Write(Utf8JsonWriter writer, WireContext value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var (name, text) in value.Value.Pairs) writer.WriteString(name, text);
        writer.WriteEndObject();
    }

    private static EncryptionContext Create(List<KeyValuePair<string, string>> pairs)
    {
        if (pairs.Count == 0) return EncryptionContext.Empty;
        try
        {
            return EncryptionContext.Create(pairs);
        }
        catch (ArgumentException fault)
        {
            // The exception's message ends with the name of a parameter, which says nothing to a caller.
            var end = fault.Message.IndexOf(" (Parameter", StringComparison.Ordinal);
            throw Refuse(end < 0 ? fault.Message : fault.Message[..end]);
        }
    }

    private static KeyreeveException Refuse(string reason) => new(KeyreeveError.InvalidField, $"The context cannot be used: {reason.TrimEnd('.')}.");
}
