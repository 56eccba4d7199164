using System.Text.Json;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>Schemas rsaes_oaep_decrypt_schema_v1 and rsaes_pkcs1_decrypt_schema_v1.</summary>
public sealed class RsaEncryptionTests
{
    public static TheoryData<string> Files => WycheproofCatalog.FilesOf<RsaEncryptionTests>();

    [Theory]
    [Trait("Attack", "45")]
    [MemberData(nameof(Files))]
    public void File_EveryVector_AgreesWithFile(string file)
    {
        // A group's key is read once, not for each vector.
        RsaPrivateKey? key = null;
        var keyOf = default(JsonElement);
        try
        {
            WycheproofRunner.Run(file, (group, test) =>
            {
                if (key is null || !JsonElement.DeepEquals(keyOf, group.GetProperty("privateKeyPkcs8")))
                {
                    key?.Dispose();
                    key = ReadKey(group);
                    keyOf = group.GetProperty("privateKeyPkcs8");
                }

                return group.Text("type").Equals("RsaesOaepDecrypt", StringComparison.Ordinal)
                    ? RunOaep(key, group, test)
                    : RunPkcs1(key, test);
            });
        }
        finally
        {
            key?.Dispose();
        }
    }

    private static RsaPrivateKey ReadKey(JsonElement group)
    {
        // The one file of mixed parameters has keys of 1024 and 1536 bits.
        var policy = group.Number("keySize") < 2048 ? RsaKeyPolicy.InsecureAllowSmallRsa : RsaKeyPolicy.Strict;
        using var pkcs8 = group.Secret("privateKeyPkcs8");
        // Testing the primes of the 8192-bit keys would take half of the suite's time.
        return group.Number("keySize") <= 2048
            ? RsaPrivateKey.ImportPkcs8(pkcs8, policy)
            : RsaPrivateKey.DangerousImportPkcs8WithoutPrimalityTest(pkcs8, policy);
    }

    private static Outcome RunOaep(RsaPrivateKey key, JsonElement group, JsonElement test)
    {
        var parameters = new RsaOaepParameters(group.Digest("sha"), group.Digest("mgfSha"));
        if (!RsaOaep.TryDecrypt(key, parameters, test.Hex("ct"), out var plaintext, test.Hex("label")))
            return Outcome.Rejected;
        using (plaintext)
        {
            using var lease = plaintext.Reveal();
            return Outcome.Compare(test.Hex("msg"), lease.Span, "the plaintext");
        }
    }

    // Wrong padding must look like success: what was decided within is held against the file, and what comes out must be the
    // message where the padding is right, and must not be where it is wrong.
    private static Outcome RunPkcs1(RsaPrivateKey key, JsonElement test)
    {
        if (!InsecureRsaPkcs1Encryption.TryDecrypt(key, test.Hex("ct"), out var plaintext, out var isPaddingRight))
            return Outcome.Rejected;
        using (plaintext)
        {
            using var lease = plaintext.Reveal();
            var isMessage = lease.Span.SequenceEqual(test.Hex("msg"));
            return isMessage == isPaddingRight ? Outcome.From(isPaddingRight) : Outcome.Different("the plaintext");
        }
    }
}
