using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Keyreeve.Core;
using Keyreeve.Server.Rest.Handlers;
using Keyreeve.Server.Rest.Routing;

namespace Keyreeve.Server.Rest.OpenApi;

/// <summary>
/// The API's description, written from the table of routes and the types of the messages, so that it cannot say anything
/// else than what is served. References: OpenAPI 3.1.1.
/// </summary>
internal static class ApiDescription
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true, IndentSize = 2, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    // Every route can be refused so; by certificate only where one is demanded.
    private static readonly KeyreeveError[] OfEveryRoute = [KeyreeveError.InvalidMessage, KeyreeveError.InternalError];

    private static readonly KeyreeveError[] OfEveryOperation =
    [
        KeyreeveError.AuthenticationFailed, KeyreeveError.PermissionDenied, KeyreeveError.InvalidField, KeyreeveError.AuditUnavailable,
        KeyreeveError.StoreUnavailable, KeyreeveError.IntegrityFailure, KeyreeveError.Sealed,
    ];

    /// <summary>The description, as it is served and as it stands in the repository.</summary>
    public static byte[] Utf8 { get; } = JsonSerializer.SerializeToUtf8Bytes(Write(), Readable);

    private static JsonObject Write()
    {
        var schemas = new MessageSchemas();
        var paths = new JsonObject();
        foreach (var byPattern in RouteTable.Rows.GroupBy(route => route.Pattern, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var path = new JsonObject();
            foreach (var route in byPattern) path[Lower(route.Method)] = Describe(route, schemas);
            paths[byPattern.Key] = path;
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject
            {
                ["title"] = "Keyreeve",
                ["description"] = "Keys that are created, kept, rotated, used, audited and destroyed by the server, and never leave it.",
                ["version"] = ServerRoutes.Version.Version,
                ["license"] = new JsonObject { ["name"] = "Apache-2.0", ["identifier"] = "Apache-2.0" },
            },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas.Write(),
                ["headers"] = Headers(),
                ["securitySchemes"] = new JsonObject
                {
                    ["clientCertificate"] = new JsonObject
                    {
                        ["type"] = "mutualTLS", ["description"] = "A client certificate whose key belongs to a principal; 'keyreeve enroll' gets one.",
                    },
                    ["bearerToken"] = new JsonObject
                    {
                        ["type"] = "http", ["scheme"] = "bearer", ["description"] = "A token of this server (POST /v1/tokens), or of an OpenID Connect issuer that it trusts.",
                    },
                },
            },
        };
    }

    private static JsonObject Describe(RestRoute route, MessageSchemas schemas)
    {
        var operation = new JsonObject
        {
            ["operationId"] = route.Name,
            ["summary"] = route.Summary,
            ["security"] = route.Authentication == RouteAuthentication.Anonymous
                ? new JsonArray()
                : new JsonArray(new JsonObject { ["clientCertificate"] = new JsonArray() }, new JsonObject { ["bearerToken"] = new JsonArray() }),
        };
        var parameters = Parameters(route);
        if (parameters.Count > 0) operation["parameters"] = parameters;
        if (route.RequestType is { } request)
        {
            operation["requestBody"] = new JsonObject
            {
                ["required"] = !route.IsBodyOptional,
                ["description"] = $"At most {route.BodyLimitInBytes} bytes.",
                ["content"] = Content("application/json", schemas.Refer(request)),
            };
        }

        operation["responses"] = Responses(route, schemas);
        return operation;
    }

    private static JsonArray Parameters(RestRoute route)
    {
        var parameters = new JsonArray();
        foreach (var segment in route.Pattern.Split('/').Where(segment => segment.StartsWith('{')))
        {
            var name = segment.Trim('{', '}');
            parameters.Add(Parameter(name, "path", PathParameter(name), "string", required: true));
        }

        foreach (var query in route.Query) parameters.Add(Parameter(query.Name, "query", query.Description, query.Type, query.IsRequired));
        if (route.TakesIdempotencyKey)
        {
            parameters.Add(Parameter(
                "Idempotency-Key", "header", "1 to 128 visible ASCII characters: sent again with the same key within 24 hours, the request happens once.",
                "string", required: false));
        }

        if (route.Authentication == RouteAuthentication.ClientCertificate)
            parameters.Add(Parameter("X-Keyreeve-Purpose", "header", "Why the caller asks: a code of 1 to 64 characters for the audit trail.", "string", required: false));
        return parameters;
    }

    private static string PathParameter(string name) => name is "key" ? "The key's name or its identifier." : "The principal's name.";

    private static JsonObject Parameter(string name, string place, string description, string type, bool required) => new()
    {
        ["name"] = name, ["in"] = place, ["required"] = required, ["description"] = description, ["schema"] = new JsonObject { ["type"] = type },
    };

    private static JsonObject Responses(RestRoute route, MessageSchemas schemas)
    {
        var success = new JsonObject { ["description"] = "Done.", ["headers"] = HeaderReferences() };
        if (route.ResponseType is { } type) success["content"] = Content("application/json", schemas.Refer(type));
        else if (route.ResponseContentType is { } other) success["content"] = Content(other, new JsonObject());
        else if (route.SuccessStatus == 200) success["content"] = Content("application/json", new JsonObject { ["type"] = "object" });
        var responses = new SortedDictionary<int, JsonObject> { [route.SuccessStatus] = success };

        foreach (var byStatus in ErrorsOf(route).GroupBy(error => RestErrors.For(error).Status))
            responses[byStatus.Key] = Problem(string.Join(", ", byStatus.Distinct().Order()), schemas);
        if (route.BodyLimitInBytes > 0)
        {
            responses[413] = Problem(nameof(KeyreeveError.RequestTooLarge), schemas);
            responses[415] = Problem(nameof(KeyreeveError.InvalidMessage) + ": the body is not JSON, or is compressed", schemas);
        }

        var written = new JsonObject();
        foreach (var (status, response) in responses) written[status.ToString(System.Globalization.CultureInfo.InvariantCulture)] = response;
        return written;
    }

    private static IEnumerable<KeyreeveError> ErrorsOf(RestRoute route) =>
        route.Authentication == RouteAuthentication.Anonymous ? [.. OfEveryRoute, .. route.Errors] : [.. OfEveryRoute, .. OfEveryOperation, .. route.Errors];

    private static JsonObject Problem(string errors, MessageSchemas schemas) => new()
    {
        ["description"] = errors + ".",
        ["headers"] = HeaderReferences(),
        ["content"] = Content("application/problem+json", schemas.Refer(RestJson.Default.ProblemMessage)),
    };

    private static JsonObject Content(string mediaType, JsonObject schema) => new() { [mediaType] = new JsonObject { ["schema"] = schema } };

    private static JsonObject HeaderReferences() =>
        new() { [RestPipeline.CorrelationHeader] = new JsonObject { ["$ref"] = "#/components/headers/" + RestPipeline.CorrelationHeader } };

    private static JsonObject Headers() => new()
    {
        [RestPipeline.CorrelationHeader] = new JsonObject
        {
            ["description"] = "Finds the request in the server's log and in the audit trail.",
            ["schema"] = new JsonObject { ["type"] = "string" },
        },
    };

    private static string Lower(string method) => method switch
    {
        "GET" => "get",
        "POST" => "post",
        "PUT" => "put",
        "DELETE" => "delete",
        _ => throw new InvalidOperationException($"No route has the method {method}."),
    };
}
