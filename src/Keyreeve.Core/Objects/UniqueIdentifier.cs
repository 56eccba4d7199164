using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Keyreeve.Core.Objects;

/// <summary>
/// The Unique Identifier of a managed object: a UUID, version 7 where the server makes it, so that objects are stored in
/// the order in which they were created.
/// </summary>
public readonly record struct UniqueIdentifier : IComparable<UniqueIdentifier>
{
    /// <summary>Length of the binary form, in bytes.</summary>
    public const int SizeInBytes = 16;

    private const long StampsPerMillisecond = 4096;

    // spec: RFC 9562 §4 "output as lowercase characters and are case insensitive on input"
    private static readonly SearchValues<char> Characters = SearchValues.Create("0123456789abcdefABCDEF-");

    private static long _lastStamp;

    private readonly Guid _value;

    private UniqueIdentifier(Guid value) => _value = value;

    /// <summary>A new identifier for an object created at <paramref name="time"/>.</summary>
    public static UniqueIdentifier New(DateTimeOffset time)
    {
        // spec: RFC 9562 §6.2 Method 3 "Replace Leftmost Random Bits with Increased Clock Precision": 12 bits of it, so that
        // objects made in one millisecond stay in order too. 62 bits are random.
        Span<byte> bytes = stackalloc byte[SizeInBytes];
        new UniqueIdentifier(Guid.CreateVersion7(time)).CopyTo(bytes);
        var (milliseconds, rest) = Math.DivRem(time.UtcTicks - DateTime.UnixEpoch.Ticks, TimeSpan.TicksPerMillisecond);
        var stamp = NextStamp((milliseconds * StampsPerMillisecond) + (rest * StampsPerMillisecond / TimeSpan.TicksPerMillisecond));
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, (stamp / StampsPerMillisecond << 16) | 0x7000 | (stamp % StampsPerMillisecond));
        // The second half is random already: version 7 but for its time.
        return FromBytes(bytes);
    }

    /// <summary>The stamp, or the next after the last one: what is made in one moment stays in the order in which it was made.</summary>
    private static long NextStamp(long stamp)
    {
        while (true)
        {
            var last = Volatile.Read(ref _lastStamp);
            // A clock that was set back by more than a second goes its own way.
            var next = last >= stamp && last - stamp < 1000 * StampsPerMillisecond ? last + 1 : stamp;
            if (Interlocked.CompareExchange(ref _lastStamp, next, last) == last) return next;
        }
    }

    /// <summary>Reads the text form, <c>xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out UniqueIdentifier id)
    {
        // .NET would take blanks around it, and '+' or "0x" in place of a group's first digits, too.
        var valid = Guid.TryParseExact(text, "D", out var value) && !text.AsSpan().ContainsAnyExcept(Characters);
        id = new UniqueIdentifier(value);
        return valid && value != Guid.Empty;
    }

    /// <summary>Reads the text form.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.ItemNotFound"/>: nothing has such an identifier.</exception>
    public static UniqueIdentifier Parse(string text) =>
        TryParse(text, out var id) ? id : throw KeyreeveException.NotFound();

    /// <summary>Reads the binary form: 16 bytes, big-endian as in RFC 9562.</summary>
    public static UniqueIdentifier FromBytes(ReadOnlySpan<byte> bytes) => new(new Guid(bytes, bigEndian: true));

    /// <summary>Writes the binary form, <see cref="SizeInBytes"/> bytes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        if (!_value.TryWriteBytes(destination, bigEndian: true, out _))
            throw new ArgumentException("A Unique Identifier takes 16 bytes.", nameof(destination));
    }

    /// <summary>The same identifier as a <see cref="Guid"/>, as envelopes name it.</summary>
    public Guid ToGuid() => _value;

    /// <summary>The identifier that an envelope names.</summary>
    public static UniqueIdentifier FromGuid(Guid value) => new(value);

    /// <summary>The binary form in a fresh array.</summary>
    public byte[] ToByteArray() => _value.ToByteArray(bigEndian: true);

    /// <summary>When it was made, to the millisecond; null if it is not a UUID of version 7.</summary>
    // spec: RFC 9562 §5.7 "unix_ts_ms: 48-bit big-endian unsigned number of the Unix Epoch timestamp in milliseconds"
    public DateTimeOffset? CreatedAt
    {
        get
        {
            if (_value.Version != 7) return null;
            Span<byte> bytes = stackalloc byte[SizeInBytes];
            CopyTo(bytes);
            var milliseconds = ((long)System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(bytes) << 32)
                | System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]);
            return DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        }
    }

    /// <inheritdoc/>
    public int CompareTo(UniqueIdentifier other) => _value.CompareTo(other._value);

    /// <summary>The text form, lower case.</summary>
    public override string ToString() => _value.ToString("D");
}
