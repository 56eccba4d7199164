using System.Text.Json;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>
/// Schemas rsassa_pkcs1_verify_schema_v1, rsassa_pss_verify_schema_v1 and rsassa_pss_with_parameters_verify_schema, the last
/// with keys restricted to PSS.
/// </summary>
public sealed class RsaSignatureTests
{
    public static TheoryData<string> Files => WycheproofCatalog.FilesOf<RsaSignatureTests>();

    [Theory]
    [MemberData(nameof(Files))]
    public void File_EveryVector_AgreesWithFile(string file) => WycheproofRunner.Run(file, Run);

    private static Outcome Run(JsonElement group, JsonElement test)
    {
        using var key = RsaPublicKey.ImportSubjectPublicKeyInfo(group.Hex("publicKeyDer"));
        using var bare = RsaPublicKey.ImportPkcs1(group.Hex("publicKeyAsn"));
        if (!key.Equals(bare) || key.ModulusSizeInBits != group.Number("keySize"))
            return Outcome.Different("the public key");
        if (group.Text("type").Equals("RsassaPkcs1Verify", StringComparison.Ordinal))
            return Outcome.From(RsaPkcs1Signature.Verify(key, group.Digest("sha"), test.Hex("msg"), test.Hex("sig")));

        var parameters = new RsaPssParameters(group.Digest("sha"), group.Digest("mgfSha"), group.Number("sLen"));
        var withParameters = group.Text("type").Equals("RsassaPssWithParametersVerify", StringComparison.Ordinal);
        return key.IsPssOnly == withParameters && (!withParameters || key.PssRestriction == parameters)
            ? Outcome.From(RsaPss.Verify(key, parameters, test.Hex("msg"), test.Hex("sig")))
            : Outcome.Different("the key's restriction");
    }
}
