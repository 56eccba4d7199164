using Keyreeve.Core;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Kmip;
using Keyreeve.Server.Kmip.Translation;
using Wire = Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>Operations that use keys inside the server.</summary>
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

    private static EncryptRequest Encrypt(Wire.EncryptRequest payload, KmipCall call) => new()
    {
        Id = Identifiers.Resolve(payload.UniqueIdentifier, call),
        CryptographicParameters = Parameters.ToCore(payload.CryptographicParameters, call.Version),
        Data = Bytes(payload.Data),
        IVCounterNonce = payload.IVCounterNonce,
        AuthenticatedEncryptionAdditionalData = payload.AuthenticatedEncryptionAdditionalData.GetValueOrDefault(),
        IsStreaming = payload.CorrelationValue is not null || payload.InitIndicator is true || payload.FinalIndicator is true,
    };

    private static Wire.EncryptResponse Encrypted(EncryptResponse response, KmipCall call) => new()
    {
        UniqueIdentifier = Identifiers.ToWire(response.Id),
        Data = response.Data,
        IVCounterNonce = response.IVCounterNonce,
        AuthenticatedEncryptionTag = response.AuthenticatedEncryptionTag,
    };

    private static DecryptRequest Decrypt(Wire.DecryptRequest payload, KmipCall call) => new()
    {
        Id = Identifiers.Resolve(payload.UniqueIdentifier, call),
        CryptographicParameters = Parameters.ToCore(payload.CryptographicParameters, call.Version),
        Data = Bytes(payload.Data),
        IVCounterNonce = payload.IVCounterNonce,
        AuthenticatedEncryptionAdditionalData = payload.AuthenticatedEncryptionAdditionalData.GetValueOrDefault(),
        AuthenticatedEncryptionTag = payload.AuthenticatedEncryptionTag,
        IsStreaming = payload.CorrelationValue is not null || payload.InitIndicator is true || payload.FinalIndicator is true,
    };

    private static Wire.DecryptResponse Decrypted(DecryptResponse response, KmipCall call)
    {
        if (System.Runtime.InteropServices.MemoryMarshal.TryGetArray(response.Data, out var array)) call.Message.Wiped(array.Array!);
        return new() { UniqueIdentifier = Identifiers.ToWire(response.Id), Data = response.Data };
    }

    // spec: KMIP 2.1 §11.13 "Data Enumeration": the output of an earlier item; those that give data are not offered yet.
    private static ReadOnlyMemory<byte> Bytes(Wire.DataReference? data)
    {
        if (data is not { } stated) return default;
        return stated.Bytes ?? throw new KeyreeveException(KeyreeveError.FeatureNotSupported, "Data cannot refer to an earlier item of the batch; send the bytes.");
    }
}
