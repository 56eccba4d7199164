using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Keyreeve.Server.Rest.Wire;

namespace Keyreeve.Server.Rest.OpenApi;

/// <summary>The schemas of the messages, exported from the very types that are serialized; each is written once and referred to.</summary>
internal sealed class MessageSchemas
{
    private const string Messages = "Keyreeve.Server.Rest.Messages";

    // The policy is a file of its own, with types of its own.
    private const string Policies = "Keyreeve.Core.Access";

    private readonly SortedDictionary<string, JsonTypeInfo> _needed = new(StringComparer.Ordinal);

    /// <summary>A reference to the schema of a message.</summary>
    public JsonObject Refer(JsonTypeInfo type)
    {
        _needed[NameOf(type.Type)] = type;
        return Reference(type.Type);
    }

    /// <summary>All schemas that were referred to, and those that they refer to.</summary>
    public JsonObject Write()
    {
        var written = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal);
        while (_needed.FirstOrDefault(needed => !written.ContainsKey(needed.Key)) is { Key: not null } next)
            written[next.Key] = Export(next.Value);
        var schemas = new JsonObject();
        foreach (var (name, schema) in written) schemas[name] = schema;
        return schemas;
    }

    private JsonNode Export(JsonTypeInfo type)
    {
        var options = new JsonSchemaExporterOptions
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = (context, schema) => Transform(type.Type, context, schema),
        };
        // A schema is deeper than what it describes, and nobody sends it here.
        var deep = new JsonSerializerOptions(type.Options) { MaxDepth = 64 };
        return deep.GetTypeInfo(type.Type).GetJsonSchemaAsNode(options);
    }

    private JsonNode Transform(Type root, JsonSchemaExporterContext context, JsonNode schema)
    {
        var type = context.TypeInfo.Type;
        var isWhole = context.Path.Length == 0;
        if (!isWhole && type != root && IsMessage(type))
        {
            Refer(context.TypeInfo);
            schema = Reference(type);
        }

        if (type == typeof(WireSecret) || type == typeof(ReadOnlyMemory<byte>))
            schema = new JsonObject { ["type"] = "string", ["contentEncoding"] = "base64" };
        if (type == typeof(WireText))
            schema = new JsonObject { ["type"] = "string" };
        if (Nullable.GetUnderlyingType(type) == typeof(DateTimeOffset))
            schema = new JsonObject { ["type"] = new JsonArray("string", "null"), ["format"] = "date-time" };
        if (type == typeof(DateTimeOffset))
            schema = new JsonObject { ["type"] = "string", ["format"] = "date-time" };
        if (type == typeof(WireContext))
            schema = new JsonObject { ["type"] = new JsonArray("object", "null"), ["additionalProperties"] = new JsonObject { ["type"] = "string" } };
        if (schema is not JsonObject described) return schema;

        var attributes = isWhole ? type : context.PropertyInfo?.AttributeProvider;
        if (attributes?.GetCustomAttributes(typeof(DescriptionAttribute), inherit: false) is [DescriptionAttribute description, ..])
            described.Insert(0, "description", description.Description);
        return described;
    }

    private static bool IsMessage(Type type) => string.Equals(type.Namespace, Messages, StringComparison.Ordinal)
        || (type.IsClass && string.Equals(type.Namespace, Policies, StringComparison.Ordinal));

    private static JsonObject Reference(Type type) => new() { ["$ref"] = "#/components/schemas/" + NameOf(type) };

    // EncryptBody is for the reader of the code; who reads the API calls it EncryptRequest.
    private static string NameOf(Type type) =>
        type.Name.EndsWith("Body", StringComparison.Ordinal) ? type.Name[..^4] + "Request"
        : type.Name.EndsWith("Message", StringComparison.Ordinal) ? type.Name[..^7]
        : type.Name;
}
