using System.Globalization;
using System.Text;
using Keyreeve.Kmip;
using Xunit.Sdk;

namespace Keyreeve.Integration.Kmip.Products;

/// <summary>Who speaks next, and whether on a new connection.</summary>
internal readonly record struct TranscriptTurn(bool IsOfficers, bool OnNewConnection);

/// <summary>Plays a transcript: sends its requests as the bytes that it says, and compares what comes.</summary>
internal sealed class TranscriptPlayer
{
    private readonly Dictionary<string, RawItem> _bound = new(StringComparer.Ordinal);

    public async Task PlayAsync(Transcript transcript, Func<TranscriptTurn, byte[], Task<byte[]>> exchangeAsync)
    {
        IReadOnlyList<RawItem> answer = [];
        var turn = new TranscriptTurn(IsOfficers: false, OnNewConnection: true);
        var version = "";
        foreach (var step in transcript.Steps)
        {
            switch (step.Kind)
            {
                case TranscriptStepKind.Reconnect:
                    turn = turn with { OnNewConnection = true };
                    break;
                case TranscriptStepKind.Speaker:
                    turn = new TranscriptTurn(step.Head is "officer", OnNewConnection: true);
                    break;
                case TranscriptStepKind.Request:
                    version = step.Head;
                    answer = RawItem.Decode(await exchangeAsync(turn, Request(step).Encode()));
                    turn = turn with { OnNewConnection = false };
                    break;
                default:
                    Compare(step, version, answer.Single());
                    break;
            }
        }
    }

    private RawItem Request(TranscriptStep step)
    {
        var items = step.Nodes.Where(IsItem).ToList();
        var header = new List<RawItem> { ProtocolVersion(step.Head) };
        header.AddRange(step.Nodes.Where(node => !IsItem(node)).Select(node => Build(node, null)));
        // spec: KMIP 3.0 has no Batch Count.
        if (!step.Head.StartsWith('3')) header.Add(RawItem.OfNumber((int)Tag.BatchCount, RawItem.Integer, items.Count));
        return RawItem.Of(
            (int)Tag.RequestMessage,
            [
                RawItem.Of((int)Tag.RequestHeader, [.. header]),
                .. items.Select(RequestItem),
            ]);
    }

    private RawItem RequestItem(TranscriptNode node)
    {
        var words = node.Line.Split().Others.Split(' ');
        var fields = new List<RawItem> { Operation(words[0]) };
        if (words.Length > 1) fields.Add(RawItem.Of((int)Tag.UniqueBatchItemID, RawItem.Bytes, Convert.FromHexString(words[1])));
        fields.Add(RawItem.Of((int)Tag.RequestPayload, [.. node.Children.Select(child => Build(child, null))]));
        return RawItem.Of((int)Tag.BatchItem, [.. fields]);
    }

    private void Compare(TranscriptStep step, string version, RawItem answer)
    {
        if (answer.Tag != (int)Tag.ResponseMessage) throw new XunitException("No response: " + answer.Show());
        var header = answer.Child((int)Tag.ResponseHeader);
        if (!header.Children[0].Encode().AsSpan().SequenceEqual(ProtocolVersion(version).Encode())) throw new XunitException("Another version: " + header.Show());
        var items = answer.Children.Where(child => child.Tag == (int)Tag.BatchItem).ToList();
        if (items.Count != step.Nodes.Count) throw new XunitException($"{step.Nodes.Count} items expected: {answer.Show()}");
        for (var i = 0; i < items.Count; i++) CompareItem(step.Nodes[i], items[i]);
    }

    private void CompareItem(TranscriptNode expected, RawItem item)
    {
        var words = expected.Line.Split().Others.Split(' ');
        var status = item.Child((int)Tag.ResultStatus);
        var isSuccess = status.Value[3] == (int)ResultStatus.Success;
        var outcome = isSuccess ? "Success" : ((ResultReason)item.Child((int)Tag.ResultReason).Value[3]).ToString();
        if (!string.Equals(outcome, words[^1], StringComparison.Ordinal) || !item.Children[0].HasValueOf(Operation(words[0])))
            throw new XunitException($"Line {expected.Line.Number}: {expected.Line.Text.Trim()} expected: {item.Show()}");
        if (words.Length == 3 && !item.Child((int)Tag.UniqueBatchItemID).Value.AsSpan().SequenceEqual(Convert.FromHexString(words[1])))
            throw new XunitException($"Line {expected.Line.Number}: another Unique Batch Item ID: {item.Show()}");
        var payload = item.Children.FirstOrDefault(child => child.Tag == (int)Tag.ResponsePayload);
        CompareFields(expected, expected.Children, payload?.Children ?? []);
    }

    private void CompareFields(TranscriptNode parent, IReadOnlyList<TranscriptNode> expected, IReadOnlyList<RawItem> actual)
    {
        var left = actual.ToList();
        var skips = false;
        foreach (var node in expected)
        {
            if (node.Line.Split().Head is "...")
            {
                skips = true;
                continue;
            }

            // In what order attributes are told is the server's business; everything else has its place.
            var at = skips || node.Line.Split().Head is "@" or "AttributeName" ? left.FindIndex(item => Matches(node, item)) : 0;
            if (at < 0 || left.Count == 0 || !Matches(node, left[at]))
                throw new XunitException($"Line {node.Line.Number}: '{node.Line.Text.Trim()}' expected, found: {string.Join(", ", left.Select(item => item.Show()))}");
            Bind(node, left[at]);
            if (skips && node.Line.Split().Head is not ("@" or "AttributeName")) left.RemoveRange(0, at + 1);
            else left.RemoveAt(at);
            skips = false;
        }

        if (left.Count > 0 && !skips && expected.All(node => node.Line.Split().Head is not "..."))
            throw new XunitException($"Below line {parent.Line.Number}, not expected: {string.Join(", ", left.Select(item => item.Show()))}");
    }

    private bool Matches(TranscriptNode node, RawItem actual)
    {
        var (head, rest) = node.Line.Split();
        if (head is "@")
        {
            var name = rest.Split('=', 2, StringSplitOptions.TrimEntries)[0];
            return actual.Tag == (int)Tag.Attribute && Encoding.UTF8.GetString(actual.Children[0].Value) == name
                && ValueMatches(node, rest.Contains('=', StringComparison.Ordinal) ? rest.Split('=', 2, StringSplitOptions.TrimEntries)[1] : "", actual.Child((int)Tag.AttributeValue), name);
        }

        return actual.Tag == Names.Tag(head) && ValueMatches(node, rest, actual, null);
    }

    private bool ValueMatches(TranscriptNode node, string expected, RawItem actual, string? attribute)
    {
        if (actual.Type == RawItem.Structure)
        {
            CompareFields(node, node.Children, actual.Children);
            return true;
        }

        if (expected is "*" || (expected.StartsWith('$') && !_bound.ContainsKey(expected))) return true;
        return actual.HasValueOf(Value(actual.Tag, expected, attribute));
    }

    private void Bind(TranscriptNode node, RawItem actual)
    {
        var value = node.Line.Text.Split(' ')[^1];
        if (value.StartsWith('$')) _bound.TryAdd(value, node.Line.Split().Head is "@" ? actual.Child((int)Tag.AttributeValue) : actual);
    }

    private RawItem Build(TranscriptNode node, string? attribute)
    {
        var (head, rest) = node.Line.Split();
        if (head is not "@")
        {
            var tag = Names.Tag(head);
            return rest.Length == 0 ? RawItem.Of(tag, [.. node.Children.Select(child => Build(child, null))]) : Value(tag, rest, attribute);
        }

        var parts = rest.Split('=', 2, StringSplitOptions.TrimEntries);
        return RawItem.Of(
            (int)Tag.Attribute,
            RawItem.OfText((int)Tag.AttributeName, parts[0]),
            parts.Length == 2
                ? Value((int)Tag.AttributeValue, parts[1], parts[0])
                : RawItem.Of((int)Tag.AttributeValue, [.. node.Children.Select(child => Build(child, null))]));
    }

    private RawItem Value(int tag, string text, string? attribute)
    {
        if (text.StartsWith('$')) return _bound.TryGetValue(text, out var bound) ? bound with { Tag = tag } : throw new FormatException($"{text} is not bound.");
        if (text.StartsWith('"')) return RawItem.OfText(tag, text[1..^1]);
        if (text.StartsWith('#')) return RawItem.Of(tag, RawItem.Bytes, Bytes(text[1..]));
        if (text is "true" or "false") return RawItem.OfNumber(tag, RawItem.Boolean, text is "true" ? 1 : 0);
        if (text is "now") return RawItem.OfNumber(tag, RawItem.DateTime, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        if (text.StartsWith('('))
        {
            var (type, number) = (text[1..text.IndexOf(')', StringComparison.Ordinal)], text[(text.IndexOf(')', StringComparison.Ordinal) + 1)..]);
            return RawItem.OfNumber(tag, (byte)Enum.Parse<Keyreeve.Kmip.Ttlv.TtlvType>(type), long.Parse(number, CultureInfo.InvariantCulture));
        }

        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer)) return RawItem.OfNumber(tag, RawItem.Integer, integer);
        var (namedType, value) = Names.Value(tag, attribute, text);
        return RawItem.OfNumber(tag, namedType, value);
    }

    // "AB*32": the same byte 32 times.
    private static byte[] Bytes(string text)
    {
        var star = text.IndexOf('*', StringComparison.Ordinal);
        if (star < 0) return Convert.FromHexString(text);
        var bytes = new byte[int.Parse(text.AsSpan(star + 1), CultureInfo.InvariantCulture)];
        bytes.AsSpan().Fill(Convert.FromHexString(text[..star])[0]);
        return bytes;
    }

    private static bool IsItem(TranscriptNode node) => node.Line.Split().Head is "*";

    private static RawItem Operation(string name) => RawItem.OfNumber((int)Tag.Operation, RawItem.Enumeration, Names.Value((int)Tag.Operation, null, name).Value);

    private static RawItem ProtocolVersion(string version)
    {
        var parts = version.Split('.').Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        return RawItem.Of(
            (int)Tag.ProtocolVersion,
            RawItem.OfNumber((int)Tag.ProtocolVersionMajor, RawItem.Integer, parts[0]),
            RawItem.OfNumber((int)Tag.ProtocolVersionMinor, RawItem.Integer, parts[1]));
    }
}
