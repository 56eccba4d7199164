using System.Numerics;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Ttlv;
using Xunit;

namespace Keyreeve.Tests.Kmip.Ttlv;

/// <summary>The examples of the standard, read and written. spec: KMIP 1.4 §9.1.2 "These examples are assumed to be encoding a
/// Protocol Object whose tag is 420020".</summary>
public sealed class TtlvExamplesTests
{
    private const Tag Example = (Tag)0x420020;

    [Fact]
    public void Integer_Example_ReadsAndWrites() => Check(
        "42002002000000040000000800000000", w => w.WriteInteger(Example, 8), (ref r) => Assert.Equal(8, r.ReadInteger(Example)));

    [Fact]
    public void LongInteger_Example_ReadsAndWrites() => Check(
        "420020030000000801B69B4BA5749200",
        w => w.WriteLongInteger(Example, 123456789000000000),
        (ref r) => Assert.Equal(123456789000000000, r.ReadLongInteger(Example)));

    [Fact]
    public void BigInteger_Example_ReadsAndWrites() => Check(
        "42002004000000100000000003FD35EB6BC2DF4618080000",
        w => w.WriteBigInteger(Example, BigInteger.Parse("1234567890000000000000000000", System.Globalization.CultureInfo.InvariantCulture)),
        (ref r) => Assert.Equal("1234567890000000000000000000", r.ReadBigInteger(Example).ToString(System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    public void Enumeration_Example_ReadsAndWrites() => Check(
        "4200200500000004000000FF00000000", w => w.WriteEnumeration(Example, 255), (ref r) => Assert.Equal(255u, r.ReadEnumeration(Example)));

    [Fact]
    public void Boolean_Example_ReadsAndWrites() => Check(
        "42002006000000080000000000000001", w => w.WriteBoolean(Example, true), (ref r) => Assert.True(r.ReadBoolean(Example)));

    [Fact]
    public void TextString_Example_ReadsAndWrites() => Check(
        "420020070000000B48656C6C6F20576F726C640000000000",
        w => w.WriteTextString(Example, "Hello World"),
        (ref r) => Assert.Equal("Hello World", r.ReadTextString(Example)));

    [Fact]
    public void ByteString_Example_ReadsAndWrites() => Check(
        "42002008000000030102030000000000",
        w => w.WriteByteString(Example, [1, 2, 3]),
        (ref r) => Assert.Equal([1, 2, 3], r.ReadByteString(Example).ToArray()));

    [Fact]
    public void DateTime_Example_ReadsAndWrites() => Check(
        "42002009000000080000000047DA67F8",
        w => w.WriteDateTime(Example, new DateTimeOffset(2008, 3, 14, 11, 56, 40, TimeSpan.Zero)),
        (ref r) => Assert.Equal(new DateTimeOffset(2008, 3, 14, 11, 56, 40, TimeSpan.Zero), r.ReadDateTime(Example)));

    [Fact]
    public void Interval_Example_ReadsAndWrites() => Check(
        "4200200A00000004000D2F0000000000", w => w.WriteInterval(Example, 864000), (ref r) => Assert.Equal(864000u, r.ReadIntervalSeconds(Example)));

    [Fact]
    public void Structure_Example_ReadsAndWrites() => Check(
        "42002001000000204200040500000004000000FE000000004200050200000004000000FF00000000",
        w =>
        {
            w.BeginStructure(Example);
            w.WriteEnumeration((Tag)0x420004, 254);
            w.WriteInteger((Tag)0x420005, 255);
            w.EndStructure();
        },
        (ref r) =>
        {
            var inner = r.ReadStructure(Example);
            Assert.Equal(254u, inner.ReadEnumeration((Tag)0x420004));
            Assert.Equal(255, inner.ReadInteger((Tag)0x420005));
            inner.ThrowIfNotEmpty();
        });

    [Fact]
    public void DateTimeExtended_Microseconds_ReadsAndWrites() => Check(
        "4200200B0000000800000000000F4240", w => w.WriteDateTimeExtended(Example, 1_000_000), (ref r) => Assert.Equal(1_000_000, r.ReadDateTimeExtended(Example)));

    [Theory]
    [InlineData("0", "0000000000000000")]
    [InlineData("-1", "FFFFFFFFFFFFFFFF")]
    [InlineData("128", "0000000000000080")]
    [InlineData("-9223372036854775809", "FFFFFFFFFFFFFFFF7FFFFFFFFFFFFFFF")]
    public void BigInteger_AnySign_IsSignExtendedToEightBytes(string number, string value)
    {
        var expected = Convert.FromHexString($"42002004{value.Length / 2:X8}{value}");
        var parsed = BigInteger.Parse(number, System.Globalization.CultureInfo.InvariantCulture);
        using var writer = new TtlvWriter();
        writer.WriteBigInteger(Example, parsed);
        Assert.Equal(expected, writer.WrittenSpan.ToArray());

        writer.Clear();
        writer.WriteBigInteger(Example, parsed.ToByteArray(isUnsigned: false, isBigEndian: true));
        Assert.Equal(expected, writer.WrittenSpan.ToArray());
        Assert.Equal(parsed, new TtlvReader(expected).ReadBigInteger(Example));
    }

    private delegate void Read(ref TtlvReader reader);

    private static void Check(string hex, Action<TtlvWriter> write, Read read)
    {
        var expected = Convert.FromHexString(hex);
        using var writer = new TtlvWriter();
        write(writer);
        Assert.Equal(hex, Convert.ToHexString(writer.WrittenSpan));

        var reader = new TtlvReader(expected);
        read(ref reader);
        reader.ThrowIfNotEmpty();
        TtlvValidator.Validate(expected);
    }
}
