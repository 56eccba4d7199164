using System.Text.Json;
using Keyreeve.Crypto;
using Keyreeve.Crypto.Interop;
using Xunit;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>
/// Schema ec_curve_test_schema: the parameters of named curves. Ours are OpenSSL's; the rest of the file's curves is not
/// offered, and keys on them are refused by name.
/// </summary>
public sealed class EcCurveTests
{
    public static TheoryData<string> Files => WycheproofCatalog.FilesOf<EcCurveTests>();

    [Theory]
    [Trait("Attack", "42")]
    [MemberData(nameof(Files))]
    public void File_EveryVector_AgreesWithFile(string file)
    {
        var compared = 0;
        WycheproofRunner.Run(file, (_, test) =>
        {
            var curve = EllipticCurveFacts.FromObjectIdentifier(test.Text("oid"));
            if (curve == EllipticCurve.None)
                return Outcome.Rejected;
            compared++;
            return Compare(CurveGroup.Of(curve), test);
        });
        Assert.Equal(4, compared);
    }

    private static Outcome Compare(CurveGroup group, JsonElement test)
    {
        using var context = NumberContextHandle.New();
        using var prime = BigNumber.Zero();
        using var a = BigNumber.Zero();
        using var b = BigNumber.Zero();
        using var cofactor = BigNumber.Zero();
        using var one = BigNumber.From(1);
        LibCrypto.Require(LibCrypto.CurveGroupEquation(group.Handle, prime, a, b, context));
        LibCrypto.Require(LibCrypto.CurveGroupCofactor(group.Handle, cofactor, context));
        byte[] generator = [0x04, .. Coordinate(group, test, "gx"), .. Coordinate(group, test, "gy")];
        var agrees = Is(prime, test, "p") && Is(a, test, "a") && Is(b, test, "b") && Is(group.Order, test, "n")
            && test.Number("h") == 1 && cofactor.IsOne && group.PublicPointOf(one).AsSpan().SequenceEqual(generator);
        return agrees ? Outcome.Accepted : Outcome.Different(test.Text("name"));
    }

    private static byte[] Coordinate(CurveGroup group, JsonElement test, string name)
    {
        using var number = BigNumber.From(test.Hex(name));
        var bytes = new byte[group.Facts.FieldSizeInBytes];
        number.WriteTo(bytes);
        return bytes;
    }

    private static bool Is(BigNumber number, JsonElement test, string name)
    {
        using var expected = BigNumber.From(test.Hex(name));
        return number.IsEqualTo(expected);
    }
}
