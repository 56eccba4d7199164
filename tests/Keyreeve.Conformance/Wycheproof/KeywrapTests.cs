using System.Text.Json;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>Schema keywrap_test_schema_v1: AES-WRAP and AES-KWP.</summary>
public sealed class KeywrapTests
{
    public static TheoryData<string> Files => WycheproofCatalog.FilesOf<KeywrapTests>();

    [Theory]
    [MemberData(nameof(Files))]
    public void File_EveryVector_AgreesWithFile(string file) =>
        WycheproofRunner.Run(file, (_, test) => file switch
        {
            "aes_wrap_test.json" => RunUnpadded(test),
            "aes_kwp_test.json" => RunPadded(test),
            _ => throw new NotSupportedException(file),
        });

    private static Outcome RunUnpadded(JsonElement test)
    {
        using var kek = test.Secret("key");
        using var key = test.Secret("msg");
        if (!AesKeyWrap.TryUnwrap(kek, test.Hex("ct"), out var unwrapped))
            return Outcome.Rejected;
        using (unwrapped)
            return !unwrapped.Equals(key)
                ? Outcome.Different("the unwrapped key")
                : Outcome.Compare(test.Hex("ct"), AesKeyWrap.Wrap(kek, key), "the wrapped key");
    }

    private static Outcome RunPadded(JsonElement test)
    {
        using var kek = test.Secret("key");
        using var key = test.Secret("msg");
        if (!AesKeyWrapWithPadding.TryUnwrap(kek, test.Hex("ct"), out var unwrapped))
            return Outcome.Rejected;
        using (unwrapped)
            return !unwrapped.Equals(key)
                ? Outcome.Different("the unwrapped key")
                : Outcome.Compare(test.Hex("ct"), AesKeyWrapWithPadding.Wrap(kek, key), "the wrapped key");
    }
}
