using System.Collections.Immutable;
using Keyreeve.Kmip;
using Xunit;

namespace Keyreeve.Integration.Kmip.Probe;

/// <summary>
/// Every operation in every version, with one thing wrong at a time: it has to fail, and with a reason that the standard has in its
/// table for that operation.
/// </summary>
[Trait("Speed", "Slow")]
public sealed class KmipProbeTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    private static readonly ReasonTable Reasons = ReasonTable.Read();
    private static readonly State[] States = [State.PreActive, State.Active, State.Deactivated, State.Compromised, State.Destroyed];
    private static readonly ProbeObject[] Kinds = Enum.GetValues<ProbeObject>()[1..];

    /// <summary>The versions.</summary>
    public static TheoryData<int, int> Versions { get; } = new([(1, 0), (1, 1), (1, 2), (1, 3), (1, 4), (2, 0), (2, 1), (3, 0)]);

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Field_MissingOrOfAnotherTypeOrUnknown_IsRefusedAsTheStandardSays(int major, int minor)
    {
        var version = new ProtocolVersion(major, minor);
        var mustFail = new List<ProbeRequest>();
        var mayFail = new List<ProbeRequest>();
        foreach (var operation in Of(version))
        {
            // About an object of its own, in the State in which it works, so that nothing else is wrong with it.
            var isAbout = operation.About != ProbeObject.None && HasPlaceholder(operation, version);
            var payload = operation.Payload(version, isAbout ? null : ProbedOperations.Nowhere);
            var required = Reasons.Required(operation.Operation, version);
            foreach (var (field, without) in ProbePayload.WithoutEach(payload))
            {
                var isRequired = (required.Contains(field) && !IsLenient(operation.Operation, field)) || (required.Contains("Object") && field is nameof(Tag.SymmetricKey));
                if (!isRequired && operation.IsForFaultsAlone) continue;
                (isRequired ? mustFail : mayFail).Add(Of(operation, version, $"without {field}", without));
            }

            foreach (var (field, retyped) in ProbePayload.WithEachRetyped(payload)) mustFail.Add(Of(operation, version, $"with {field}", retyped));
            mustFail.Add(Of(operation, version, "with a field that it does not have", ProbePayload.WithUnknownField(payload)));
            // A Create Split Key that names no key makes one.
            if (isAbout && operation.Operation != Operation.CreateSplitKey) mustFail.Add(Single(operation, "without an object", payload));
            foreach (var field in required) Assert.True(Names(payload).Contains(field) || field is "Object" || IsLenient(operation.Operation, field), $"The request {operation.Operation} of {version} is without {field} itself.");
        }

        await RequireAsync(version, mustFail, mayFail, []);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Object_ThatIsNowhere_IsNotFound(int major, int minor)
    {
        var version = new ProtocolVersion(major, minor);
        var probes = Of(version).Where(o => o.About != ProbeObject.None || o.Operation == Operation.JoinSplitKey)
            .Select(o => Single(o, "of an object that is nowhere", o.Payload(version, ProbedOperations.Nowhere))).ToList();
        foreach (var (probe, answers) in await RequireAsync(version, probes, [], []))
        {
            var reason = answers[^1].Reason;
            Assert.True(reason is ResultReason.ItemNotFound or ResultReason.ObjectNotFound, $"{version} {probe.What}: {reason}");
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Object_InEachState_TakesTheOperationsThatTheStandardSays(int major, int minor)
    {
        var version = new ProtocolVersion(major, minor);
        var (mustFail, mayFail, mustWork) = (new List<ProbeRequest>(), new List<ProbeRequest>(), new List<ProbeRequest>());
        foreach (var operation in About(version))
            foreach (var state in States)
            {
                var probe = Batch(operation, $"of an object that is {state}", version, operation.About, ProbeObjects.AllUses, state);
                (operation.Works is null ? mayFail : operation.Works.Contains(state) ? mustWork : mustFail).Add(probe);
            }

        await RequireAsync(version, mustFail, mayFail, mustWork);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Object_OfAnotherType_IsRefusedAsTheStandardSays(int major, int minor)
    {
        var version = new ProtocolVersion(major, minor);
        var (mustFail, mayFail) = (new List<ProbeRequest>(), new List<ProbeRequest>());
        foreach (var operation in About(version))
            foreach (var kind in Kinds.Where(k => k != operation.About))
            {
                var state = operation.Operation is Operation.Activate or Operation.Destroy or Operation.ReKeyKeyPair || kind == ProbeObject.Opaque ? State.PreActive : State.Active;
                var probe = Batch(operation, $"of a {kind}", version, kind, ProbeObjects.AllUses, state);
                (operation.NeverFor.Contains(kind) ? mustFail : mayFail).Add(probe);
            }

        await RequireAsync(version, mustFail, mayFail, []);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Object_ForOtherUses_IsRefusedAsTheStandardSays(int major, int minor)
    {
        var version = new ProtocolVersion(major, minor);
        var probes = About(version).Where(o => o.Needs != default)
            .Select(o => Batch(o, $"of a key that is not for {o.Needs}", version, o.About, ProbeObjects.AllUses & ~o.Needs, State.Active)).ToList();
        await RequireAsync(version, probes, [], []);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Request_ThatAsksForWhatIsNot_IsRefusedAsTheStandardSays(int major, int minor)
    {
        var version = new ProtocolVersion(major, minor);
        var probes = ProbedFaults.Table.Where(f => f.Request.IsIn(version)).Select(f => f.Request.About == ProbeObject.None
            ? Single(f.Request, f.What, f.Request.Payload(version, null))
            : Batch(f.Request, f.What, version, f.Request.About, ProbeObjects.AllUses, State.Active, f.Before)).ToList();
        await RequireAsync(version, probes, [], []);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task MaximumResponseSize_BelowTheAnswer_IsResponseTooLarge(int major, int minor)
    {
        var version = new ProtocolVersion(major, minor);
        var probes = About(version).Where(o => o.Works is { Count: > 0 })
            .Select(o => Batch(o, "for an answer of one byte", version, o.About, ProbeObjects.AllUses, o.Works![0]) with { Header = new() { MaximumResponseSize = 1 } }).ToList();
        foreach (var (probe, answers) in await RequireAsync(version, probes, [], []))
            Assert.True(answers[^1].Reason == ResultReason.ResponseTooLarge, $"{version} {probe.What}: {answers[^1].Reason}");
    }

    [Fact]
    public void Table_OfProbes_HasEveryOperationThatClientsSend()
    {
        Operation[] toClients = [Operation.Notify, Operation.Put];
        var probed = ProbedOperations.Table.Select(o => o.Operation).Distinct().Order();
        Assert.Equal(Keyreeve.Kmip.Payloads.PayloadTable.All.Select(p => p.Operation).Except(toClients).Order(), probed);
    }

    // Whoever says nothing of the objects means all; a key can be certified without a request from KMIP 1.1 on.
    private static bool IsLenient(Operation operation, string field) => operation switch
    {
        Operation.Locate => field is nameof(Tag.Attributes),
        Operation.Certify or Operation.ReCertify => field is nameof(Tag.CertificateRequest) or nameof(Tag.CertificateRequestType),
        _ => false,
    };

    private static bool HasPlaceholder(ProbedOperation operation, ProtocolVersion version) => operation.Operation != Operation.DeriveKey || version.Major >= 2;

    private static ProbeRequest Of(ProbedOperation operation, ProtocolVersion version, string what, byte[] payload)
    {
        if (operation.About == ProbeObject.None || !HasPlaceholder(operation, version)) return Single(operation, what, payload);
        var whole = Batch(operation, what, version, operation.About, ProbeObjects.AllUses, operation.Works is { Count: > 0 } works ? works[0] : State.Active);
        return whole with { Items = whole.Items.SetItem(whole.Items.Length - 1, (operation.Operation, payload)) };
    }

    private static IEnumerable<ProbedOperation> Of(ProtocolVersion version) => ProbedOperations.Table.Where(o => o.IsIn(version));

    // Derive Key names its key, and has no ID Placeholder before 2.0.
    private static IEnumerable<ProbedOperation> About(ProtocolVersion version) =>
        Of(version).Where(o => o.About != ProbeObject.None && HasPlaceholder(o, version));

    private static ImmutableHashSet<string> Names(byte[] payload) => [.. ProbePayload.WithoutEach(payload).Select(p => p.Field)];

    private static ProbeRequest Single(ProbedOperation operation, string what, byte[] payload) =>
        new($"{operation.Operation} {what}", operation.Operation, [(operation.Operation, payload)]);

    private static ProbeRequest Batch(ProbedOperation operation, string what, ProtocolVersion version, ProbeObject kind, CryptographicUsageMask mask, State state, ProbedOperation? before = null)
    {
        var items = ImmutableArray.CreateBuilder<(Operation Operation, byte[] Payload)>();
        items.Add(ProbeObjects.Register(kind, version, mask));
        items.AddRange(ProbeObjects.Lead(state, version));
        if (before is not null) items.Add((before.Operation, before.Payload(version, null)));
        items.Add((operation.Operation, operation.Payload(version, null)));
        return new($"{operation.Operation} {what}", operation.Operation, items.DrainToImmutable());
    }

    private async Task<IReadOnlyList<(ProbeRequest Probe, IReadOnlyList<ProbeAnswer> Answers)>> RequireAsync(
        ProtocolVersion version, List<ProbeRequest> mustFail, List<ProbeRequest> mayFail, List<ProbeRequest> mustWork)
    {
        using var certificate = door.Enrol($"probe-{Guid.NewGuid()}", KmipDoor.InteropGroup);
        await using var raw = await RawKmipClient.ConnectAsync(door, certificate);
        var played = await new ProbeConnection(raw, version).PlayAsync([.. mustFail, .. mayFail, .. mustWork]);
        var faults = new List<string>();
        foreach (var (probe, answers) in played)
        {
            if (probe.Header.MaximumResponseSize is null)
                faults.AddRange(answers.SkipLast(1).Where(a => a.Status != ResultStatus.Success).Take(1).Select(a => $"{version} {probe.What}: the object is not made so: {a.Reason}, {a.Message}"));
            var answer = answers[^1];
            var hasFailed = answer.Status == ResultStatus.OperationFailed;
            if (!hasFailed && mustFail.Contains(probe)) faults.Add($"{version} {probe.What}: {answer.Status}");
            if (hasFailed && mustWork.Contains(probe)) faults.Add($"{version} {probe.What}: should work, but {answer.Reason}, {answer.Message}");
            if (hasFailed && !mustWork.Contains(probe) && !Reasons.Allows(probe.Operation, version, answer.Reason!.Value))
                faults.Add($"{version} {probe.What}: {answer.Reason} is not among its reasons ({answer.Message})");
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults.Prepend($"{faults.Count} faults of {played.Count} probes")));
        return played;
    }
}
