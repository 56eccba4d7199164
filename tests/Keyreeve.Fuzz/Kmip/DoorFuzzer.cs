using System.Diagnostics;
using System.Globalization;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Fuzz.Kmip;

/// <summary>What a run against the door found.</summary>
/// <param name="Failures">One message for each defect, told apart by where it came from.</param>
internal sealed record DoorReport(long Messages, long Items, long Successes, int Objects, TimeSpan Slowest, IReadOnlyList<FuzzFailure> Failures)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Messages:N0} messages with {Items:N0} items answered, {Successes:N0} of them done on {Objects:N0} objects, the slowest in {Slowest.TotalSeconds:f1} s, {Failures.Count} failures");
}

/// <summary>
/// The law of the door: whatever message comes, a valid response goes, in bounded time, and the server has no defect to log. The messages
/// are valid requests with changes, about objects that are there.
/// </summary>
internal sealed class DoorFuzzer(DoorUnderFuzz door, IReadOnlyList<byte[]> seeds, int seed)
{
    private const int MostObjects = 500;
    private static readonly TimeSpan TooSlow = TimeSpan.FromSeconds(60);

    private readonly List<byte[]> _requests = [.. seeds.Where(message => message is [0x42, 0x00, 0x78, ..])];
    private readonly List<byte[]> _objects = [];
    private readonly Random _random = new(seed);
    private readonly Dictionary<string, FuzzFailure> _failures = new(StringComparer.Ordinal);
    private long _items;
    private long _successes;

    public async Task<DoorReport> RunAsync(long messages, TimeSpan time, CancellationToken cancellationToken)
    {
        var mutator = new MessageMutator(_requests, seed);
        var clock = Stopwatch.StartNew();
        var slowest = TimeSpan.Zero;
        long done = 0;
        while (done < messages && _failures.Count < FuzzFailure.Most && clock.Elapsed < time)
        {
            // First every request as it is, so that there are objects; then changed ones.
            var message = WithObjects(done < _requests.Count ? _requests[(int)done] : mutator.Next(keepsItWhole: _random.Next(4) != 0));
            done++;
            var began = clock.Elapsed;
            if (await CheckAsync(message, cancellationToken) is { } problem) Add(new FuzzFailure(message, problem));
            var took = clock.Elapsed - began;
            if (took > slowest) slowest = took;
            if (took > TooSlow) Add(new FuzzFailure(message, $"too slow: it took {took}"));
        }

        return new DoorReport(done, _items, _successes, _objects.Count, slowest, [.. _failures.Values]);
    }

    private void Add(FuzzFailure failure) => _failures.TryAdd(failure.Origin, failure);

    private async Task<string?> CheckAsync(byte[] message, CancellationToken cancellationToken)
    {
        try
        {
            var response = await door.ExchangeAsync(message, cancellationToken);
            if (response.Length > 0) Read(response);
        }
        catch (Exception e)
        {
            return e.ToString();
        }

        return door.TakeDefect();
    }

    private void Read(byte[] response)
    {
        using var again = new TtlvWriter();
        MessageRewriter.Rewrite(response, again, maximumItems: int.MaxValue);
        if (!again.WrittenSpan.SequenceEqual(response)) throw new InvalidOperationException("The response is not what our own codec would write: " + Convert.ToHexString(response));
        foreach (var item in ResponseMessage.Decode(response, int.MaxValue).Items)
        {
            _items++;
            if (item.ResultStatus != ResultStatus.Success || item.ResponsePayload is not { } payload) continue;
            _successes++;
            foreach (var field in KmipValue.EncodedStructure(payload.Content).Fields)
                if (field.Tag == Tag.UniqueIdentifier && field.Value.Type == TtlvType.TextString) Remember(field.Value.Encoded.ToArray());
        }
    }

    private void Remember(byte[] id)
    {
        if (_objects.Count < MostObjects) _objects.Add(id);
        else _objects[_random.Next(MostObjects)] = id;
    }

    /// <summary>Puts identifiers of objects that are there in place of those that the message names, mostly.</summary>
    private byte[] WithObjects(byte[] message)
    {
        if (_objects.Count == 0) return message;
        TtlvNode tree;
        try
        {
            if (TtlvNode.Parse(message) is not [var root, ..]) return message;
            tree = root;
        }
        catch (TtlvException)
        {
            return message;
        }

        var nodes = new List<(TtlvNode Node, TtlvNode? Parent)>();
        tree.Collect(nodes);
        foreach (var (node, _) in nodes)
            if (node is { Tag: (uint)Tag.UniqueIdentifier, Type: 7 } && _random.Next(8) != 0) node.Value = _objects[_random.Next(_objects.Count)];
        var bytes = new List<byte>();
        tree.Write(bytes);
        return [.. bytes];
    }
}
