using System.Buffers.Binary;
using System.Text;

namespace Keyreeve.Integration.Kmip.Products;

/// <summary>
/// One TTLV item, encoded and decoded here and by nothing of the product, so that what a product sends is what stands in its
/// transcript even if our own codec should change. spec: KMIP 1.0 §9.1.1.
/// </summary>
internal sealed record RawItem(int Tag, byte Type, byte[] Value, IReadOnlyList<RawItem> Children)
{
    public const byte Structure = 1, Integer = 2, LongInteger = 3, BigInteger = 4, Enumeration = 5, Boolean = 6, Text = 7, Bytes = 8, DateTime = 9, Interval = 10;

    public static RawItem Of(int tag, params RawItem[] children) => new(tag, Structure, [], children);

    public static RawItem Of(int tag, byte type, byte[] value) => new(tag, type, value, []);

    public static RawItem OfNumber(int tag, byte type, long value)
    {
        var bytes = new byte[type is Integer or Enumeration or Interval ? 4 : 8];
        if (bytes.Length == 4) BinaryPrimitives.WriteUInt32BigEndian(bytes, unchecked((uint)value));
        else BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return Of(tag, type, bytes);
    }

    public static RawItem OfText(int tag, string text) => Of(tag, Text, Encoding.UTF8.GetBytes(text));

    public byte[] Encode()
    {
        byte[] content = Type == Structure ? [.. Children.SelectMany(child => child.Encode())] : Value;
        var encoded = new byte[8 + ((content.Length + 7) / 8 * 8)];
        BinaryPrimitives.WriteInt32BigEndian(encoded, (Tag << 8) | Type);
        BinaryPrimitives.WriteInt32BigEndian(encoded.AsSpan(4), content.Length);
        content.CopyTo(encoded, 8);
        return encoded;
    }

    public static IReadOnlyList<RawItem> Decode(ReadOnlySpan<byte> encoded)
    {
        var items = new List<RawItem>();
        while (!encoded.IsEmpty)
        {
            var header = BinaryPrimitives.ReadInt32BigEndian(encoded);
            var length = BinaryPrimitives.ReadInt32BigEndian(encoded[4..]);
            var content = encoded.Slice(8, length);
            var type = unchecked((byte)header);
            items.Add(type == Structure ? new RawItem(header >> 8, type, [], Decode(content)) : Of(header >> 8, type, content.ToArray()));
            encoded = encoded[(8 + ((length + 7) / 8 * 8))..];
        }

        return items;
    }

    public RawItem Child(int tag) => Children.First(child => child.Tag == tag);

    public bool HasValueOf(RawItem other) => Type == other.Type && Value.AsSpan().SequenceEqual(other.Value);

    /// <summary>For a failed test: a text as text, the rest as hexadecimal digits.</summary>
    public string Show() => Type switch
    {
        Structure => $"{Names.Of(Tag)} {{ {string.Join(", ", Children.Select(child => child.Show()))} }}",
        Text => $"{Names.Of(Tag)} \"{Encoding.UTF8.GetString(Value)}\"",
        _ => $"{Names.Of(Tag)} ({Type}) {Convert.ToHexStringLower(Value)}",
    };
}
