using System.Text.Json;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>Schemas mlkem_test, mlkem_encaps_test, mlkem_keygen_seed_test, mlkem_semi_expanded_decaps_test; with OpenSSL 3.5 only.</summary>
public sealed class MlKemTests
{
    public static TheoryData<string> Files => WycheproofCatalog.FilesOf<MlKemTests>();

    [Theory]
    [MemberData(nameof(Files))]
    public void File_EveryVector_AgreesWithFile(string file)
    {
        PostQuantumVectors.Require();
        WycheproofRunner.Run(file, Run);
    }

    private static Outcome Run(JsonElement group, JsonElement test)
    {
        var algorithm = group.Text("parameterSet") switch
        {
            "ML-KEM-512" => PostQuantumAlgorithm.MlKem512,
            "ML-KEM-768" => PostQuantumAlgorithm.MlKem768,
            "ML-KEM-1024" => PostQuantumAlgorithm.MlKem1024,
            var other => throw new NotSupportedException(other),
        };
        try
        {
            return Run(algorithm, test);
        }
        catch (Exception refused) when (refused is InvalidKeyException or ArgumentException)
        {
            return Outcome.Rejected;
        }
    }

    private static Outcome Run(PostQuantumAlgorithm algorithm, JsonElement test)
    {
        var isPublic = test.TryGetProperty("m", out _);
        var name = isPublic ? "ek" : test.TryGetProperty("seed", out _) ? "seed" : "dk";
        using var raw = test.Secret(name);
        using var key = MlKemKey.ImportRaw(algorithm, !isPublic, raw);
        if (isPublic)
        {
            // The library draws its own randomness, so that the file's ciphertext cannot come out.
            using var sent = key.Encapsulate(out var ciphertext);
            return Outcome.From(sent.LengthInBytes == MlKemKey.SharedSecretSizeInBytes && ciphertext.Length * 2 == test.Text("c").Length);
        }

        if (test.TryGetProperty("ek", out _) && !key.ExportPublicKey().AsSpan().SequenceEqual(test.Hex("ek"))) return Outcome.Different("the public key");
        if (!test.TryGetProperty("c", out _)) return Outcome.Accepted;
        using var secret = key.Decapsulate(test.Hex("c"));
        using var expected = test.Secret("K");
        return secret.Equals(expected) ? Outcome.Accepted : Outcome.Different("the secret");
    }
}
