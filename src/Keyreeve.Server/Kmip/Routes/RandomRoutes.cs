using Keyreeve.Core.Operations.Pkcs11;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Kmip.Translation;
using Wire = Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>Operations on the server's generator, and those of PKCS#11.</summary>
internal static class RandomRoutes
{
    private const uint Initialize = 1;

    /// <summary>The rows.</summary>
    public static IEnumerable<KmipRoute> All() =>
    [
        new KmipRoute<Wire.RNGRetrieveRequest, RngRetrieveRequest, SecretBytes, Wire.RNGRetrieveResponse>(
            Operation.RNGRetrieve, ProtocolVersion.Kmip12, new RngRetrieveOperation(), (p, _) => new(p.DataLength), Retrieved),
        new KmipRoute<Wire.RNGSeedRequest, RngSeedRequest, RngSeedResponse, Wire.RNGSeedResponse>(
            Operation.RNGSeed, ProtocolVersion.Kmip12, new RngSeedOperation(),
            (p, call) => new(DataReferences.Require(p.Data, call)), (r, _) => new() { DataLength = r.DataLength }),
        new KmipRoute<Wire.PKCS11Request, Pkcs11Request, Pkcs11Response, Wire.PKCS11Response>(
            Operation.PKCS_11, ProtocolVersion.Kmip20, new Pkcs11Operation(), Call, Called),
    ];

    private static Wire.RNGRetrieveResponse Retrieved(SecretBytes bytes, KmipCall call)
    {
        using (bytes)
        {
            using var lease = bytes.Reveal();
            return new() { Data = DataReferences.GivenSecret(DataEnumeration.RNGRetrieve, lease.Span.ToArray(), call)!.Value };
        }
    }

    // spec: KMIP 2.1 §6.1.37 "An Enumeration for PKCS#11 defined functions or an Integer for vendor defined function." There are
    // none of ours.
    private static Pkcs11Request Call(Wire.PKCS11Request payload, KmipCall call) => new()
    {
        Interface = payload.Interface,
        Function = payload.Function.Type == TtlvType.Enumeration ? payload.Function.AsEnumeration() : 0,
        CorrelationValue = payload.CorrelationValue,
        InputParameters = payload.InputParameters.GetValueOrDefault(),
    };

    private static Wire.PKCS11Response Called(Pkcs11Response response, KmipCall call) => new()
    {
        Interface = response.Interface,
        Function = KmipValue.Enumeration(response.Function),
        CorrelationValue = call.Version.Has(VersionTrait.RepeatsCorrelationValue) || response.Function == Initialize ? response.CorrelationValue : default(ReadOnlyMemory<byte>?),
        OutputParameters = response.OutputParameters,
        ReturnCode = response.ReturnCode,
    };
}
