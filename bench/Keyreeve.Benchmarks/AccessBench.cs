using System.Collections.Immutable;
using System.Diagnostics;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;

namespace Keyreeve.Benchmarks;

/// <summary>The decision of policy, which every request pays for.</summary>
internal static class AccessBench
{
    private const int Bindings = 10_000;
    private const int MostMicroseconds = 2;
    private const int Batch = 1000;

    private static readonly Call Caller = new()
    {
        Principal = new Principal
        {
            Tenant = TenantId.Default, Name = "app", Fingerprint = "f", HomeGroup = GroupName.Default, Bindings = [], CredentialSince = DateTimeOffset.UnixEpoch,
        },
        Protocol = Protocol.Rest, SourceAddress = "10.1.2.3", SourcePort = 1, CorrelationId = "0", Time = DateTimeOffset.UnixEpoch.AddYears(50),
    };

    /// <summary>The line of the table.</summary>
    public static Comparison Comparison { get; } = new()
    {
        Name = "access-decide",
        Unit = "decisions/s",
        Ours = static d => Task.FromResult(Decide(d)),
        Reference = static _ => Task.FromResult(1_000_000.0 / MostMicroseconds),
        ReferenceName = "what is asked: 2 µs",
    };

    private static double Decide(TimeSpan duration)
    {
        var policy = new AccessPolicy(new TenantPolicy { Bindings = [.. Enumerable.Range(0, Bindings).Select(Binding)] }, static _ => new UseCounter());
        ImmutableArray<AccessQuestion> questions = [.. Enumerable.Range(0, 16).Select(static i => new AccessQuestion
        {
            Call = Caller, Operation = i % 2 == 0 ? OperationName.Decrypt : OperationName.Encrypt, Group = GroupName.Parse($"teams/{i * 7}/app/deep"),
        })];
        var allowed = 0;
        var done = 0L;
        var started = Stopwatch.GetTimestamp();
        do
        {
            for (var i = 0; i < Batch; i++)
                if (policy.Decide(questions[i % questions.Length]).IsAllowed) allowed++;
            done += Batch;
        }
        while (Stopwatch.GetElapsedTime(started) < duration);

        var rate = done / Stopwatch.GetElapsedTime(started).TotalSeconds;
        return allowed > 0 && allowed < done ? rate : throw new InvalidOperationException("The bench is to allow some and deny some.");
    }

    // Every group has two of them; what every tenth takes away is missed by half of the questions.
    private static AccessBinding Binding(int number) => new()
    {
        IsDeny = number % 10 == 0,
        Principals = ["app"],
        Role = number % 10 == 0 ? "Decrypter" : "KeyUser",
        Group = GroupName.Parse($"teams/{number / 2}"),
        Conditions = new AccessConditions { Protocols = [Protocol.Rest], Networks = [NetworkRange.TryParse("10.0.0.0/8", out var network) ? network : default] },
    };
}
