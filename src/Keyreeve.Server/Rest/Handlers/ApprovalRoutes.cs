using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Server.Rest.Messages;
using Keyreeve.Server.Rest.Routing;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>The routes of what takes others to agree. To ask there is none: whoever tries has asked.</summary>
internal static class ApprovalRoutes
{
    private const string Pattern = "/v1/approvals/{id}";

    private static readonly ListApprovalsOperation List = new();
    private static readonly ApproveOperation Approve = new();
    private static readonly RejectApprovalOperation Reject = new();
    private static readonly WithdrawApprovalOperation Withdraw = new();

    public static ImmutableArray<RestRoute> Rows { get; } =
    [
        new RestRoute
        {
            Name = "ListApprovals", Method = "GET", Pattern = "/v1/approvals",
            Summary = "Lists the caller's own requests for approval, and those that the caller may decide on.",
            Query = [new("all", "true: those that have ended too, as long as they are kept.", "boolean")], Errors = [KeyreeveError.InvalidField],
        }.Answering(RestJson.Default.ApprovalListMessage, static async (exchange, ct) =>
        {
            var found = await exchange.RunAsync(List, new ListApprovalsRequest(null, OpenOnly: !IsTrue(exchange, "all")), ct);
            return new ApprovalListMessage { Requests = [.. found.Select(request => MessageOf(exchange, request))] };
        }),
        new RestRoute
        {
            Name = "GetApproval", Method = "GET", Pattern = Pattern, Summary = "Shows a request for approval.", Errors = [KeyreeveError.ItemNotFound],
        }.Answering(RestJson.Default.ApprovalRequestMessage, static async (exchange, ct) =>
            MessageOf(exchange, (await exchange.RunAsync(List, new ListApprovalsRequest(IdOf(exchange), OpenOnly: false), ct))[0])),
        Deciding("Approve", "POST", Pattern + "/approve", "Agrees to what another wants to do; he then asks the same again, and it is done.", Approve),
        Deciding("RejectApproval", "POST", Pattern + "/reject", "Refuses what another wants to do, for good.", Reject),
        Deciding("WithdrawApproval", "DELETE", Pattern, "Takes back one's own request.", Withdraw),
    ];

    private static RestRoute Deciding(string name, string method, string pattern, string summary, ApprovalDecision operation) => new RestRoute
    {
        Name = name, Method = method, Pattern = pattern, Summary = summary,
        Errors = [KeyreeveError.PermissionDenied, KeyreeveError.ItemNotFound, KeyreeveError.Conflict],
    }.Answering(RestJson.Default.ApprovalRequestMessage, async (exchange, ct) =>
        MessageOf(exchange, await exchange.RunAsync(operation, new ApprovalDecisionRequest(IdOf(exchange)), ct)));

    private static UniqueIdentifier IdOf(RestExchange exchange) => UniqueIdentifier.Parse(exchange.Path("id"));

    private static bool IsTrue(RestExchange exchange, string name) => exchange.Query(name) switch
    {
        null or "false" => false,
        "true" => true,
        _ => throw new KeyreeveException(KeyreeveError.InvalidField, $"'{name}' is true or false."),
    };

    private static ApprovalRequestMessage MessageOf(RestExchange exchange, ApprovalRequest request) => new()
    {
        Id = request.Id.ToString(),
        Kind = ApprovalKinds.WordOf(request.Kind),
        State = request.StateAt(exchange.Call.Time).ToString(),
        Operation = request.Operation.ToString(),
        Requester = request.Requester,
        Summary = request.Summary,
        Details = request.Details,
        Group = request.Group?.Value,
        ObjectId = request.ObjectId?.ToString(),
        ObjectVersion = request.ObjectId is null ? null : request.ObjectVersion,
        Digest = request.Digest,
        Purpose = request.Purpose,
        AskedAt = request.AskedAt,
        ExpiresAt = request.ExpiresAt,
        Needed = request.Needed,
        Approvals = [.. request.Approvals.Select(static a => new ApprovalMessage { Principal = a.Principal, At = a.At, CountsNoMore = a.CountsNoMore ? true : null })],
        EndedBy = request.EndedBy,
        EndedAt = request.EndedAt,
    };
}
