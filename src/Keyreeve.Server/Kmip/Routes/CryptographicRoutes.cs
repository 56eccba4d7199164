using Keyreeve.Core.Operations.Standard;
using Keyreeve.Kmip;
using Keyreeve.Server.Kmip.Translation;
using Wire = Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>Operations that encrypt and decrypt inside the server.</summary>
internal static class CryptographicRoutes
{
    /// <summary>The rows.</summary>
    public static IEnumerable<KmipRoute> All() =>
    [
        new KmipRoute<Wire.EncryptRequest, EncryptRequest, EncryptResponse, Wire.EncryptResponse>(
            Operation.Encrypt, ProtocolVersion.Kmip12, new EncryptOperation(), Encrypt, Encrypted),
        new KmipRoute<Wire.DecryptRequest, DecryptRequest, DecryptResponse, Wire.DecryptResponse>(
            Operation.Decrypt, ProtocolVersion.Kmip12, new DecryptOperation(), Decrypt, Decrypted),
    ];

    private static EncryptRequest Encrypt(Wire.EncryptRequest payload, KmipCall call)
    {
        var part = DataReferences.PartOf(payload.CorrelationValue, payload.InitIndicator, payload.FinalIndicator);
        return new()
        {
            Id = Identifiers.Resolve(payload.UniqueIdentifier, call),
            CryptographicParameters = Parameters.ToCore(payload.CryptographicParameters, call.Version),
            Data = DataReferences.OfPart(payload.Data, part, call),
            IVCounterNonce = payload.IVCounterNonce,
            AuthenticatedEncryptionAdditionalData = payload.AuthenticatedEncryptionAdditionalData.GetValueOrDefault(),
            Part = part,
        };
    }

    private static Wire.EncryptResponse Encrypted(EncryptResponse response, KmipCall call) => new()
    {
        UniqueIdentifier = Identifiers.ToWire(response.Id),
        Data = DataReferences.Given(DataEnumeration.Encrypt, OrNothing(response.Data, response.IsOfPart), call),
        IVCounterNonce = response.IVCounterNonce,
        CorrelationValue = response.CorrelationValue,
        AuthenticatedEncryptionTag = response.AuthenticatedEncryptionTag,
    };

    private static DecryptRequest Decrypt(Wire.DecryptRequest payload, KmipCall call)
    {
        var part = DataReferences.PartOf(payload.CorrelationValue, payload.InitIndicator, payload.FinalIndicator);
        return new()
        {
            Id = Identifiers.Resolve(payload.UniqueIdentifier, call),
            CryptographicParameters = Parameters.ToCore(payload.CryptographicParameters, call.Version),
            Data = DataReferences.OfPart(payload.Data, part, call),
            IVCounterNonce = payload.IVCounterNonce,
            AuthenticatedEncryptionAdditionalData = payload.AuthenticatedEncryptionAdditionalData.GetValueOrDefault(),
            AuthenticatedEncryptionTag = payload.AuthenticatedEncryptionTag,
            Part = part,
        };
    }

    private static Wire.DecryptResponse Decrypted(DecryptResponse response, KmipCall call) => new()
    {
        UniqueIdentifier = Identifiers.ToWire(response.Id),
        Data = DataReferences.GivenSecret(DataEnumeration.Decrypt, OrNothing(response.Data, response.IsOfPart), call),
        CorrelationValue = response.CorrelationValue,
    };

    // A part that gave nothing yet has no Data; a message that is empty has.
    private static ReadOnlyMemory<byte>? OrNothing(ReadOnlyMemory<byte> data, bool isOfPart) =>
        isOfPart && data.IsEmpty ? default(ReadOnlyMemory<byte>?) : data;
}
