using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Codec;

/// <summary>
/// A structure of the protocol that describes its fields once, for reading and writing alike, so that the two cannot differ:
/// what decodes, encodes to the same bytes.
/// </summary>
/// <typeparam name="TSelf">The structure itself.</typeparam>
public interface IWireStructure<TSelf>
    where TSelf : IWireStructure<TSelf>, new()
{
    /// <summary>
    /// Passes every field through the codec, in the order of the standard, and returns what comes back. A reading codec ignores
    /// what it is given and returns what it reads; a writing codec writes what it is given and returns it. C# evaluates the
    /// members of an object initializer in the order in which they stand, which is thus the order on the wire.
    /// </summary>
    /// <param name="codec">Reads or writes.</param>
    /// <param name="value">When writing, the structure; when reading, an empty one.</param>
    static abstract TSelf Exchange<TCodec>(ref TCodec codec, in TSelf value)
        where TCodec : struct, IFieldCodec, allows ref struct;
}

/// <summary>One pass over the fields of a structure: <see cref="FieldReader"/> or <see cref="FieldWriter"/>.</summary>
/// <remarks>Optional and repeated fields, and attributes, are extension methods over these:
/// <see cref="FieldCodecExtensions"/>, <see cref="AttributeCodec"/>.</remarks>
public interface IFieldCodec
{
    /// <summary>The version of the message; its header sets it.</summary>
    ProtocolVersion Version { get; set; }

    /// <summary>Whether fields are read and not written.</summary>
    bool IsReading { get; }

    /// <summary>Whether values are to be written in the very type in which they were read, whatever the version would have; see
    /// <see cref="FieldWriter"/>.</summary>
    bool IsExact { get; }

    /// <summary>
    /// Whether an optional field is there. Reading: whether the next item has this tag. Writing: whether there is a value, and
    /// the version of the message knows the tag.
    /// </summary>
    /// <param name="tag">The field.</param>
    /// <param name="hasValue">Whether there is a value to write.</param>
    bool Has(Tag tag, bool hasValue);

    /// <summary>Whether an optional field is there whose tag is older than its place here.</summary>
    /// <param name="tag">The field.</param>
    /// <param name="hasValue">Whether there is a value to write.</param>
    /// <param name="since">The first version that has the field in this structure.</param>
    bool Has(Tag tag, bool hasValue, ProtocolVersion since);

    /// <summary>Whether an attribute is written: it is left out when the version of the message does not have it.</summary>
    bool HasAttribute(AttributeReference reference);

    /// <summary>The tag of the next item, or <c>default</c> at the end. Only when reading.</summary>
    Tag NextTag { get; }

    /// <summary>The type of the next item, or <see cref="TtlvType.None"/> at the end. Only when reading.</summary>
    TtlvType NextType { get; }

    /// <summary>An Integer.</summary>
    int Integer(Tag tag, int value);

    /// <summary>A Long Integer.</summary>
    long LongInteger(Tag tag, long value);

    /// <summary>An Enumeration.</summary>
    TEnum Enumeration<TEnum>(Tag tag, TEnum value)
        where TEnum : unmanaged, Enum;

    /// <summary>An Integer that is a bit mask.</summary>
    TEnum Mask<TEnum>(Tag tag, TEnum value)
        where TEnum : unmanaged, Enum;

    /// <summary>A Boolean.</summary>
    bool Boolean(Tag tag, bool value);

    /// <summary>A Text String; nothing secret.</summary>
    string Text(Tag tag, string value);

    /// <summary>A Text String as UTF-8. Read, it is a view of the message.</summary>
    ReadOnlyMemory<byte> Utf8(Tag tag, ReadOnlyMemory<byte> value);

    /// <summary>A Byte String. Read, it is a view of the message.</summary>
    ReadOnlyMemory<byte> Bytes(Tag tag, ReadOnlyMemory<byte> value);

    /// <summary>A Date-Time.</summary>
    DateTimeOffset DateTime(Tag tag, DateTimeOffset value);

    /// <summary>An Interval, in seconds.</summary>
    uint Interval(Tag tag, uint value);

    /// <summary>An item of whatever type. Read, it is a view of the message.</summary>
    KmipValue Value(Tag tag, KmipValue value);

    /// <summary>An item of whatever tag and type. Read, it is a view of the message.</summary>
    KmipField Field(KmipField value);

    /// <summary>A structure that is described elsewhere. Read, it is a view of the message and has not been looked into.</summary>
    EncodedPayload Payload(Tag tag, EncodedPayload value);

    /// <summary>A structure.</summary>
    TStructure Structure<TStructure>(Tag tag, in TStructure value)
        where TStructure : IWireStructure<TStructure>, new();

    /// <summary>The content is wrong in a way that no type shows. Reading: <see cref="TtlvException"/>; writing:
    /// <see cref="InvalidOperationException"/>.</summary>
    Exception Invalid(string reason);
}

/// <summary>The fields of a batch item's payload as they are encoded; <see cref="Decode{TPayload}"/> reads them.</summary>
public readonly struct EncodedPayload
{
    private readonly int _depth;

    internal EncodedPayload(ReadOnlyMemory<byte> content, int offset, int depth)
    {
        Content = content;
        Offset = offset;
        _depth = depth;
    }

    /// <summary>A payload of fields encoded already.</summary>
    public EncodedPayload(ReadOnlyMemory<byte> content)
        : this(content, 0, 0)
    {
    }

    /// <summary>The fields: a view of the message.</summary>
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>Where the fields begin in the message.</summary>
    public int Offset { get; }

    /// <summary>Reads the payload; what it returns may hold views of the message.</summary>
    /// <param name="version">The version of the message.</param>
    /// <exception cref="TtlvException">It is not such a payload.</exception>
    public TPayload Decode<TPayload>(ProtocolVersion version)
        where TPayload : IWireStructure<TPayload>, new() => KmipCodec.Decode<TPayload>(Content, version, Offset, _depth);
}
