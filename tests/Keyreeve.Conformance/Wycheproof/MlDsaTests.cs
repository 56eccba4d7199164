using System.Text.Json;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>Schemas mldsa_verify, mldsa_sign_seed, mldsa_sign_noseed; with OpenSSL 3.5 only.</summary>
/// <remarks>Signatures are drawn with randomness here, so the files' own are verified by the key, and one of ours.</remarks>
public sealed class MlDsaTests
{
    public static TheoryData<string> Files => WycheproofCatalog.FilesOf<MlDsaTests>();

    [Theory]
    [MemberData(nameof(Files))]
    public void File_EveryVector_AgreesWithFile(string file)
    {
        PostQuantumVectors.Require();
        var algorithm = file.Split('_')[1] switch
        {
            "44" => PostQuantumAlgorithm.MlDsa44,
            "65" => PostQuantumAlgorithm.MlDsa65,
            "87" => PostQuantumAlgorithm.MlDsa87,
            var other => throw new NotSupportedException(other),
        };
        WycheproofRunner.Run(file, (group, test) => Run(algorithm, group, test));
    }

    private static Outcome Run(PostQuantumAlgorithm algorithm, JsonElement group, JsonElement test)
    {
        try
        {
            var name = group.TryGetProperty("privateSeed", out _) ? "privateSeed" : group.TryGetProperty("privateKey", out _) ? "privateKey" : "publicKey";
            using var raw = group.Secret(name);
            using var key = MlDsaKey.ImportRaw(algorithm, name != "publicKey", raw);
            // Of a message that is given as its digest alone: not offered, see UnofferedCases.
            if (!test.TryGetProperty("msg", out _)) return Outcome.Rejected;
            if (name != "publicKey" && !key.Verify(test.Hex("msg"), key.Sign(test.Hex("msg")))) return Outcome.Different("our own signature");
            var context = test.TryGetProperty("ctx", out _) ? test.Hex("ctx") : [];
            return Outcome.From(key.Verify(test.Hex("msg"), test.Hex("sig"), context));
        }
        catch (Exception refused) when (refused is InvalidKeyException or ArgumentException)
        {
            return Outcome.Rejected;
        }
    }
}
