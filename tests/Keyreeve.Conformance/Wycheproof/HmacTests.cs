using System.Text.Json;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>Schema mac_test_schema_v1: HMAC.</summary>
public sealed class HmacTests
{
    public static TheoryData<string> Files => WycheproofCatalog.FilesOf<HmacTests>();

    [Theory]
    [MemberData(nameof(Files))]
    public void File_EveryVector_AgreesWithFile(string file) =>
        WycheproofRunner.Run(file, (_, test) => Run(AlgorithmOf(file), test));

    private static DigestAlgorithm AlgorithmOf(string file) => file switch
    {
        "hmac_sha1_test.json" => DigestAlgorithm.Sha1,
        "hmac_sha256_test.json" => DigestAlgorithm.Sha256,
        "hmac_sha384_test.json" => DigestAlgorithm.Sha384,
        "hmac_sha512_test.json" => DigestAlgorithm.Sha512,
        "hmac_sha3_256_test.json" => DigestAlgorithm.Sha3_256,
        "hmac_sha3_512_test.json" => DigestAlgorithm.Sha3_512,
        _ => throw new NotSupportedException(file),
    };

    private static Outcome Run(DigestAlgorithm algorithm, JsonElement test)
    {
        using var secret = test.Secret("key");
        using var key = new HmacKey(algorithm, secret);
        var tag = test.Hex("tag");
        // The vectors truncate to as few as ten bytes (SHA-1), and Verify takes no fewer than sixteen.
        var full = new byte[key.MacSizeInBytes];
        key.Compute(test.Hex("msg"), full);
        var isTag = full.AsSpan(0, tag.Length).SequenceEqual(tag);
        var verified = key.Verify(test.Hex("msg"), tag);
        return verified == (isTag && tag.Length >= HmacKey.ShortestMacInBytes)
            ? Outcome.From(isTag)
            : Outcome.Different("Verify and Compute disagree");
    }
}
