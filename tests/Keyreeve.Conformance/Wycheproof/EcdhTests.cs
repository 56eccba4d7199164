using System.Text.Json;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>The schemas ecdh_test, ecdh_ecpoint_test, ecdh_pem_test and ecdh_webcrypto_test: the same, in four encodings.</summary>
public sealed class EcdhTests
{
    public static TheoryData<string> Files => WycheproofCatalog.FilesOf<EcdhTests>();

    [Theory]
    [Trait("Attack", "42")]
    [MemberData(nameof(Files))]
    public void File_EveryVector_AgreesWithFile(string file) => WycheproofRunner.Run(file, Run);

    private static Outcome Run(JsonElement group, JsonElement test)
    {
        try
        {
            var (curve, size, jwkName) = Curve(group.Text("curve"));
            using var own = ReadPrivate(group, test, curve, size, jwkName);
            using var peer = ReadPublic(group, test, curve, jwkName);
            if (peer.Curve != own.Curve)
                return Outcome.Rejected;
            using var secret = Ecdh.DeriveSharedSecret(own, peer);
            using var lease = secret.Reveal();
            return Outcome.Compare(test.Hex("shared"), lease.Span, "the shared secret");
        }
        catch (InvalidKeyException)
        {
            return Outcome.Rejected;
        }
    }

    private static EcPublicKey ReadPublic(JsonElement group, JsonElement test, EllipticCurve curve, string jwkName)
    {
        var key = test.GetProperty("public");
        switch (group.Text("encoding"))
        {
            case "asn":
                return EcPublicKey.ImportSubjectPublicKeyInfo(test.Hex("public"));
            case "ecpoint":
                return EcPublicKey.ImportPoint(curve, test.Hex("public"));
            case "pem":
                return EcPublicKey.ImportSubjectPublicKeyInfo(WycheproofKeys.FromPem(key.GetString()!, "PUBLIC KEY"));
            case "webcrypto":
                WycheproofKeys.RequireJwk(key, "EC", jwkName);
                return EcPublicKey.ImportCoordinates(curve, WycheproofKeys.JwkBytes(key, "x"), WycheproofKeys.JwkBytes(key, "y"));
            default:
                throw new NotSupportedException(group.Text("encoding"));
        }
    }

    private static EcPrivateKey ReadPrivate(JsonElement group, JsonElement test, EllipticCurve curve, int size, string jwkName)
    {
        var key = test.GetProperty("private");
        switch (group.Text("encoding"))
        {
            case "pem":
                using (var pkcs8 = SecretBytes.CopyFrom(WycheproofKeys.FromPem(key.GetString()!, "PRIVATE KEY")))
                    return EcPrivateKey.ImportPkcs8(pkcs8);
            case "webcrypto":
                WycheproofKeys.RequireJwk(key, "EC", jwkName);
                byte[] point = [0x04, .. WycheproofKeys.JwkBytes(key, "x"), .. WycheproofKeys.JwkBytes(key, "y")];
                using (var scalar = SecretBytes.CopyFrom(WycheproofKeys.JwkBytes(key, "d")))
                    return EcPrivateKey.ImportScalar(curve, scalar, point);
            default:
                using (var scalar = WycheproofKeys.Scalar(test.Hex("private"), size))
                    return EcPrivateKey.ImportScalar(curve, scalar);
        }
    }

    private static (EllipticCurve Curve, int SizeInBytes, string JwkName) Curve(string name) => name switch
    {
        "secp256r1" or "P-256" => (EllipticCurve.P256, 32, "P-256"),
        "secp384r1" or "P-384" => (EllipticCurve.P384, 48, "P-384"),
        "secp521r1" or "P-521" => (EllipticCurve.P521, 66, "P-521"),
        _ => throw new NotSupportedException(name),
    };
}
