using Keyreeve.Kmip;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip.Probe;

/// <summary>Batches in which one item fails, at every place and under every Batch Error Continuation Option, in every version.</summary>
public sealed class KmipBatchProbeTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    private const int Items = 4;

    [Theory]
    [MemberData(nameof(KmipProbeTests.Versions), MemberType = typeof(KmipProbeTests))]
    public async Task Batch_WithAnItemThatFails_GoesOnAsItsOptionSays(int major, int minor)
    {
        var version = new ProtocolVersion(major, minor);
        var probes = new List<ProbeRequest>();
        BatchErrorContinuationOption?[] options = [null, BatchErrorContinuationOption.Stop, BatchErrorContinuationOption.Continue, BatchErrorContinuationOption.Undo];
        foreach (var option in options)
            for (var failing = 0; failing < Items; failing++) probes.Add(Batch(version, option, failing));

        using var certificate = door.Enrol($"batch-{version}", KmipDoor.InteropGroup);
        await using var raw = await RawKmipClient.ConnectAsync(door, certificate);
        var played = await new ProbeConnection(raw, version).PlayAsync(probes);
        Assert.All(played, p => Assert.Equal(p.Probe.What, $"{p.Probe.Header.BatchErrorContinuationOption}: {string.Join(' ', p.Answers.Select(a => a.Status))}"));
    }

    // What is expected is what the probe is called.
    private static ProbeRequest Batch(ProtocolVersion version, BatchErrorContinuationOption? option, int failing)
    {
        var create = (Operation.Create, ProbedOperations.Table.First(o => o.Operation == Operation.Create).Payload(version, null));
        var wrong = (Operation.Activate, ProbeObjects.Encode(new ActivateRequest { UniqueIdentifier = ProbedOperations.Nowhere }, version));
        var items = Enumerable.Range(0, Items).Select(i => i == failing ? wrong : create);
        return new ProbeRequest($"{option}: {string.Join(' ', Expected(option, failing))}", Operation.Create, [.. items])
        {
            Header = new() { BatchErrorContinuationOption = option },
        };
    }

    // spec: KMIP 2.1 §11.5 "Continue: All operations in the request are processed … Stop: Subsequent operations in the request are not
    // processed … Undo: All operations in the request … SHALL be undone"; §9.4 "If this option is unspecified, then Stop is assumed."
    private static IEnumerable<ResultStatus> Expected(BatchErrorContinuationOption? option, int failing)
    {
        var before = option == BatchErrorContinuationOption.Undo ? ResultStatus.OperationUndone : ResultStatus.Success;
        var after = option == BatchErrorContinuationOption.Continue ? Items - failing - 1 : 0;
        return [.. Enumerable.Repeat(before, failing), ResultStatus.OperationFailed, .. Enumerable.Repeat(ResultStatus.Success, after)];
    }
}
