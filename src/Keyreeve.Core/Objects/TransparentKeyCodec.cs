using System.Buffers.Binary;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Objects;

/// <summary>Transparent keys that this server cannot read otherwise, as they are kept.</summary>
/// <remarks><code>version(1) ‖ curve(4) ‖ (component(1) ‖ length(4) ‖ bytes)*, ascending by component, big-endian</code></remarks>
internal static class TransparentKeyCodec
{
    private const byte Version = 1;
    private const int HeaderSizeInBytes = 1 + 4;
    private const int ComponentHeaderSizeInBytes = 1 + 4;

    /// <summary>Encodes a key.</summary>
    public static SecretBytes Encode(TransparentKey key)
    {
        var length = HeaderSizeInBytes + key.Components.Values.Sum(c => ComponentHeaderSizeInBytes + c.LengthInBytes);
        return SecretBytes.Create(length, key, static (bytes, key) =>
        {
            bytes[0] = Version;
            BinaryPrimitives.WriteUInt32BigEndian(bytes[1..], (uint)key.RecommendedCurve);
            var rest = bytes[HeaderSizeInBytes..];
            foreach (var (component, value) in key.Components.OrderBy(c => c.Key))
            {
                using var lease = value.Reveal();
                rest[0] = (byte)component;
                BinaryPrimitives.WriteInt32BigEndian(rest[1..], lease.Span.Length);
                lease.Span.CopyTo(rest[ComponentHeaderSizeInBytes..]);
                rest = rest[(ComponentHeaderSizeInBytes + lease.Span.Length)..];
            }
        });
    }

    /// <summary>Decodes a key.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IntegrityFailure"/>: the bytes are no such key, though they
    /// are authentic.</exception>
    public static TransparentKey Decode(KeyFormatType format, SecretBytes encoded)
    {
        using var lease = encoded.Reveal();
        var bytes = lease.Span;
        if (bytes.Length < HeaderSizeInBytes || bytes[0] != Version) throw Malformed();
        var curve = (RecommendedCurve)BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]);
        var components = new Dictionary<KeyComponent, SecretBytes>();
        var key = new TransparentKey(format, components) { RecommendedCurve = curve };
        for (var rest = bytes[HeaderSizeInBytes..]; !rest.IsEmpty;)
        {
            var length = rest.Length < ComponentHeaderSizeInBytes ? -1 : BinaryPrimitives.ReadInt32BigEndian(rest[1..]);
            if (length < 0 || length > rest.Length - ComponentHeaderSizeInBytes)
            {
                key.Dispose();
                throw Malformed();
            }

            components[(KeyComponent)rest[0]] = SecretBytes.CopyFrom(rest.Slice(ComponentHeaderSizeInBytes, length));
            rest = rest[(ComponentHeaderSizeInBytes + length)..];
        }

        return key;
    }

    private static KeyreeveException Malformed() => new(KeyreeveError.IntegrityFailure, "A stored transparent key is malformed.");
}
