using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Operations.Offboarding;
using Keyreeve.Server.Rest.Messages;
using Keyreeve.Server.Rest.Routing;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>The route of offboarding.</summary>
internal static class OffboardingRoutes
{
    // Whoever it is about is shut out at once; the trail is read for what may be exposed.
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(1);

    public static ImmutableArray<RestRoute> Rows { get; } =
    [
        new RestRoute
        {
            Name = "Offboard", Method = "POST", Pattern = "/v1/offboardings", BodyLimitInBytes = 4 * 1024, TimeLimit = TimeLimit,
            Summary = "Shuts somebody out everywhere, sees to the keys they touched, and gives a signed report of what may be exposed since when.",
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.InvalidField, KeyreeveError.ItemNotFound, KeyreeveError.Conflict, KeyreeveError.AuditUnavailable],
        }.Answering(RestJson.Default.OffboardingBody, RestJson.Default.OffboardingMessage, static async (exchange, body, ct) =>
        {
            var request = new OffboardRequest(SubjectOf(body), body.DryRun, MeasureOf(body.Keys));
            var report = await exchange.Services.Offboarding.RunAsync(exchange.Call, request, ct);
            return new OffboardingMessage { Report = report.Text, Signature = report.Signature, Verifier = report.Verifier };
        }),
    ];

    private static OffboardingSubject SubjectOf(OffboardingBody body)
    {
        (OffboardingKind Kind, string? Name)[] named =
        [
            (OffboardingKind.Principal, body.Principal), (OffboardingKind.Group, body.Group), (OffboardingKind.Tenant, body.Tenant), (OffboardingKind.Issuer, body.Issuer),
        ];
        return named.Where(static n => n.Name is not null).ToList() is [{ } only]
            ? new OffboardingSubject(only.Kind, only.Name!)
            : throw new KeyreeveException(KeyreeveError.InvalidField, "Exactly one of 'principal', 'group', 'tenant' and 'issuer' says who is to be shut out.");
    }

    private static KeyMeasure MeasureOf(string? keys) => keys switch
    {
        null or "leave" => KeyMeasure.Leave,
        "rotate" => KeyMeasure.Rotate,
        "disable" => KeyMeasure.Disable,
        _ => throw new KeyreeveException(KeyreeveError.InvalidField, "'keys' is leave, rotate or disable."),
    };
}
