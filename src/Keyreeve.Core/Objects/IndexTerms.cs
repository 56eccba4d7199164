using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Numerics;
using System.Security.Cryptography;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Objects;

/// <summary>
/// What objects are found by: the one place that says how an attribute becomes a term and a value, when an object is
/// stored and when it is looked for.
/// </summary>
/// <remarks>
/// A value is its kind (1 byte) and its bytes, numbers and dates big-endian with the sign flipped so that bytes compare as
/// values do. A value of more than 128 bytes is cut to 96 and its SHA-256. A structure is a tuple: its fields in a fixed
/// order, each ended, so that leading fields alone are a range.
/// </remarks>
public static class IndexTerms
{
    /// <summary>The term of the Object Type.</summary>
    public const string ObjectType = "ObjectType";

    /// <summary>The term of the key group.</summary>
    public const string KeyGroup = "KeyGroup";

    /// <summary>The term of the date at which the State changes by itself.</summary>
    public const string NextTransition = "NextTransition";

    /// <summary>The term of the date at which the server replaces the object by itself.</summary>
    public const string NextRotation = "NextRotation";

    private const int LongestValueInBytes = 128;
    private const int PrefixOfLongValueInBytes = 96;

    // Structures that are one tuple: what people look for first comes first.
    private static readonly FrozenDictionary<AttributeName, AttributeField[]> Tuples = new Dictionary<AttributeName, AttributeField[]>
    {
        [AttributeName.Name] = [AttributeField.NameValue, AttributeField.NameType],
        [AttributeName.Link] = [AttributeField.LinkedObjectIdentifier, AttributeField.LinkType],
        [AttributeName.ApplicationSpecificInformation] = [AttributeField.ApplicationNamespace, AttributeField.ApplicationData],
        [AttributeName.AlternativeName] = [AttributeField.AlternativeNameValue, AttributeField.AlternativeNameType],
        [AttributeName.KeyValueLocation] = [AttributeField.KeyValueLocationValue, AttributeField.KeyValueLocationType],
        [AttributeName.RotateName] = [AttributeField.RotateNameValue, AttributeField.RotateNameType],
        [AttributeName.X509CertificateIdentifier] = [AttributeField.CertificateSerialNumber, AttributeField.IssuerDistinguishedName],
        [AttributeName.RevocationReason] = [AttributeField.RevocationReasonCode, AttributeField.RevocationMessage],
    }.ToFrozenDictionary();

    // Too unselective to be worth a row each, or compared otherwise than by equality or range: found by reading the
    // candidates that the other conditions leave.
    private static readonly FrozenSet<AttributeName> ReadOnly = new[]
    {
        AttributeName.Sensitive, AttributeName.AlwaysSensitive, AttributeName.Extractable, AttributeName.NeverExtractable,
        AttributeName.QuantumSafe, AttributeName.KeyValuePresent, AttributeName.LeaseTime, AttributeName.UsageLimits,
        AttributeName.RandomNumberGenerator, AttributeName.UniqueIdentifier, AttributeName.ObjectClass, AttributeName.CredentialUse,
    }.ToFrozenSet();

    /// <summary>Whether the attribute is kept encrypted and found only by its exact value: the hash of a weak secret would
    /// give the secret away.</summary>
    public static bool IsSecret(AttributeName name) => name == AttributeName.Digest;

    /// <summary>The Names an object holds; unique in the tenant. A destroyed object holds none: its name is free again.</summary>
    public static IReadOnlyList<string> NamesOf(ManagedObject managedObject)
    {
        ArgumentNullException.ThrowIfNull(managedObject);
        if (managedObject.State is State.Destroyed or State.DestroyedCompromised) return [];
        var instances = managedObject.Attributes.All(AttributeName.Name);
        var names = new List<string>(instances.Length);
        foreach (var instance in instances)
            if (instance.Value is StructureValue name && name[AttributeField.NameValue] is TextValue text) names.Add(text.Value);
        return names;
    }

    /// <summary>The conditions that an object has the attribute with this value.</summary>
    /// <param name="key">The attribute.</param>
    /// <param name="value">The value, or for a structure those fields that matter.</param>
    /// <param name="isExact">False if more may match the conditions than has the value: the objects found have to be
    /// read and compared.</param>
    public static IReadOnlyList<IndexCondition> ConditionsFor(AttributeKey key, AttributeValue value, out bool isExact)
    {
        ArgumentNullException.ThrowIfNull(value);
        isExact = true;
        var term = TermOf(key);
        if (ReadOnly.Contains(key.Name))
        {
            isExact = false;
            return [];
        }

        if (key.Name == AttributeName.CryptographicUsageMask && value is IntegerValue mask) return [.. BitsOf(mask.Value).Select(HasBit)];
        if (value is not StructureValue structure) return [IndexCondition.Equal(term, Encode(value))];
        if (Tuples.TryGetValue(key.Name, out var order)) return [TupleCondition(term, structure, order, out isExact)];

        isExact = structure.Fields.Length == 1 && structure.Fields[0].Value is not StructureValue;
        return [.. structure.Fields.Select(f => IndexCondition.Equal(FieldTerm(term, f.Field), Encode(f.Value)))];
    }

    /// <summary>The condition that the attribute lies in a range, both ends included.</summary>
    public static IndexCondition Range(AttributeKey key, AttributeValue from, AttributeValue to) =>
        new(TermOf(key), [new IndexRange(Encode(from), Encode(to))]);

    /// <summary>The condition that the attribute has one of the values.</summary>
    public static IndexCondition OneOf(AttributeKey key, IEnumerable<AttributeValue> values) =>
        new(TermOf(key), [.. values.Select(Encode).Select(v => new IndexRange(v, v))]);

    /// <summary>The condition that the object has a Name that begins with <paramref name="prefix"/>; with none, that it has a Name.</summary>
    public static IndexCondition NameStartsWith(string prefix)
    {
        var begin = new ArrayBufferWriter<byte>(64);
        begin.Write<byte>([(byte)AttributeKind.Structure]);
        foreach (var b in Encode(AttributeValue.Of(prefix)).Span) begin.Write<byte>(b == 0 ? [0, 0xFF] : [b]);
        return new IndexCondition(AttributeName.Name.ToString(), [new IndexRange(begin.WrittenMemory, After(begin.WrittenSpan))]);
    }

    /// <summary>The condition that the object's State has changed by itself by that time and the row does not say so yet.</summary>
    public static IndexCondition TransitionUntil(DateTimeOffset time) =>
        new(NextTransition, [new IndexRange(Encode(AttributeValue.Of(DateTimeOffset.UnixEpoch)), Encode(AttributeValue.Of(time)))]);

    /// <summary>The condition that the server has to replace the object by that time.</summary>
    public static IndexCondition RotationUntil(DateTimeOffset time) =>
        new(NextRotation, [new IndexRange(Encode(AttributeValue.Of(DateTimeOffset.UnixEpoch)), Encode(AttributeValue.Of(time)))]);

    /// <summary>The condition that the object lies in one of the key groups or below it. Without groups nothing does.</summary>
    public static IndexCondition WithinGroups(IEnumerable<GroupName> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        var ranges = new List<IndexRange>();
        foreach (var group in groups)
        {
            var itself = Encode(AttributeValue.Of(group.Value));
            byte[] below = [.. itself.Span, (byte)'/'];
            ranges.Add(new IndexRange(itself, itself));
            ranges.Add(new IndexRange(below, After(below)));
        }

        return new IndexCondition(KeyGroup, ranges);
    }

    /// <summary>What an object can be found by.</summary>
    internal static IReadOnlyList<IndexEntry> EntriesOf(ManagedObject managedObject, TenantBlinding keys)
    {
        var entries = new List<IndexEntry>(managedObject.Attributes.Instances.Length + 4)
        {
            new(ObjectType, Encode(AttributeValue.Of(managedObject.ObjectType))),
            new(nameof(AttributeName.ShortUniqueIdentifier), Encode(VisibleAttributes.ShortIdentifierOf(managedObject.Id))),
        };
        if (TimedTransitions.Next(managedObject) is { } next) entries.Add(new IndexEntry(NextTransition, Encode(AttributeValue.Of(next))));
        if (Rotations.Next(managedObject) is { } rotation) entries.Add(new IndexEntry(NextRotation, Encode(AttributeValue.Of(rotation))));
        if (!managedObject.Attributes.Has(AttributeName.KeyGroup))
            entries.Add(new IndexEntry(KeyGroup, Encode(AttributeValue.Of(GroupName.Default.Value))));
        foreach (var instance in managedObject.Attributes.Instances) AddEntries(entries, instance.Key, instance.Value, keys);
        return entries;
    }

    /// <summary>The condition as the store can answer it: values of secret attributes hidden as they are in the index.</summary>
    internal static IndexCondition Blind(IndexCondition condition, TenantBlinding keys) =>
        IsBlinded(condition.Term)
            ? condition with { Ranges = [.. condition.Ranges.Select(r => keys.Blind(r.From.Span)).Select(b => new IndexRange(b, b))] }
            : condition;

    private static void AddEntries(List<IndexEntry> entries, AttributeKey key, AttributeValue value, TenantBlinding keys)
    {
        if (ReadOnly.Contains(key.Name) || key.Name is AttributeName.ObjectType or AttributeName.KeyWrappingData) return;
        var term = TermOf(key);
        if (key.Name == AttributeName.CryptographicUsageMask && value is IntegerValue mask)
        {
            foreach (var bit in BitsOf(mask.Value)) entries.Add(new IndexEntry(BitTerm(bit), One));
            return;
        }

        if (value is not StructureValue structure)
        {
            entries.Add(new IndexEntry(term, Encode(value)));
            return;
        }

        if (Tuples.TryGetValue(key.Name, out var order))
        {
            entries.Add(new IndexEntry(term, EncodeTuple(structure, order, out _)));
            return;
        }

        foreach (var field in structure.Fields)
        {
            var fieldTerm = FieldTerm(term, field.Field);
            entries.Add(new IndexEntry(fieldTerm, IsBlinded(fieldTerm) ? keys.Blind(Encode(field.Value).Span) : Encode(field.Value)));
        }
    }

    private static IndexCondition TupleCondition(string term, StructureValue structure, AttributeField[] order, out bool isExact)
    {
        var prefix = EncodeTuple(structure, order, out var encoded);
        isExact = encoded == structure.Fields.Length;
        return new IndexCondition(term, [new IndexRange(prefix, After(prefix.Span))]);
    }

    // kind ‖ (field's value with 00 written as 00 FF, ended by 00 01)*, up to the first field that is missing
    private static ReadOnlyMemory<byte> EncodeTuple(StructureValue structure, AttributeField[] order, out int encoded)
    {
        var writer = new ArrayBufferWriter<byte>(64);
        writer.Write<byte>([(byte)AttributeKind.Structure]);
        encoded = 0;
        foreach (var field in order)
        {
            if (structure[field] is not { } value) break;
            foreach (var b in Encode(value).Span) writer.Write<byte>(b == 0 ? [0, 0xFF] : [b]);
            writer.Write<byte>([0, 1]);
            encoded++;
        }

        return writer.WrittenMemory;
    }

    private static ReadOnlyMemory<byte> Encode(AttributeValue value)
    {
        var payload = PayloadOf(value);
        if (payload.Length > LongestValueInBytes) payload = [.. payload.AsSpan(0, PrefixOfLongValueInBytes), .. SHA256.HashData(payload)];
        return (byte[])[(byte)AttributeSetCodec.KindOf(value), .. payload];
    }

    private static byte[] PayloadOf(AttributeValue value)
    {
        switch (value)
        {
            case IntegerValue v: return Number(unchecked((uint)v.Value) ^ 0x8000_0000u, 4);
            case LongIntegerValue v: return Number(unchecked((ulong)v.Value) ^ 0x8000_0000_0000_0000ul, 8);
            case EnumerationValue v: return Number(v.Value, 4);
            case BooleanValue v: return [v.Value ? (byte)1 : (byte)0];
            case TextValue v: return AttributeSetCodec.StrictUtf8.GetBytes(v.Value);
            case BytesValue v: return [.. v.Value];
            case DateTimeValue v: return Number(unchecked((ulong)v.UnixSeconds) ^ 0x8000_0000_0000_0000ul, 8);
            case DateTimeExtendedValue v: return Number(unchecked((ulong)v.UnixMicroseconds) ^ 0x8000_0000_0000_0000ul, 8);
            case IntervalValue v: return Number(v.Seconds, 4);
            case BigIntegerValue v: return BigNumber(v.Value);
            default: return AttributeSetCodec.EncodeValue(value);
        }
    }

    private static byte[] Number(ulong value, int sizeInBytes)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes[(8 - sizeInBytes)..].ToArray();
    }

    // sign and length first, so that longer numbers are farther from zero: 80+length(2) ‖ magnitude, mirrored below zero
    private static byte[] BigNumber(BigInteger value)
    {
        var magnitude = BigInteger.Abs(value).ToByteArray(isUnsigned: true, isBigEndian: true);
        byte[] bytes = [(byte)(0x80 | ((magnitude.Length >> 8) & 0x7F)), unchecked((byte)magnitude.Length), .. magnitude];
        if (value.Sign < 0)
            for (var i = 0; i < bytes.Length; i++) bytes[i] ^= 0xFF;
        return bytes;
    }

    // The least value that is above all that begin so, as far as values go: FF is longer than any tuple or text goes on.
    private static byte[] After(ReadOnlySpan<byte> prefix) => [.. prefix, 0xFF];

    private static IEnumerable<int> BitsOf(int mask) => Enumerable.Range(0, 32).Where(bit => ((mask >> bit) & 1) != 0);

    private static IndexCondition HasBit(int bit) => IndexCondition.Equal(BitTerm(bit), One);

    private static string BitTerm(int bit) => FormattableString.Invariant($"CryptographicUsageMask/{bit}");

    private static readonly byte[] One = [1];

    private static string TermOf(AttributeKey key) => key.Name == AttributeName.Custom
        ? FormattableString.Invariant($"Custom/{key.Vendor?.Length}/{key.Vendor}/{key.CustomName}")
        : key.Name.ToString();

    private static string FieldTerm(string term, AttributeField field) => FormattableString.Invariant($"{term}/{(int)field}");

    private static bool IsBlinded(string term) => term.StartsWith("Digest/", StringComparison.Ordinal);
}
