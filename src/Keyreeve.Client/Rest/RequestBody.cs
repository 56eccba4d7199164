using System.Buffers;
using System.Text.Json;
using Keyreeve.Crypto;

namespace Keyreeve.Client.Rest;

/// <summary>Bodies that carry bytes: written by hand, so that a plaintext passes through buffers that are wiped and no string.</summary>
internal static class RequestBody
{
    public static void Write(IBufferWriter<byte> destination, Action<Utf8JsonWriter> members)
    {
        using var writer = new Utf8JsonWriter(destination);
        writer.WriteStartObject();
        members(writer);
        writer.WriteEndObject();
    }

    public static void WriteContext(Utf8JsonWriter writer, string name, EncryptionContext context)
    {
        writer.WriteStartObject(name);
        foreach (var (key, value) in context.Pairs)
            writer.WriteString(key, value);
        writer.WriteEndObject();
    }
}
