using System.Text.Json;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>The schemas xdh_comp, xdh_asn_comp, xdh_pem_comp and xdh_jwk_comp: the same, in four encodings.</summary>
public sealed class XdhTests
{
    public static TheoryData<string> Files => WycheproofCatalog.FilesOf<XdhTests>();

    [Theory]
    [MemberData(nameof(Files))]
    public void File_EveryVector_AgreesWithFile(string file) => WycheproofRunner.Run(file, Run);

    private static Outcome Run(JsonElement group, JsonElement test)
    {
        var curve = group.Text("curve") switch
        {
            "curve25519" => MontgomeryCurve.X25519,
            "curve448" => MontgomeryCurve.X448,
            var other => throw new NotSupportedException(other),
        };
        try
        {
            using var own = ReadPrivate(group.Text("type"), test.GetProperty("private"), curve);
            using var peer = ReadPublic(group.Text("type"), test.GetProperty("public"), curve);
            if (!Xdh.TryDeriveSharedSecret(own, peer, out var secret))
                return Outcome.Rejected;
            using (secret)
            {
                using var lease = secret.Reveal();
                return Outcome.Compare(test.Hex("shared"), lease.Span, "the shared secret");
            }
        }
        catch (InvalidKeyException)
        {
            return Outcome.Rejected;
        }
    }

    private static MontgomeryPublicKey ReadPublic(string type, JsonElement key, MontgomeryCurve curve)
    {
        switch (type)
        {
            case "XdhComp":
                return MontgomeryPublicKey.Import(curve, Convert.FromHexString(key.GetString()!));
            case "XdhAsnComp":
                return MontgomeryPublicKey.ImportSubjectPublicKeyInfo(curve, Convert.FromHexString(key.GetString()!));
            case "XdhPemComp":
                return MontgomeryPublicKey.ImportSubjectPublicKeyInfo(curve, WycheproofKeys.FromPem(key.GetString()!, "PUBLIC KEY"));
            case "XdhJwkComp":
                WycheproofKeys.RequireJwk(key, "OKP", curve.ToString());
                return MontgomeryPublicKey.Import(curve, WycheproofKeys.JwkBytes(key, "x"));
            default:
                throw new NotSupportedException(type);
        }
    }

    private static MontgomeryPrivateKey ReadPrivate(string type, JsonElement key, MontgomeryCurve curve)
    {
        if (type is "XdhJwkComp")
        {
            WycheproofKeys.RequireJwk(key, "OKP", curve.ToString());
            using var bytes = SecretBytes.CopyFrom(WycheproofKeys.JwkBytes(key, "d"));
            return MontgomeryPrivateKey.Import(curve, bytes, WycheproofKeys.JwkBytes(key, "x"));
        }

        var text = key.GetString()!;
        using var secret = SecretBytes.CopyFrom(
            type is "XdhPemComp" ? WycheproofKeys.FromPem(text, "PRIVATE KEY") : Convert.FromHexString(text));
        return type is "XdhComp" ? MontgomeryPrivateKey.Import(curve, secret) : MontgomeryPrivateKey.ImportPkcs8(curve, secret);
    }
}
