using System.Text.Json;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>Schema eddsa_verify_schema_v1.</summary>
public sealed class EddsaTests
{
    public static TheoryData<string> Files => WycheproofCatalog.FilesOf<EddsaTests>();

    [Theory]
    [MemberData(nameof(Files))]
    public void File_EveryVector_AgreesWithFile(string file) => WycheproofRunner.Run(file, Run);

    private static Outcome Run(JsonElement group, JsonElement test)
    {
        var curve = group.GetProperty("publicKey").Text("curve") switch
        {
            "edwards25519" => EdwardsCurve.Ed25519,
            "edwards448" => EdwardsCurve.Ed448,
            var other => throw new NotSupportedException(other),
        };
        using var key = EdwardsPublicKey.ImportSubjectPublicKeyInfo(curve, group.Hex("publicKeyDer"));
        using var bare = EdwardsPublicKey.Import(curve, group.GetProperty("publicKey").Hex("pk"));
        if (!key.Equals(bare) || !bare.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(group.Hex("publicKeyDer")))
            return Outcome.Different("the public key");
        return Outcome.From(Eddsa.Verify(key, test.Hex("msg"), test.Hex("sig")));
    }
}
