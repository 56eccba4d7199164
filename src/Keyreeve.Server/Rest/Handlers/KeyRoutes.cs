using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Server.Rest.Messages;
using Keyreeve.Server.Rest.Routing;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>The routes of named keys.</summary>
internal static class KeyRoutes
{
    private const int SmallBodyInBytes = 16 * 1024;

    private static readonly CreateKeyOperation Create = new();
    private static readonly ListKeysOperation List = new();
    private static readonly GetKeyOperation Get = new();
    private static readonly ListVersionsOperation Versions = new();
    private static readonly RotateKeyOperation Rotate = new();
    private static readonly EnableKeyOperation Enable = new();
    private static readonly DisableKeyOperation Disable = new();
    private static readonly ScheduleDestructionOperation Schedule = new();
    private static readonly CancelDestructionOperation Cancel = new();
    private static readonly DestroyKeyOperation Destroy = new();

    public static ImmutableArray<RestRoute> Rows { get; } = [.. Reading(), .. Changing(), .. Ending()];

    private static IEnumerable<RestRoute> Reading() =>
    [
        new RestRoute
        {
            Name = "ListKeys", Method = "GET", Pattern = "/v1/keys",
            Summary = "Lists the keys that the caller may know of, a page at a time.",
            Query =
            [
                new("group", "Only keys of this group and those below it."),
                new("prefix", "Only keys whose name begins so."),
                new("state", "Only keys whose current version is in this State."),
                new("limit", "How many at most, 1 to 1000; 100 if absent.", "integer"),
                new("cursor", "The page that 'next' of the page before named."),
            ],
            Errors = [KeyreeveError.InvalidField],
        }.Answering(RestJson.Default.KeyListMessage, ListAsync),
        new RestRoute
        {
            Name = "GetKey", Method = "GET", Pattern = "/v1/keys/{key}", Summary = "Tells what is known of a key.",
            Errors = [KeyreeveError.ItemNotFound, KeyreeveError.PermissionDenied, KeyreeveError.InvalidObjectType],
        }.Answering(RestJson.Default.KeyMessage, static async (exchange, ct) =>
            KeyMessages.Of(await exchange.RunAsync(Get, new GetKeyRequest(KeyOf(exchange)), ct))),
        new RestRoute
        {
            Name = "ListVersions", Method = "GET", Pattern = "/v1/keys/{key}/versions", Summary = "Lists all versions of a key, oldest first.",
            Errors = [KeyreeveError.ItemNotFound, KeyreeveError.PermissionDenied, KeyreeveError.InvalidObjectType],
        }.Answering(RestJson.Default.VersionListMessage, static async (exchange, ct) =>
            KeyMessages.Of(await exchange.RunAsync(Versions, new ListVersionsRequest(KeyOf(exchange)), ct))),
    ];

    private static IEnumerable<RestRoute> Changing() =>
    [
        new RestRoute
        {
            Name = "CreateKey", Method = "POST", Pattern = "/v1/keys", Summary = "Creates a key with its first version, which encrypts at once.",
            BodyLimitInBytes = SmallBodyInBytes, TakesIdempotencyKey = true, SuccessStatus = 201,
            Errors =
            [
                KeyreeveError.PermissionDenied, KeyreeveError.InvalidField, KeyreeveError.NonUniqueName, KeyreeveError.IdempotencyConflict,
                KeyreeveError.CryptographicParametersNotSupported, KeyreeveError.RefusedByMode, KeyreeveError.ProtectionStorageUnavailable,
                KeyreeveError.TokenUnavailable,
            ],
        }.Answering(RestJson.Default.CreateKeyBody, RestJson.Default.KeyMessage, CreateAsync),
        new RestRoute
        {
            Name = "RotateKey", Method = "POST", Pattern = "/v1/keys/{key}/rotate",
            Summary = "Gives a key a new version, which encrypts from now on; older versions go on decrypting.",
            TakesIdempotencyKey = true,
            Errors = [.. OfChanges(), KeyreeveError.IdempotencyConflict, KeyreeveError.WrongKeyLifecycleState, KeyreeveError.KeyDisabled],
        }.Answering(RestJson.Default.KeyMessage, static async (exchange, ct) =>
            KeyMessages.Of(await exchange.RunAsync(Rotate, new RotateKeyRequest(KeyOf(exchange)), ct))),
        new RestRoute
        {
            Name = "EnableKey", Method = "POST", Pattern = "/v1/keys/{key}/enable", Summary = "Lets a disabled key be used again.", Errors = OfChanges(),
        }.Answering(RestJson.Default.KeyMessage, static async (exchange, ct) =>
            KeyMessages.Of(await exchange.RunAsync(Enable, new EnableKeyRequest(KeyOf(exchange)), ct))),
        new RestRoute
        {
            Name = "DisableKey", Method = "POST", Pattern = "/v1/keys/{key}/disable",
            Summary = "Stops every use of a key until it is enabled; nothing is lost.", Errors = OfChanges(),
        }.Answering(RestJson.Default.KeyMessage, static async (exchange, ct) =>
            KeyMessages.Of(await exchange.RunAsync(Disable, new DisableKeyRequest(KeyOf(exchange)), ct))),
    ];

    private static IEnumerable<RestRoute> Ending() =>
    [
        new RestRoute
        {
            Name = "ScheduleDestruction", Method = "POST", Pattern = "/v1/keys/{key}/destruction",
            Summary = "Announces a key's destruction; until its day the key cannot be used, and the destruction can be cancelled.",
            BodyLimitInBytes = SmallBodyInBytes, IsBodyOptional = true, Errors = [.. OfChanges(), KeyreeveError.InvalidField, KeyreeveError.ApprovalRequired],
        }.AnsweringOptional(RestJson.Default.ScheduleDestructionBody, RestJson.Default.KeyMessage, ScheduleAsync),
        new RestRoute
        {
            Name = "CancelDestruction", Method = "DELETE", Pattern = "/v1/keys/{key}/destruction",
            Summary = "Cancels the destruction of a key, which can be used again.", Errors = OfChanges(),
        }.Answering(RestJson.Default.KeyMessage, static async (exchange, ct) =>
            KeyMessages.Of(await exchange.RunAsync(Cancel, new CancelDestructionRequest(KeyOf(exchange)), ct))),
        new RestRoute
        {
            Name = "DestroyKey", Method = "DELETE", Pattern = "/v1/keys/{key}",
            Summary = "Destroys all versions of a key for good: what it encrypted cannot be read any more, by anybody.",
            BodyLimitInBytes = SmallBodyInBytes, IsBodyOptional = true, SuccessStatus = 204,
            Query = [new("confirm", "The key's name, once more, if there is no body.")],
            Errors = [.. OfChanges(), KeyreeveError.MissingField, KeyreeveError.InvalidField, KeyreeveError.ApprovalRequired],
        }.AnsweringNothing(RestJson.Default.DestroyKeyBody, DestroyAsync),
    ];

    private static ImmutableArray<KeyreeveError> OfChanges() =>
    [
        KeyreeveError.ItemNotFound, KeyreeveError.PermissionDenied, KeyreeveError.InvalidObjectType, KeyreeveError.ObjectDestroyed, KeyreeveError.Conflict,
    ];

    private static KeySelector KeyOf(RestExchange exchange) => KeySelector.Parse(exchange.Path("key"));

    private static async ValueTask<KeyMessage> CreateAsync(RestExchange exchange, CreateKeyBody body, CancellationToken cancellationToken)
    {
        var request = new CreateKeyRequest
        {
            Name = body.Name,
            Group = body.Group is { } group ? GroupName.Parse(group) : null,
            Algorithm = body.Algorithm is { } algorithm ? KeyMessages.ParseWord<CryptographicAlgorithm>(algorithm, "algorithm") : CryptographicAlgorithm.AES,
            LengthInBits = body.LengthInBits ?? 256,
            Usage = body.Usage is { } usage ? KeyMessages.ParseUsage(usage) : CreateKeyRequest.DefaultUsage,
            Protection = KeyMessages.ParseProtection(body.Protection),
        };
        var key = await exchange.RunAsync(Create, request, cancellationToken);
        exchange.SetLocation($"/v1/keys/{key.Id}");
        return KeyMessages.Of(key);
    }

    private static async ValueTask<KeyListMessage> ListAsync(RestExchange exchange, CancellationToken cancellationToken)
    {
        var request = new ListKeysRequest
        {
            Group = exchange.Query("group") is { } group ? GroupName.Parse(group) : null,
            NamePrefix = exchange.Query("prefix") is { } prefix ? RequirePrefix(prefix) : null,
            State = exchange.Query("state") is { } state ? KeyMessages.ParseWord<State>(state, "state") : null,
            Limit = exchange.QueryNumber("limit", 1, ListKeysRequest.MaxLimit, 100),
            After = exchange.Query("cursor") is { } cursor ? RequireCursor(cursor) : null,
        };
        var page = await exchange.RunAsync(List, request, cancellationToken);
        return new KeyListMessage { Keys = [.. page.Keys.Select(KeyMessages.Of)], Next = page.Next?.ToString() };
    }

    private static async ValueTask<KeyMessage> ScheduleAsync(RestExchange exchange, ScheduleDestructionBody? body, CancellationToken cancellationToken)
    {
        var after = body?.After is { } text ? Iso8601Duration.Parse(text, "after") : (TimeSpan?)null;
        return KeyMessages.Of(await exchange.RunAsync(Schedule, new ScheduleDestructionRequest(KeyOf(exchange), after), cancellationToken));
    }

    private static async ValueTask DestroyAsync(RestExchange exchange, DestroyKeyBody? body, CancellationToken cancellationToken)
    {
        var inQuery = exchange.Query("confirm");
        if (body is not null && inQuery is not null)
            throw new KeyreeveException(KeyreeveError.InvalidField, "'confirm' stands in the body or in the query, not in both.");
        var confirmation = body?.Confirm ?? inQuery
            ?? throw new KeyreeveException(KeyreeveError.MissingField, "Destroying a key takes its name once more, as 'confirm'.");
        await exchange.RunAsync(Destroy, new DestroyKeyRequest(KeyOf(exchange), confirmation), cancellationToken);
    }

    private static string RequirePrefix(string prefix) => prefix.Length <= KeySelector.MaxNameLength
        ? prefix
        : throw new KeyreeveException(KeyreeveError.InvalidField, $"'prefix' has at most {KeySelector.MaxNameLength} characters.");

    private static UniqueIdentifier RequireCursor(string cursor) => UniqueIdentifier.TryParse(cursor, out var id)
        ? id
        : throw new KeyreeveException(KeyreeveError.InvalidField, "'cursor' is what 'next' of the page before was.");
}
