using System.Text.Json;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>Schemas mac_test_schema_v1 and mac_with_iv_test_schema_v1: AES-CMAC and AES-GMAC.</summary>
public sealed class MacTests
{
    public static TheoryData<string> Files => WycheproofCatalog.FilesOf<MacTests>();

    [Theory]
    [MemberData(nameof(Files))]
    public void File_EveryVector_AgreesWithFile(string file) =>
        WycheproofRunner.Run(file, (group, test) => file switch
        {
            "aes_cmac_test.json" => RunCmac(test),
            "aes_gmac_test.json" => RunGmac(test),
            _ => throw new NotSupportedException(file),
        });

    private static Outcome RunCmac(JsonElement test)
    {
        using var key = test.Secret("key");
        try
        {
            if (!AesCmac.Verify(key, test.Hex("msg"), test.Hex("tag")))
                return Outcome.Rejected;
        }
        catch (ArgumentException)
        {
            return Outcome.Rejected;
        }

        return Outcome.Compare(test.Hex("tag"), AesCmac.Compute(key, test.Hex("msg")), "the tag");
    }

    private static Outcome RunGmac(JsonElement test)
    {
        using var key = test.Secret("key");
        return AesGmac.Verify(key, test.Hex("iv"), test.Hex("msg"), test.Hex("tag"))
            ? Outcome.Compare(test.Hex("tag"), AesGmac.Compute(key, test.Hex("iv"), test.Hex("msg")), "the tag")
            : Outcome.Rejected;
    }
}
