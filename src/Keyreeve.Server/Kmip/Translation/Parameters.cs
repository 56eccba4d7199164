using Keyreeve.Core.Objects;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Codec;
using Wire = Keyreeve.Kmip.Objects.CryptographicParameters;

namespace Keyreeve.Server.Kmip.Translation;

/// <summary>Cryptographic Parameters between the wire and Core: as an attribute's structure is.</summary>
internal static class Parameters
{
    /// <summary>Of a request.</summary>
    public static StructureValue? ToCore(in Wire? parameters, ProtocolVersion version) => parameters is { } stated
        ? (StructureValue)AttributeTranslator.ToCore(KmipCodec.ToValue(stated, version))
        : null;

    /// <summary>For a response.</summary>
    public static Wire? ToWire(StructureValue? parameters, ProtocolVersion version) => parameters is null
        ? null
        : KmipCodec.FromValue<Wire>(AttributeTranslator.ToWire(parameters), version);
}
