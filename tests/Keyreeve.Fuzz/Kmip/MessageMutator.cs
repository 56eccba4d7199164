using System.Buffers.Binary;
using Keyreeve.Kmip;

namespace Keyreeve.Fuzz.Kmip;

/// <summary>
/// Changes messages: their structure (items removed, repeated, moved, wrapped, of other tags, types and values), then their bytes
/// (flipped, lengths replaced, cut off, prolonged). Repeatable by its seed.
/// </summary>
internal sealed class MessageMutator(IReadOnlyList<byte[]> seeds, int seed)
{
    private static readonly uint[] Lengths = [0, 1, 3, 4, 5, 7, 8, 9, 16, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF8, 0xFFFFFFFF];

    private static readonly int[] Integers = [0, 1, 2, 3, 4, 9, -1, 255, 1 << 16, int.MaxValue, int.MinValue];

    private static readonly uint[] Tags = [.. Enum.GetValues<Tag>().Select(t => (uint)t), 0x540001, 0x54FFFF, 0x42FFFF, 0x430000, 0];

    private readonly Random _random = new(seed);
    private readonly List<TtlvNode> _trees = [.. seeds.Select(s => TtlvNode.Parse(s)[0])];
    private readonly List<(TtlvNode Node, TtlvNode? Parent)> _nodes = [];
    private readonly List<byte> _bytes = [];

    /// <summary>A message.</summary>
    /// <param name="keepsItWhole">Whether only its structure is changed, so that it is TTLV still and can be written as text.</param>
    public byte[] Next(bool keepsItWhole = false)
    {
        var tree = _trees[_random.Next(_trees.Count)].Copy();
        var changes = _random.Next(10) < 7 ? 1 + _random.Next(3) : 0;
        for (var i = 0; i < changes; i++) ChangeStructure(tree);
        _bytes.Clear();
        tree.Write(_bytes);
        var message = _bytes.ToArray();
        if (keepsItWhole) return message;
        changes = changes == 0 || _random.Next(10) < 3 ? 1 + _random.Next(2) : 0;
        for (var i = 0; i < changes; i++) message = ChangeBytes(message);
        return message;
    }

    private void ChangeStructure(TtlvNode tree)
    {
        _nodes.Clear();
        tree.Collect(_nodes);
        var (node, parent) = _nodes[_random.Next(_nodes.Count)];
        switch (_random.Next(11))
        {
            case 0:
                parent?.Children!.Remove(node);
                break;
            case 1:
                parent?.Children!.Insert(_random.Next(parent.Children.Count + 1), node.Copy());
                break;
            case 2:
                if (parent is null) break;
                parent.Children!.Remove(node);
                parent.Children.Insert(_random.Next(parent.Children.Count + 1), node);
                break;
            case 3:
                node.Tag = Tags[_random.Next(Tags.Length)];
                break;
            case 4:
                node.Type = (byte)_random.Next(17);
                break;
            case 5:
                Wrap(node);
                break;
            case 6:
                Transplant(node);
                break;
            case 7:
                ChangeVersion();
                break;
            default:
                ChangeValue(node);
                break;
        }
    }

    private void Wrap(TtlvNode node)
    {
        var times = _random.Next(20) == 0 ? 100 : 1 + _random.Next(3);
        for (var i = 0; i < times; i++)
        {
            node.Children = [new() { Tag = node.Tag, Type = node.Type, Value = node.Value, Children = node.Children }];
            node.Type = 1;
            node.Value = [];
        }
    }

    /// <summary>Puts an item of another message in its place.</summary>
    private void Transplant(TtlvNode node)
    {
        var others = new List<(TtlvNode Node, TtlvNode? Parent)>();
        _trees[_random.Next(_trees.Count)].Collect(others);
        var other = others[_random.Next(others.Count)].Node.Copy();
        (node.Type, node.Value, node.Children) = (other.Type, other.Value, other.Children);
        if (_random.Next(2) == 0) node.Tag = other.Tag;
    }

    private void ChangeVersion()
    {
        foreach (var (node, _) in _nodes)
        {
            if (node is { Tag: (uint)Tag.ProtocolVersionMajor or (uint)Tag.ProtocolVersionMinor, Value.Length: 4 })
                BinaryPrimitives.WriteInt32BigEndian(node.Value, _random.Next(6) == 0 ? Integers[_random.Next(Integers.Length)] : _random.Next(5));
        }
    }

    private void ChangeValue(TtlvNode node)
    {
        if (node.Children is not null) return;
        switch (_random.Next(4))
        {
            case 0 when node.Value.Length == 4:
                BinaryPrimitives.WriteInt32BigEndian(node.Value, Integers[_random.Next(Integers.Length)]);
                break;
            case 1 when node.Value.Length > 0:
                node.Value[_random.Next(node.Value.Length)] ^= (byte)(1 << _random.Next(8));
                break;
            case 2:
                node.Value = new byte[_random.Next(24)];
                _random.NextBytes(node.Value);
                break;
            default:
                node.Value = node.Value[.._random.Next(node.Value.Length + 1)];
                break;
        }
    }

    private byte[] ChangeBytes(byte[] message)
    {
        if (message.Length < 8) return message;
        switch (_random.Next(5))
        {
            case 0:
                message[_random.Next(message.Length)] ^= (byte)(1 << _random.Next(8));
                return message;
            case 1:
                BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan((_random.Next(message.Length / 8) * 8) + 4), Lengths[_random.Next(Lengths.Length)]);
                return message;
            case 2:
                return Fitted(message[..((_random.Next(message.Length / 8) + 1) * 8)]);
            case 3:
                return message[.._random.Next(message.Length)];
            default:
                return Fitted([.. message, .. message.AsSpan(0, _random.Next(message.Length / 8) * 8)]);
        }
    }

    /// <summary>Makes the message's own length fit again, mostly.</summary>
    private byte[] Fitted(byte[] message)
    {
        if (_random.Next(4) != 0) BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), message.Length - 8);
        return message;
    }
}
