using System.Buffers.Binary;
using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Keyreeve.Crypto;

/// <summary>
/// What a ciphertext belongs to: names and values (tenant, table, row, purpose of the data) that are bound to it, are not
/// encrypted, and must be given again, the same, to decrypt.
/// </summary>
/// <remarks>
/// <para>Immutable, with one canonical encoding, so that equal contexts are equal bytes:
/// count u16be, then for each pair, sorted by the UTF-8 bytes of its name, length of the name u16be || name || length of
/// the value u32be || value.</para>
/// <para>Names are not empty and occur once; names and values are well-formed Unicode in Normalization Form C; the whole
/// encoding has at most <see cref="LargestSizeInBytes"/>.</para>
/// <para>Values stand in requests and audit records in clear. Never put a secret into a context.</para>
/// </remarks>
public sealed class EncryptionContext : IEquatable<EncryptionContext>
{
    /// <summary>Largest canonical encoding.</summary>
    public const int LargestSizeInBytes = 8192;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _canonical;

    private EncryptionContext(SortedList<string, string> pairs, byte[] canonical)
    {
        Pairs = new ReadOnlyDictionary<string, string>(pairs);
        _canonical = canonical;
    }

    /// <summary>The context without pairs. It says that a ciphertext may be moved anywhere its key reaches.</summary>
    public static EncryptionContext Empty { get; } = Create([]);

    /// <summary>The canonical encoding.</summary>
    public ReadOnlySpan<byte> CanonicalBytes => _canonical;

    /// <summary>The pairs, in the order of the encoding.</summary>
    public IReadOnlyDictionary<string, string> Pairs { get; }

    /// <summary>Makes a context of pairs in any order.</summary>
    /// <exception cref="ArgumentException">
    /// A name is empty or occurs twice, a name or value is not in Normalization Form C, or the whole is too large. The
    /// message names the fault.
    /// </exception>
    public static EncryptionContext Of(params ReadOnlySpan<(string Name, string Value)> pairs)
    {
        var list = new List<KeyValuePair<string, string>>(pairs.Length);
        foreach (var (name, value) in pairs)
            list.Add(new KeyValuePair<string, string>(name, value));
        return Create(list);
    }

    /// <summary>Makes a context of pairs in any order.</summary>
    /// <inheritdoc cref="Of"/>
    public static EncryptionContext Create(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        var sorted = new SortedList<string, string>(Utf8Order.Instance);
        var size = sizeof(ushort);
        foreach (var (name, value) in pairs)
        {
            size += sizeof(ushort) + sizeof(uint) + SizeOf(name, "name") + SizeOf(value, "value");
            if (name.Length == 0)
                throw new ArgumentException("A name in an encryption context must not be empty.", nameof(pairs));
            if (size > LargestSizeInBytes)
                throw new ArgumentException($"An encryption context has at most {LargestSizeInBytes} bytes.", nameof(pairs));
            if (!sorted.TryAdd(name, value))
                throw new ArgumentException($"The name '{name}' occurs twice in an encryption context.", nameof(pairs));
        }

        return new EncryptionContext(sorted, Encode(sorted, size));
    }

    /// <summary>Reads a canonical encoding; anything else, trailing bytes included, is refused.</summary>
    public static bool TryParse(ReadOnlySpan<byte> canonical, [NotNullWhen(true)] out EncryptionContext? context)
    {
        context = null;
        if (canonical.Length is < sizeof(ushort) or > LargestSizeInBytes)
            return false;
        var count = BinaryPrimitives.ReadUInt16BigEndian(canonical);
        var rest = canonical[sizeof(ushort)..];
        var pairs = new List<KeyValuePair<string, string>>();
        for (var i = 0; i < count; i++)
        {
            if (!TryTake(ref rest, sizeof(ushort), out var name) || !TryTake(ref rest, sizeof(uint), out var value))
                return false;
            pairs.Add(new KeyValuePair<string, string>(name, value));
        }

        try
        {
            // Whatever is not the one canonical encoding of its pairs comes out different.
            var parsed = Create(pairs);
            context = parsed.CanonicalBytes.SequenceEqual(canonical) ? parsed : null;
            return context is not null;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>A copy of the canonical encoding.</summary>
    public byte[] ToBytes() => [.. _canonical];

    /// <summary>Whether both have the same pairs.</summary>
    public bool Equals(EncryptionContext? other) => other is not null && _canonical.AsSpan().SequenceEqual(other._canonical);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as EncryptionContext);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(_canonical);
        return hash.ToHashCode();
    }

    /// <summary>The names alone: values may be personal data.</summary>
    public override string ToString() => $"EncryptionContext({string.Join(", ", Pairs.Keys)})";

    private static int SizeOf(string text, string role)
    {
        if (text is null)
            throw new ArgumentException($"A {role} in an encryption context must not be null.", nameof(text));
        if (text.Length > LargestSizeInBytes)
            throw new ArgumentException($"An encryption context has at most {LargestSizeInBytes} bytes.", nameof(text));
        if (!NormalizationFormC.IsNormalized(text))
            throw new ArgumentException($"A {role} in an encryption context must be in Unicode Normalization Form C.", nameof(text));
        try
        {
            return StrictUtf8.GetByteCount(text);
        }
        catch (EncoderFallbackException e)
        {
            throw new ArgumentException($"A {role} in an encryption context must be well-formed Unicode.", nameof(text), e);
        }
    }

    private static byte[] Encode(SortedList<string, string> pairs, int size)
    {
        var canonical = new byte[size];
        BinaryPrimitives.WriteUInt16BigEndian(canonical, (ushort)pairs.Count);
        var at = sizeof(ushort);
        foreach (var (name, value) in pairs)
        {
            var nameLength = StrictUtf8.GetBytes(name, canonical.AsSpan(at + sizeof(ushort)));
            BinaryPrimitives.WriteUInt16BigEndian(canonical.AsSpan(at), (ushort)nameLength);
            at += sizeof(ushort) + nameLength;
            var valueLength = StrictUtf8.GetBytes(value, canonical.AsSpan(at + sizeof(uint)));
            BinaryPrimitives.WriteUInt32BigEndian(canonical.AsSpan(at), (uint)valueLength);
            at += sizeof(uint) + valueLength;
        }

        return canonical;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> rest, int lengthSize, out string text)
    {
        text = "";
        if (rest.Length < lengthSize)
            return false;
        var length = lengthSize == sizeof(ushort)
            ? BinaryPrimitives.ReadUInt16BigEndian(rest)
            : BinaryPrimitives.ReadUInt32BigEndian(rest);
        rest = rest[lengthSize..];
        if (length > (uint)rest.Length)
            return false;
        try
        {
            text = StrictUtf8.GetString(rest[..(int)length]);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        rest = rest[(int)length..];
        return true;
    }

    /// <summary>The order of the UTF-8 bytes, which differs from that of UTF-16 above U+FFFF.</summary>
    private sealed class Utf8Order : IComparer<string>
    {
        public static readonly Utf8Order Instance = new();

        public int Compare(string? x, string? y)
        {
            var left = x.AsSpan();
            var right = y.AsSpan();
            var same = left.CommonPrefixLength(right);
            if (same == left.Length || same == right.Length)
                return left.Length.CompareTo(right.Length);
            var (a, b) = (left[same], right[same]);

            // UTF-8 orders by code point; a surrogate stands for one above every other char.
            return char.IsSurrogate(a) == char.IsSurrogate(b) ? a.CompareTo(b) : char.IsSurrogate(a) ? 1 : -1;
        }
    }
}
