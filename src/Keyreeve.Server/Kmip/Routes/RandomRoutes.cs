using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;
using Keyreeve.Kmip;
using Keyreeve.Server.Kmip.Translation;
using Wire = Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>Operations on the server's generator.</summary>
internal static class RandomRoutes
{
    /// <summary>The rows.</summary>
    public static IEnumerable<KmipRoute> All() =>
    [
        new KmipRoute<Wire.RNGRetrieveRequest, RngRetrieveRequest, SecretBytes, Wire.RNGRetrieveResponse>(
            Operation.RNGRetrieve, ProtocolVersion.Kmip12, new RngRetrieveOperation(), (p, _) => new(p.DataLength), Retrieved),
        new KmipRoute<Wire.RNGSeedRequest, RngSeedRequest, RngSeedResponse, Wire.RNGSeedResponse>(
            Operation.RNGSeed, ProtocolVersion.Kmip12, new RngSeedOperation(),
            (p, call) => new(DataReferences.Require(p.Data, call)), (r, _) => new() { DataLength = r.DataLength }),
    ];

    private static Wire.RNGRetrieveResponse Retrieved(SecretBytes bytes, KmipCall call)
    {
        using (bytes)
        {
            using var lease = bytes.Reveal();
            return new() { Data = DataReferences.GivenSecret(DataEnumeration.RNGRetrieve, lease.Span.ToArray(), call) };
        }
    }
}
