using System.Text.Json;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>Schemas hkdf_test_schema_v1 and pbkdf_test_schema.</summary>
public sealed class KeyDerivationTests
{
    public static TheoryData<string> Files => WycheproofCatalog.FilesOf<KeyDerivationTests>();

    [Theory]
    [MemberData(nameof(Files))]
    public void File_EveryVector_AgreesWithFile(string file) =>
        WycheproofRunner.Run(file, (_, test) => file switch
        {
            "hkdf_sha1_test.json" => RunHkdf(DigestAlgorithm.Sha1, test),
            "hkdf_sha256_test.json" => RunHkdf(DigestAlgorithm.Sha256, test),
            "hkdf_sha384_test.json" => RunHkdf(DigestAlgorithm.Sha384, test),
            "hkdf_sha512_test.json" => RunHkdf(DigestAlgorithm.Sha512, test),
            "pbkdf2_hmacsha1_test.json" => RunPbkdf2(DigestAlgorithm.Sha1, test),
            "pbkdf2_hmacsha224_test.json" => RunPbkdf2(DigestAlgorithm.Sha224, test),
            "pbkdf2_hmacsha256_test.json" => RunPbkdf2(DigestAlgorithm.Sha256, test),
            "pbkdf2_hmacsha384_test.json" => RunPbkdf2(DigestAlgorithm.Sha384, test),
            "pbkdf2_hmacsha512_test.json" => RunPbkdf2(DigestAlgorithm.Sha512, test),
            _ => throw new NotSupportedException(file),
        });

    private static Outcome RunHkdf(DigestAlgorithm algorithm, JsonElement test)
    {
        using var inputKey = test.Secret("ikm");
        try
        {
            using var derived = Hkdf.Derive(algorithm, inputKey, test.Hex("salt"), test.Hex("info"), test.Number("size"));
            using var lease = derived.Reveal();
            return Outcome.Compare(test.Hex("okm"), lease.Span, "the output");
        }
        catch (ArgumentException)
        {
            return Outcome.Rejected;
        }
    }

    private static Outcome RunPbkdf2(DigestAlgorithm digest, JsonElement test)
    {
        using var password = test.Secret("password");
        using var derived = Pbkdf2.Derive(digest, password, test.Hex("salt"), test.Number("iterationCount"), test.Number("dkLen"));
        using var lease = derived.Reveal();
        return Outcome.Compare(test.Hex("dk"), lease.Span, "the output");
    }
}
