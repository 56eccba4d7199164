using System.Buffers.Binary;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Fuzz.Kmip;

/// <summary>A message taken apart, so that it can be changed and put together again with lengths that fit, or do not.</summary>
internal sealed class TtlvNode
{
    public uint Tag { get; set; }

    public byte Type { get; set; }

    public byte[] Value { get; set; } = [];

    public List<TtlvNode>? Children { get; set; }

    /// <summary>Takes apart what is well-formed.</summary>
    public static List<TtlvNode> Parse(ReadOnlySpan<byte> items)
    {
        var nodes = new List<TtlvNode>();
        var reader = new TtlvReader(items);
        while (!reader.IsEmpty)
        {
            var value = reader.ReadAny(out var tag, out var type, out _);
            var node = new TtlvNode { Tag = (uint)tag, Type = (byte)type };
            if (type == TtlvType.Structure) node.Children = Parse(value);
            else node.Value = value.ToArray();
            nodes.Add(node);
        }

        return nodes;
    }

    public TtlvNode Copy() => new() { Tag = Tag, Type = Type, Value = [.. Value], Children = Children?.ConvertAll(c => c.Copy()) };

    /// <summary>Every node, the root first, with its parent.</summary>
    public void Collect(List<(TtlvNode Node, TtlvNode? Parent)> into, TtlvNode? parent = null)
    {
        into.Add((this, parent));
        foreach (var child in Children ?? []) child.Collect(into, this);
    }

    public void Write(List<byte> into)
    {
        var header = into.Count;
        into.AddRange([(byte)(Tag >> 16), (byte)(Tag >> 8 & 0xFF), (byte)(Tag & 0xFF), Type, 0, 0, 0, 0]);
        if (Children is null) into.AddRange(Value);
        foreach (var child in Children ?? []) child.Write(into);
        var length = into.Count - header - 8;
        while (into.Count % 8 != 0) into.Add(0);
        BinaryPrimitives.WriteInt32BigEndian(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(into)[(header + 4)..], length);
    }
}
