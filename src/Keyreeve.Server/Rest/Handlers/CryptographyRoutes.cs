using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.SelfTests;
using Keyreeve.Crypto;
using Keyreeve.Server.Rest.Messages;
using Keyreeve.Server.Rest.Routing;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>The routes about what computes here.</summary>
internal static class CryptographyRoutes
{
    private static readonly RunSelfTestOperation SelfTest = new();

    public static ImmutableArray<RestRoute> Rows { get; } =
    [
        new RestRoute
        {
            Name = "Cryptography", Method = "GET", Pattern = "/v1/cryptography", Summary = "Tells which library computes here, and whether its answers are right.",
        }.Answering(RestJson.Default.CryptographyMessage, static (exchange, _) => ValueTask.FromResult(Describe(exchange.Services.Engine))),
        new RestRoute
        {
            Name = "SelfTest", Method = "POST", Pattern = "/v1/self-test",
            Summary = "Computes the known answers of every algorithm now. If one does not come out, no key is served until the server is started again.",
            Errors = [KeyreeveError.PermissionDenied],
        }.Answering(RestJson.Default.SelfTestMessage, static async (exchange, ct) =>
        {
            var report = await exchange.RunAsync(SelfTest, new RunSelfTestRequest(), ct);
            return MessageOf(report, exchange.Services.Engine.SelfTest!);
        }),
    ];

    private static CryptographyMessage Describe(Engine engine) => new()
    {
        Library = CryptographyLibrary.Version,
        Providers = [.. CryptographyLibrary.Providers.Select(static p => new ProviderMessage { Name = p.Name, Description = p.Description, Version = p.Version })],
        LibrarySaysFipsMode = CryptographyLibrary.SaysFipsMode,
        Mode = engine.Modes.Default == GroupMode.Approved ? "approved" : "strict",
        PostQuantumInLibrary = [.. PostQuantum.Families.Where(static f => f.IsAvailable).Select(static f => f.Family)],
        SelfTest = MessageOf(engine.SelfTest!.Last, engine.SelfTest),
    };

    private static SelfTestMessage MessageOf(SelfTestReport report, SelfTestState state) => new()
    {
        Passed = report.HasPassed && state.Failure is null,
        Time = report.Time,
        Milliseconds = Math.Round(report.Took.TotalMilliseconds, 1),
        Answers = report.Results.Count,
        Failed = [.. report.Failed],
    };
}
