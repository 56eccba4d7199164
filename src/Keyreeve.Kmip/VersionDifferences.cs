using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip;

/// <summary>
/// Where the versions of the protocol lay out the same thing differently. Fields that merely appear or vanish stand in the tables
/// of tags (<see cref="NameTables.IsDefined"/>); how attributes are laid out, in <see cref="Attributes.AttributeCodec"/>.
/// </summary>
internal static class VersionDifferences
{
    /// <summary>Whether attributes stand in <c>Attributes</c> by their own tags, and not in <c>Template-Attribute</c> by name.</summary>
    public static bool HasTaggedAttributes(ProtocolVersion version) => version.Major >= 2;

    /// <summary>
    /// spec: KMIP 1.4 §6.7 a Boolean "used by a client to indicate whether the client is able to accept an asynchronous response";
    /// KMIP 2.1 §9.2 "This Enumeration indicates whether the client is able to accept an asynchronous response".
    /// </summary>
    public static AsynchronousIndicator? AsynchronousIndicator<TCodec>(ref TCodec codec, AsynchronousIndicator? value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        if (codec.Version.Major >= 2) return codec.OptionalEnumeration(Tag.AsynchronousIndicator, value);
        return codec.OptionalBoolean(Tag.AsynchronousIndicator, value is null ? null : value != Kmip.AsynchronousIndicator.Prohibited) switch
        {
            true => Kmip.AsynchronousIndicator.Optional,
            false => Kmip.AsynchronousIndicator.Prohibited,
            null => null,
        };
    }

    /// <summary>
    /// spec: KMIP 2.1 §9.10 "The Server Correlation Value SHOULD be provided by the server". OASIS' cases show when: in KMIP 1.4 to a
    /// client that itself sends one; from KMIP 2.0 on to a client that has not named the request itself.
    /// </summary>
    public static bool NamesRequest(ProtocolVersion version, bool isNamedByClient) =>
        version >= ProtocolVersion.Kmip20 ? !isNamedByClient : version >= ProtocolVersion.Kmip14 && isNamedByClient;

    /// <summary>KMIP 3.0 counts the items itself; before, spec: KMIP 2.1 §9.5 "is REQUIRED".</summary>
    public static int? BatchCount<TCodec>(ref TCodec codec, int? value)
        where TCodec : struct, IFieldCodec, allows ref struct => codec.Version.Major >= 3
            ? codec.OptionalInteger(Tag.BatchCount, value)
            : codec.Integer(Tag.BatchCount, value.GetValueOrDefault());

    /// <summary>KMIP 2.x: a Boolean; KMIP 3.0: an enumeration. Before, there was none.</summary>
    public static KmipValue? Ephemeral<TCodec>(ref TCodec codec, KmipValue? value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var read = codec.OptionalValue(Tag.Ephemeral, value);
        if (read is { Type: not TtlvType.Boolean } && (codec.Version.Major < 3 || read.Value.Type != TtlvType.Enumeration)) throw codec.Invalid("Ephemeral is of another type");
        return read;
    }

    /// <summary>A certificate request as bytes: in KMIP 1.x the tag Certificate Request, which from 2.0 on is the managed object's.</summary>
    public static ReadOnlyMemory<byte>? CertificateRequest<TCodec>(ref TCodec codec, ReadOnlyMemory<byte>? value)
        where TCodec : struct, IFieldCodec, allows ref struct =>
        codec.OptionalBytes(codec.Version.Major >= 2 ? Tag.CertificateRequestValue : Tag.CertificateRequest, value);
}
