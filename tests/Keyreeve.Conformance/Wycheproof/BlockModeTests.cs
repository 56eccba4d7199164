using System.Text.Json;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>Schema ind_cpa_test_schema_v1: AES-CBC with PKCS#7 padding, AES-XTS.</summary>
public sealed class BlockModeTests
{
    public static TheoryData<string> Files => WycheproofCatalog.FilesOf<BlockModeTests>();

    [Theory]
    [MemberData(nameof(Files))]
    public void File_EveryVector_AgreesWithFile(string file) =>
        WycheproofRunner.Run(file, (_, test) => file switch
        {
            "aes_cbc_pkcs5_test.json" => RunCbc(test),
            "aes_xts_test.json" => RunXts(test),
            _ => throw new NotSupportedException(file),
        });

    private static Outcome RunCbc(JsonElement test)
    {
        using var key = test.Secret("key");
        var iv = test.Hex("iv");
        if (!AesCbcMode.TryDecrypt(key, iv, test.Hex("ct"), BlockPadding.Pkcs7, out var plaintext))
            return Outcome.Rejected;
        var decrypted = Outcome.Compare(test.Hex("msg"), plaintext, "the plaintext");
        return decrypted.Kind != OutcomeKind.Accepted
            ? decrypted
            : Outcome.Compare(test.Hex("ct"), AesCbcMode.Encrypt(key, iv, plaintext, BlockPadding.Pkcs7), "the ciphertext");
    }

    private static Outcome RunXts(JsonElement test)
    {
        using var key = test.Secret("key");
        // The vectors give the data unit's number, little-endian, without its trailing zeros.
        var tweak = new byte[AesXtsMode.TweakSizeInBytes];
        test.Hex("iv").CopyTo(tweak, 0);
        try
        {
            var decrypted = Outcome.Compare(test.Hex("msg"), AesXtsMode.Decrypt(key, tweak, test.Hex("ct")), "the plaintext");
            return decrypted.Kind != OutcomeKind.Accepted
                ? decrypted
                : Outcome.Compare(test.Hex("ct"), AesXtsMode.Encrypt(key, tweak, test.Hex("msg")), "the ciphertext");
        }
        catch (ArgumentException)
        {
            return Outcome.Rejected;
        }
    }
}
