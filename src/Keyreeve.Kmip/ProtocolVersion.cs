using System.Runtime.InteropServices;
using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip;

/// <summary>A version of the protocol. Ordered; <c>default</c> is no version.</summary>
/// <param name="Major">Protocol Version Major.</param>
/// <param name="Minor">Protocol Version Minor.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ProtocolVersion(int Major, int Minor) : IComparable<ProtocolVersion>, IWireStructure<ProtocolVersion>
{
    /// <summary>KMIP 1.0.</summary>
    public static ProtocolVersion Kmip10 => new(1, 0);

    /// <summary>KMIP 1.1.</summary>
    public static ProtocolVersion Kmip11 => new(1, 1);

    /// <summary>KMIP 1.2.</summary>
    public static ProtocolVersion Kmip12 => new(1, 2);

    /// <summary>KMIP 1.3.</summary>
    public static ProtocolVersion Kmip13 => new(1, 3);

    /// <summary>KMIP 1.4.</summary>
    public static ProtocolVersion Kmip14 => new(1, 4);

    /// <summary>KMIP 2.0.</summary>
    public static ProtocolVersion Kmip20 => new(2, 0);

    /// <summary>KMIP 2.1.</summary>
    public static ProtocolVersion Kmip21 => new(2, 1);

    /// <summary>KMIP 3.0.</summary>
    public static ProtocolVersion Kmip30 => new(3, 0);

    /// <summary>Every published version, newest first, as DiscoverVersions lists them.</summary>
    public static ReadOnlySpan<ProtocolVersion> Published => Newest;

    private static readonly ProtocolVersion[] Newest = [Kmip30, Kmip21, Kmip20, Kmip14, Kmip13, Kmip12, Kmip11, Kmip10];

    /// <inheritdoc/>
    public int CompareTo(ProtocolVersion other) => Major != other.Major ? Major.CompareTo(other.Major) : Minor.CompareTo(other.Minor);

    /// <summary>Whether one version is older than the other.</summary>
    public static bool operator <(ProtocolVersion left, ProtocolVersion right) => left.CompareTo(right) < 0;

    /// <summary>Whether one version is newer than the other.</summary>
    public static bool operator >(ProtocolVersion left, ProtocolVersion right) => left.CompareTo(right) > 0;

    /// <summary>Whether one version is the other or older.</summary>
    public static bool operator <=(ProtocolVersion left, ProtocolVersion right) => left.CompareTo(right) <= 0;

    /// <summary>Whether one version is the other or newer.</summary>
    public static bool operator >=(ProtocolVersion left, ProtocolVersion right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public static ProtocolVersion Exchange<TCodec>(ref TCodec codec, in ProtocolVersion value)
        where TCodec : struct, IFieldCodec, allows ref struct => new(
            codec.Integer(Tag.ProtocolVersionMajor, value.Major),
            codec.Integer(Tag.ProtocolVersionMinor, value.Minor));

    /// <inheritdoc/>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Major}.{Minor}");
}
