using System.Buffers.Binary;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Integration.Kmip.Probe;

/// <summary>An encoded payload with one thing wrong.</summary>
internal static class ProbePayload
{
    private const int HeaderInBytes = 8;

    /// <summary>The payload without each of its own fields in turn.</summary>
    public static IEnumerable<(string Field, byte[] Payload)> WithoutEach(byte[] payload)
    {
        foreach (var item in ItemsOf(payload, 0, payload.Length))
            yield return ($"{item.Tag}", [.. payload[..item.Start], .. payload[item.End..]]);
    }

    /// <summary>The payload with each value in it, however deep, of another type.</summary>
    public static IEnumerable<(string Field, byte[] Payload)> WithEachRetyped(byte[] payload) => Retyped(payload, []);

    /// <summary>The payload with one more field that no operation has.</summary>
    public static byte[] WithUnknownField(byte[] payload)
    {
        using var writer = new TtlvWriter();
        writer.WriteInteger(Tag.BatchCount, 1);
        return [.. payload, .. writer.WrittenSpan];
    }

    /// <summary>The payload with its first field twice.</summary>
    public static byte[]? WithFirstTwice(byte[] payload)
    {
        foreach (var item in ItemsOf(payload, 0, payload.Length)) return [.. payload[..item.End], .. payload];
        return null;
    }

    private static IEnumerable<(string Field, byte[] Payload)> Retyped(byte[] payload, int[] path)
    {
        foreach (var (start, end) in Spans(payload, path))
        {
            var type = (TtlvType)payload[start + 3];
            var name = $"{(Tag)Number(payload, start)} as {Other(type)}";
            yield return (name, Replaced(payload, path, start, end));
            if (type != TtlvType.Structure) continue;
            foreach (var inner in Retyped(payload, [.. path, start])) yield return inner;
        }
    }

    private static IEnumerable<(int Start, int End)> Spans(byte[] payload, int[] path)
    {
        var (from, to) = path.Length == 0 ? (0, payload.Length) : (path[^1] + HeaderInBytes, path[^1] + HeaderInBytes + Length(payload, path[^1]));
        return ItemsOf(payload, from, to).Select(i => (i.Start, i.End));
    }

    // The value gives way to one of eight bytes; the structures around it change their lengths.
    private static byte[] Replaced(byte[] payload, int[] path, int start, int end)
    {
        var value = new byte[HeaderInBytes + 8];
        payload.AsSpan(start, 3).CopyTo(value);
        value[3] = (byte)Other((TtlvType)payload[start + 3]);
        value[7] = 8;
        value[^1] = 1;
        byte[] changed = [.. payload[..start], .. value, .. payload[end..]];
        foreach (var outer in path)
            BinaryPrimitives.WriteInt32BigEndian(changed.AsSpan(outer + 4), Length(payload, outer) + value.Length - (end - start));
        return changed;
    }

    // Neither is what a field has that may have several types.
    private static TtlvType Other(TtlvType type) => type is TtlvType.DateTime or TtlvType.Interval ? TtlvType.Boolean : TtlvType.DateTime;

    private static IEnumerable<(Tag Tag, int Start, int End)> ItemsOf(byte[] payload, int from, int to)
    {
        for (var at = from; at < to;)
        {
            var end = at + HeaderInBytes + ((Length(payload, at) + 7) & ~7);
            yield return ((Tag)Number(payload, at), at, end);
            at = end;
        }
    }

    private static int Number(byte[] payload, int at) => (payload[at] << 16) | (payload[at + 1] << 8) | payload[at + 2];

    private static int Length(byte[] payload, int at) => BinaryPrimitives.ReadInt32BigEndian(payload.AsSpan(at + 4));
}
