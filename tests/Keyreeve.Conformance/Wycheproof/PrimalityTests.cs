using System.Formats.Asn1;
using System.Text.Json;
using Keyreeve.Crypto;
using Keyreeve.Crypto.Interop;
using Xunit;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>Schema primality_test_schema_v1: the test that the factors of an imported RSA key undergo.</summary>
public sealed class PrimalityTests
{
    public static TheoryData<string> Files => WycheproofCatalog.FilesOf<PrimalityTests>();

    [Theory]
    [Trait("Attack", "42")]
    [MemberData(nameof(Files))]
    public void File_EveryVector_AgreesWithFile(string file) => WycheproofRunner.Run(file, Run);

    private static Outcome Run(JsonElement group, JsonElement test)
    {
        // The values are two's complement, like the INTEGERs of a key, and take the same way in.
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteInteger(new System.Numerics.BigInteger(test.Hex("value"), isUnsigned: false, isBigEndian: true));
        var reader = new DerReader(writer.Encode());
        try
        {
            using var number = BigNumber.From(reader.ReadUnsigned());
            using var context = NumberContextHandle.New();
            return Outcome.From(context.IsPrime(number));
        }
        catch (AsnContentException)
        {
            return Outcome.Rejected;
        }
    }
}
