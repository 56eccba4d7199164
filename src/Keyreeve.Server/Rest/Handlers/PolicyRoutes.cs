using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Core.Operations.Policies;
using Keyreeve.Server.Rest.Messages;
using Keyreeve.Server.Rest.Routing;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>The routes of the policy: read, compared, applied and explained.</summary>
internal static class PolicyRoutes
{
    // 20,000 bindings with conditions.
    private const int PolicyBodyInBytes = 8 * 1024 * 1024;
    private const int QuestionBodyInBytes = 64 * 1024;

    // A whole policy is compiled and compared.
    private static readonly TimeSpan LongTimeLimit = TimeSpan.FromMinutes(1);

    public static ImmutableArray<RestRoute> Rows { get; } =
    [
        new RestRoute
        {
            Name = "ReadPolicy", Method = "GET", Pattern = "/v1/policy", Summary = "Gives the tenant's policy, with what enrolment gave.",
            Errors = [KeyreeveError.PermissionDenied],
        }.Answering(PolicyAnswerJson.Default.PolicyMessage, static async (exchange, ct) =>
        {
            var whole = await exchange.RunAsync(exchange.Services.Policies.Read, new ReadPolicyRequest(), ct);
            return new PolicyMessage { Version = whole.Version, Policy = whole.ToFile() };
        }),
        new RestRoute
        {
            Name = "ComparePolicy", Method = "POST", Pattern = "/v1/policy/compare",
            Summary = "Tells what a policy would change, after looking at it as closely as if it were applied.",
            BodyLimitInBytes = PolicyBodyInBytes, TimeLimit = LongTimeLimit, Errors = [KeyreeveError.PermissionDenied, KeyreeveError.InvalidField],
        }.Answering(RestJson.Default.ComparePolicyBody, RestJson.Default.PolicyOutcomeMessage, static async (exchange, body, ct) =>
            MessageOf(await exchange.RunAsync(exchange.Services.Policies.Compare, new ComparePolicyRequest(body.Policy), ct))),
        new RestRoute
        {
            Name = "ChangePolicy", Method = "PUT", Pattern = "/v1/policy",
            Summary = "Puts a policy in the place of the one in force; the next request is decided by it, on connections that are open too.",
            BodyLimitInBytes = PolicyBodyInBytes, TimeLimit = LongTimeLimit,
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.ApprovalRequired, KeyreeveError.InvalidField, KeyreeveError.Conflict],
        }.Answering(RestJson.Default.ChangePolicyBody, RestJson.Default.PolicyOutcomeMessage, static async (exchange, body, ct) =>
            MessageOf(await exchange.RunAsync(exchange.Services.Policies.Change, new ChangePolicyRequest(body.Policy, body.ExpectedVersion), ct))),
        new RestRoute
        {
            Name = "ExplainAccess", Method = "POST", Pattern = "/v1/policy/explain",
            Summary = "Answers why a principal may do something, or why not.", BodyLimitInBytes = QuestionBodyInBytes,
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.ItemNotFound, KeyreeveError.InvalidField],
        }.Answering(RestJson.Default.ExplainBody, RestJson.Default.ExplanationMessage, static async (exchange, body, ct) =>
            MessageOf(await exchange.RunAsync(exchange.Services.Policies.Explain, RequestOf(body), ct))),
    ];

    private static ExplainAccessRequest RequestOf(ExplainBody body) => new()
    {
        Principal = body.Principal,
        Operation = Word<OperationName>(body.Operation, "operation"),
        Key = body.Key is { } key ? KeySelector.Parse(key) : null,
        Group = body.Group is { } group ? GroupName.Parse(group) : null,
        Context = body.Context?.Value,
        Purpose = body.Purpose,
        SourceAddress = body.SourceAddress is not { } address || NetworkRange.ReadAddress(address) is not null
            ? body.SourceAddress
            : throw new KeyreeveException(KeyreeveError.InvalidField, "'sourceAddress' is no address."),
        Protocol = body.Protocol is { } protocol ? Word<Protocol>(protocol, "protocol") : Protocol.Rest,
        Time = body.Time,
    };

    private static TWord Word<TWord>(string text, string what)
        where TWord : struct, Enum =>
        Enum.TryParse<TWord>(text, ignoreCase: false, out var word) && string.Equals(word.ToString(), text, StringComparison.Ordinal)
            ? word
            : throw new KeyreeveException(KeyreeveError.InvalidField, $"There is no {what} '{text}'; names are written as the audit trail has them, such as '{Enum.GetNames<TWord>()[^1]}'.");

    private static PolicyOutcomeMessage MessageOf(PolicyOutcome outcome) => new()
    {
        Changes = [.. outcome.Changes.Select(static c => new PolicyChangeMessage { Change = c.IsAdded ? "added" : "removed", What = c.What, Text = c.Text })],
        Warnings = outcome.Warnings,
        Before = outcome.Before,
        After = outcome.After,
    };

    private static ExplanationMessage MessageOf(AccessExplanation explanation) => new()
    {
        Allowed = explanation.Decision.IsAllowed,
        Answer = explanation.Answer == KeyreeveError.None ? "Done" : explanation.Answer.ToString(),
        HiddenBy = explanation.HiddenBy,
        Rule = explanation.Decision.Rule,
        Reason = explanation.Reason,
        Considered =
        [
            .. explanation.Considered.Select(static c => new ConsideredBindingMessage { Rule = c.Rule, Effect = c.IsDeny ? "deny" : "allow", Outcome = c.Outcome }),
        ],
        Approval = explanation.Approval is not { } need ? null : new NeededApprovalMessage
        {
            Kind = ApprovalKinds.WordOf(need.Kind), Approvals = need.Approvals, By = need.By, Waiver = need.Waiver,
        },
    };
}
