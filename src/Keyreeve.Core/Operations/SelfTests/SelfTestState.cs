using System.Collections.Frozen;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations;

/// <summary>
/// Whether cryptography does here what it should. Once a known answer has not come out, no key is served until the server is
/// started again: what a machine computes that was wrong once is not relied on because it was right later. Thread safe.
/// </summary>
public sealed class SelfTestState
{
    // What helps to find out, and what protects.
    private static readonly FrozenSet<OperationName> AllowedInErrorState = FrozenSet.Create(OperationName.SelfTest, OperationName.DisablePrincipal, OperationName.NoteStoreHead);

    private readonly IReadOnlyList<KnownAnswer> _answers;
    private readonly TimeProvider _time;
    private SelfTestReport _last;
    private string? _failure;
    private Action<string>? _tell;

    private SelfTestState(IReadOnlyList<KnownAnswer> answers, TimeProvider time)
    {
        _answers = answers;
        _time = time;
        _last = Run();
    }

    /// <summary>What came out last.</summary>
    public SelfTestReport Last => Volatile.Read(ref _last);

    /// <summary>What has gone wrong since the start; null if nothing has.</summary>
    public string? Failure => Volatile.Read(ref _failure);

    /// <summary>Runs the known answers for the first time.</summary>
    /// <param name="answers">Which; <see cref="KnownAnswer.All"/> in earnest.</param>
    /// <param name="time">The clock.</param>
    public static SelfTestState Begin(IReadOnlyList<KnownAnswer> answers, TimeProvider time) => new(answers, time);

    /// <summary>Runs them again.</summary>
    public SelfTestReport Run()
    {
        var report = SelfTest.Run(_answers, _time);
        Volatile.Write(ref _last, report);
        if (!report.HasPassed) Fail("known answers did not come out: " + string.Join(", ", report.Failed));
        return report;
    }

    /// <summary>Notes a failure found elsewhere, such as a new pair whose halves do not fit.</summary>
    public void Fail(string what)
    {
        if (Interlocked.CompareExchange(ref _failure, what, null) is null) Volatile.Read(ref _tell)?.Invoke(what);
    }

    /// <summary>Says who is told of the first failure: at once, if there has been one.</summary>
    public void Tell(Action<string> tell)
    {
        Volatile.Write(ref _tell, tell);
        if (Failure is { } what) tell(what);
    }

    /// <summary>Refuses what uses, releases or changes keys, if something has gone wrong.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.SelfTestFailed"/>.</exception>
    internal void Require(OperationName operation, OperationClass operationClass)
    {
        if (Failure is null || operationClass == OperationClass.Read || AllowedInErrorState.Contains(operation)) return;
        throw Refusal();
    }

    /// <summary>The refusal of everything while the state lasts.</summary>
    public KeyreeveException Refusal() =>
        new(KeyreeveError.SelfTestFailed, $"A self-test has failed ({Failure}), so no key is served until the server is started again.");
}
