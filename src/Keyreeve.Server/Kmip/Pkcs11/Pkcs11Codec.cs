using System.Buffers.Binary;
using System.Text;
using Keyreeve.Core;

namespace Keyreeve.Server.Kmip.Pkcs11;

/// <summary>
/// Reads a function's input parameters.
/// spec: KMIP Profiles 2.1 §5.18.1 "CK_BYTE is represented as a single byte, while CK_ULONG and CK_LONG values are transmitted as 8 bytes,
/// network byte order", "the count of the number of elements is provided immediately before the array and removed from its original
/// position", "CK_ULONGs that represent a count or length are represented as 4 bytes big-endian values".
/// </summary>
internal sealed class Pkcs11Reader(ReadOnlyMemory<byte> input)
{
    private ReadOnlyMemory<byte> _rest = input;

    /// <summary>Whether all has been read.</summary>
    public bool IsAtEnd => _rest.IsEmpty;

    /// <summary>How many bytes are left.</summary>
    public int Remaining => _rest.Length;

    /// <summary>A CK_BBOOL, or whether a pointer is one.</summary>
    public bool Flag() => Take(1).Span[0] switch
    {
        0 => false,
        1 => true,
        _ => throw Malformed(),
    };

    /// <summary>A CK_ULONG.</summary>
    public ulong Number() => BinaryPrimitives.ReadUInt64BigEndian(Take(sizeof(ulong)).Span);

    /// <summary>A CK_ULONG that counts.</summary>
    public int Count()
    {
        var count = BinaryPrimitives.ReadUInt32BigEndian(Take(sizeof(uint)).Span);
        return count <= int.MaxValue ? (int)count : throw Malformed();
    }

    /// <summary>A count in whichever of both lengths is what is left.</summary>
    public ulong LastNumber() => Remaining == sizeof(uint) ? (ulong)Count() : Number();

    /// <summary>Bytes with their count.</summary>
    public ReadOnlyMemory<byte> Bytes() => Take(Count());

    /// <summary>So many bytes.</summary>
    public ReadOnlyMemory<byte> Take(int count)
    {
        if (count > _rest.Length) throw Malformed();
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    /// <summary>Where the caller wants output: null if it only asks how long that is.</summary>
    public int? Room()
    {
        if (IsAtEnd) return null;
        var isPointer = Flag();
        var room = IsAtEnd ? int.MaxValue : Count();
        return isPointer ? room : null;
    }

    /// <summary>Asserts that all has been read.</summary>
    public void End()
    {
        if (!IsAtEnd) throw Malformed();
    }

    /// <summary>The refusal of what is not the function's input.</summary>
    public static KeyreeveException Malformed() => new(KeyreeveError.Pkcs11CodecError, "The PKCS#11 Input Parameters are not those of the function.");
}

/// <summary>Writes a function's output parameters, as <see cref="Pkcs11Reader"/> reads input.</summary>
internal sealed class Pkcs11Writer
{
    private readonly List<byte> _output = [];

    public Pkcs11Writer Flag(bool value)
    {
        _output.Add(value ? (byte)1 : (byte)0);
        return this;
    }

    public Pkcs11Writer Number(ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return Raw(bytes);
    }

    public Pkcs11Writer Count(int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return Raw(bytes);
    }

    /// <summary>A text of fixed length, filled with blanks.</summary>
    public Pkcs11Writer Text(string value, int size)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        var length = Math.Min(bytes.Length, size);
        // A character that does not fit is left out whole.
        while (length < bytes.Length && length > 0 && (bytes[length] & 0xC0) == 0x80) length--;
        Raw(bytes.AsSpan(0, length));
        for (var i = length; i < size; i++) _output.Add((byte)' ');
        return this;
    }

    /// <summary>CK_VERSION.</summary>
    public Pkcs11Writer Version(int major, int minor) => Raw([(byte)Math.Clamp(major, 0, byte.MaxValue), (byte)Math.Clamp(minor, 0, byte.MaxValue)]);

    public Pkcs11Writer Raw(ReadOnlySpan<byte> bytes)
    {
        _output.AddRange(bytes);
        return this;
    }

    /// <summary>Variable output: whether it is there, how long it is, and it.</summary>
    public static byte[] Output(ReadOnlySpan<byte> bytes) => new Pkcs11Writer().Flag(value: true).Count(bytes.Length).Raw(bytes).ToArray();

    /// <summary>How long variable output would be.</summary>
    public static byte[] LengthAlone(int length) => new Pkcs11Writer().Flag(value: false).Count(length).ToArray();

    /// <summary>A list of numbers, if there is room for it.</summary>
    public static Pkcs11Result Numbers(IReadOnlyList<ulong> numbers, int? room)
    {
        if (room is null) return Pkcs11Result.Of(LengthAlone(numbers.Count));
        if (room < numbers.Count) return new Pkcs11Result(Pkcs11Return.BufferTooSmall, LengthAlone(numbers.Count));
        var writer = new Pkcs11Writer().Flag(value: true).Count(numbers.Count);
        foreach (var number in numbers) writer.Number(number);
        return Pkcs11Result.Of(writer.ToArray());
    }

    public byte[] ToArray() => [.. _output];
}

/// <summary>What a function gave.</summary>
/// <param name="ReturnCode">The CK_RV.</param>
/// <param name="Output">Its output parameters; null if it has none.</param>
internal readonly record struct Pkcs11Result(uint ReturnCode, byte[]? Output = null)
{
    /// <summary>CKR_OK, with output.</summary>
    public static Pkcs11Result Of(byte[] output) => new(Pkcs11Return.Ok, output);
}
