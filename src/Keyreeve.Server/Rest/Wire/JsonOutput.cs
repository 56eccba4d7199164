using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Keyreeve.Server.Rest.Wire;

/// <summary>Writes messages; each thread keeps its writer, since a new one for each answer is half of what an answer costs.</summary>
internal static class JsonOutput
{
    // Answers are JSON and said to be nothing else (nosniff), so what HTML would mind is not escaped and stays readable.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    public static void Write<T>(WipedBuffer destination, T message, JsonTypeInfo<T> type)
    {
        // Taken from its place meanwhile, so that one left in an unknown state by an exception is not used again.
        var writer = _writer ?? new Utf8JsonWriter(destination, Options);
        _writer = null;
        writer.Reset(destination);
        JsonSerializer.Serialize(writer, message, type);
        writer.Flush();
        writer.Reset(Stream.Null);
        _writer = writer;
    }
}
