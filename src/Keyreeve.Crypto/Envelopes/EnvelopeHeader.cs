using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Keyreeve.Crypto;

/// <summary>The start of an envelope: everything that is needed to find its key.</summary>
/// <remarks>
/// <para>Direct: magic 'K'(1) || version(1) || mode(1) || suite(1) || id(16).</para>
/// <para>Others: the same || key version u32be || length of the wrapped key u16be || wrapped key.</para>
/// <para>A parsed header is well-formed, not authentic. Opening the envelope authenticates magic, version, mode and suite, and up
/// to version 1 the rest too. From version 2 on, identifier, key version and wrapped key are authenticated by whoever unwraps the
/// data key, so that a key can be wrapped anew without touching the body.</para>
/// </remarks>
[StructLayout(LayoutKind.Auto)]
public readonly record struct EnvelopeHeader
{
    /// <summary>Length of a direct envelope's header, and of what is common to all.</summary>
    internal const int DirectLengthInBytes = 20;

    /// <summary>Length of the other headers up to the wrapped key.</summary>
    internal const int FixedLengthInBytes = 26;

    private const byte Magic = 0x4B;

    /// <summary>All that there is of direct envelopes; of the others, the version whose body is bound to the whole header.</summary>
    private const byte FirstVersion = 1;

    /// <summary>The version whose body is bound to what stays when the data key is wrapped anew.</summary>
    private const byte ReWrappableVersion = 2;

    /// <summary>magic(1) || version(1) || mode(1) || suite(1).</summary>
    private const int StartLengthInBytes = 4;

    /// <summary>Version of the format.</summary>
    public byte Version { get; private init; }

    /// <summary>What follows the header.</summary>
    public EnvelopeMode Mode { get; private init; }

    /// <summary>The cipher.</summary>
    public EnvelopeSuite Suite { get; private init; }

    /// <summary>
    /// Direct: Unique Identifier of the key version that decrypts. Otherwise: Unique Identifier of the named key whose
    /// version <see cref="KeyVersion"/> unwraps the data key.
    /// </summary>
    public Guid UniqueIdentifier { get; private init; }

    /// <summary>Version of the named key; zero in a direct envelope, whose identifier names the version.</summary>
    public uint KeyVersion { get; private init; }

    /// <summary>Length of the wrapped data key; zero in a direct envelope.</summary>
    public int WrappedKeyLengthInBytes { get; private init; }

    /// <summary>Whether the data key can be wrapped anew without touching the body.</summary>
    public bool CanReWrap => Version >= ReWrappableVersion;

    /// <summary>How much of the header the body is bound to.</summary>
    internal int BoundLengthInBytes => CanReWrap ? StartLengthInBytes : LengthInBytes;

    /// <summary>Length of the whole header; the body follows.</summary>
    public int LengthInBytes => Mode == EnvelopeMode.Direct ? DirectLengthInBytes : FixedLengthInBytes + WrappedKeyLengthInBytes;

    /// <summary>Reads the header of an envelope. False when the bytes are not an envelope of a version known here.</summary>
    public static bool TryParse(ReadOnlySpan<byte> envelope, out EnvelopeHeader header)
    {
        if (TryParseFixed(envelope, out header) && envelope.Length >= header.LengthInBytes)
            return true;
        header = default;
        return false;
    }

    /// <summary>The wrapped data key within the envelope this header was read from; empty for a direct one.</summary>
    public ReadOnlySpan<byte> WrappedKeyIn(ReadOnlySpan<byte> envelope) => Mode == EnvelopeMode.Direct
        ? default
        : envelope.Slice(FixedLengthInBytes, WrappedKeyLengthInBytes);

    /// <summary>Reads the part of fixed length, which tells how much follows.</summary>
    internal static bool TryParseFixed(ReadOnlySpan<byte> bytes, out EnvelopeHeader header)
    {
        header = default;
        if (bytes.Length < DirectLengthInBytes || bytes[0] != Magic)
            return false;
        var parsed = new EnvelopeHeader
        {
            Version = bytes[1],
            Mode = (EnvelopeMode)bytes[2],
            Suite = (EnvelopeSuite)bytes[3],
            UniqueIdentifier = new Guid(bytes.Slice(4, 16), bigEndian: true),
        };
        if (!IsKnown(parsed.Version, parsed.Mode, parsed.Suite))
            return false;
        if (parsed.Mode != EnvelopeMode.Direct)
        {
            if (bytes.Length < FixedLengthInBytes)
                return false;
            parsed = parsed with
            {
                KeyVersion = BinaryPrimitives.ReadUInt32BigEndian(bytes[20..]),
                WrappedKeyLengthInBytes = BinaryPrimitives.ReadUInt16BigEndian(bytes[24..]),
            };
            if (parsed.WrappedKeyLengthInBytes == 0)
                return false;
        }

        header = parsed;
        return true;
    }

    internal static void WriteDirect(EnvelopeSuite suite, Guid objectId, Span<byte> destination) =>
        WriteCommon(FirstVersion, EnvelopeMode.Direct, suite, objectId, destination);

    internal static void WriteWithKey(
        EnvelopeMode mode, EnvelopeSuite suite, WrappedDataKey key, Span<byte> destination, byte version = ReWrappableVersion)
    {
        WriteCommon(version, mode, suite, key.KeyId, destination);
        BinaryPrimitives.WriteUInt32BigEndian(destination[20..], key.KeyVersion);
        BinaryPrimitives.WriteUInt16BigEndian(destination[24..], (ushort)key.Wrapped.Length);
        key.Wrapped.CopyTo(destination[FixedLengthInBytes..]);
    }

    private static void WriteCommon(byte version, EnvelopeMode mode, EnvelopeSuite suite, Guid id, Span<byte> destination)
    {
        destination[0] = Magic;
        destination[1] = version;
        destination[2] = (byte)mode;
        destination[3] = (byte)suite;
        _ = id.TryWriteBytes(destination.Slice(4, 16), bigEndian: true, out _);
    }

    private static bool IsKnown(byte version, EnvelopeMode mode, EnvelopeSuite suite) => (version, mode) switch
    {
        (FirstVersion, EnvelopeMode.Direct) or (FirstVersion or ReWrappableVersion, EnvelopeMode.WrappedKey) => suite is EnvelopeSuite.Aes256Gcm or EnvelopeSuite.XChaCha20Poly1305,
        (FirstVersion or ReWrappableVersion, EnvelopeMode.Chunked) => suite == EnvelopeSuite.Aes256Gcm,
        _ => false,
    };
}
