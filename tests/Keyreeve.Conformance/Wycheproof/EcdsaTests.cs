using System.Text.Json;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>Schemas ecdsa_verify_schema_v1 and ecdsa_p1363_verify_schema_v1.</summary>
public sealed class EcdsaTests
{
    public static TheoryData<string> Files => WycheproofCatalog.FilesOf<EcdsaTests>();

    [Theory]
    [Trait("Attack", "43")]
    [MemberData(nameof(Files))]
    public void File_EveryVector_AgreesWithFile(string file)
    {
        var format = file.Contains("p1363", StringComparison.Ordinal) ? EcdsaSignatureFormat.P1363 : EcdsaSignatureFormat.Der;
        WycheproofRunner.Run(file, (group, test) => Run(group, test, format));
    }

    private static Outcome Run(JsonElement group, JsonElement test, EcdsaSignatureFormat format)
    {
        using var key = EcPublicKey.ImportSubjectPublicKeyInfo(group.Hex("publicKeyDer"));
        if (!key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(group.Hex("publicKeyDer")))
            return Outcome.Different("the exported public key");
        return Outcome.From(Ecdsa.Verify(key, group.Digest("sha"), test.Hex("msg"), test.Hex("sig"), format));
    }
}
