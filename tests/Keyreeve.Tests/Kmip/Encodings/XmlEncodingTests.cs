using System.Diagnostics;
using System.Text;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Encodings;
using Keyreeve.Kmip.Ttlv;
using Xunit;

namespace Keyreeve.Tests.Kmip.Encodings;

public sealed class XmlEncodingTests
{
    [Theory]
    [InlineData("<CryptographicUsageMask type=\"Integer\" value=\"Encrypt Decrypt\"/>", "42002C02000000040000000C00000000")]
    [InlineData("<CryptographicUsageMask type=\"Integer\" value=\"Encrypt  0x80000000\"/>", "42002C02000000048000000400000000")]
    [InlineData("<BatchCount type=\"Integer\" value=\"-1\"/>", "42000D0200000004FFFFFFFF00000000")]
    [InlineData("<CryptographicAlgorithm type=\"Enumeration\" value=\"DES3\"/>", "42002805000000040000000200000000")]
    [InlineData("<CryptographicAlgorithm type=\"Enumeration\" value=\"0x80000001\"/>", "42002805000000048000000100000000")]
    [InlineData("<TTLV tag=\"0x540001\" type=\"TextString\" value=\"a&amp;b\"/>", "5400010700000003612662" + "0000000000")]
    [InlineData("<ActivationDate type=\"DateTime\" value=\"2008-03-14T11:56:40+00:00\"/>", "42000109000000080000000047DA67F8")]
    [InlineData("<ActivationDate type=\"DateTime\" value=\"2008-03-14T21:56:40+10:00\"/>", "42000109000000080000000047DA67F8")]
    [InlineData("<Modulus type=\"BigInteger\" value=\"ff\"/>", "4200520400000008FFFFFFFFFFFFFFFF")]
    [InlineData("<Sensitive type=\"Boolean\" value=\"true\"/>", "42012006000000080000000000000001")]
    [InlineData("<LeaseTime type=\"Interval\" value=\"4294967295\"/>", "4200490A00000004FFFFFFFF00000000")]
    [InlineData("<ServerInformation/>", "4200880100000000")]
    [InlineData("<ServerInformation type=\"Structure\"><!-- nothing --></ServerInformation>", "4200880100000000")]
    [InlineData("<AttributeReference type=\"Enumeration\" value=\"State\"/>", "42013B05000000040042008D00000000")]
    public void Decode_Item_GivesItsTtlv(string xml, string expected) => Assert.Equal(expected, Convert.ToHexString(Decode(xml)));

    [Theory]
    [InlineData("2008-03-14T11:56:40")]
    [InlineData("2008-03-14")]
    public void Decode_TimeWithoutItsZone_IsRefused(string text) =>
        Assert.Throws<TtlvException>(() => Decode($"<ActivationDate type=\"DateTime\" value=\"{text}\"/>"));

    [Fact]
    public void Decode_AttributeOfKmip1_TakesTheNamesOfItsValueFromItsName()
    {
        const string Xml = "<Attribute><AttributeName type=\"TextString\" value=\"Cryptographic Algorithm\"/><AttributeValue type=\"Enumeration\" value=\"AES\"/></Attribute>";
        var ttlv = Decode(Xml);
        Assert.EndsWith("42000B05000000040000000300000000", Convert.ToHexString(ttlv), StringComparison.Ordinal);
        Assert.Contains("value=\"AES\"", Encoding.UTF8.GetString(XmlEncoding.Encode(ttlv)), StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_TextThatXmlCannotCarry_Refused()
    {
        using var writer = new TtlvWriter();
        writer.WriteTextString(Tag.Comment, "\u0001");
        Assert.Throws<TtlvException>(() => XmlEncoding.Encode(writer.WrittenMemory));
    }

    [Fact]
    public void Encode_AnyOtherText_ComesBack()
    {
        using var writer = new TtlvWriter();
        writer.WriteTextString(Tag.Comment, "a\r\n\tb \"<>&' \u00e4 \ud83d\udd11  ");
        Assert.Equal(writer.WrittenSpan.ToArray(), Decode(Encoding.UTF8.GetString(XmlEncoding.Encode(writer.WrittenMemory))));
    }

    [Theory]
    [InlineData(72623859790382856)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void Encode_AnyDate_ComesBackToTheMicrosecond(long value)
    {
        using var writer = new TtlvWriter();
        writer.BeginStructure(Tag.Attributes);
        writer.WriteDateTimeExtended(Tag.TimeStamp, value);
        writer.WriteDateTime(Tag.TimeStamp, value);
        writer.EndStructure();
        Assert.Equal(writer.WrittenSpan.ToArray(), Decode(Encoding.UTF8.GetString(XmlEncoding.Encode(writer.WrittenMemory))));
    }

    [Theory]
    [Trait("Attack", "11")]
    [InlineData("<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><Comment type=\"TextString\" value=\"&e;\"/>")]
    [InlineData("<!DOCTYPE a [<!ENTITY a \"x\"><!ENTITY b \"&a;&a;\">]><Comment type=\"TextString\" value=\"&b;\"/>")]
    [InlineData("<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/a.dtd\"><ServerInformation/>")]
    [InlineData("<Comment type=\"TextString\" value=\"a\" value=\"b\"/>")]
    [InlineData("<Comment type=\"TextString\" value=\"a\"/><Comment type=\"TextString\" value=\"a\"/>")]
    [InlineData("<Comment type=\"TextString\"/>")]
    [InlineData("<Comment type=\"TextString\" value=\"a\"><Comment type=\"TextString\" value=\"b\"/></Comment>")]
    [InlineData("<Comment type=\"Frob\" value=\"a\"/>")]
    [InlineData("<Comment type=\"7\" value=\"a\"/>")]
    [InlineData("<Frob type=\"TextString\" value=\"a\"/>")]
    [InlineData("<TTLV type=\"TextString\" value=\"a\"/>")]
    [InlineData("<TTLV tag=\"0x000001\" type=\"TextString\" value=\"a\"/>")]
    [InlineData("<BatchCount type=\"Integer\" value=\"99999999999\"/>")]
    [InlineData("<BatchCount type=\"Integer\" value=\"Encrypt\"/>")]
    [InlineData("<BatchCount type=\"Integer\" value=\"\"/>")]
    [InlineData("<State type=\"Enumeration\" value=\"Frob\"/>")]
    [InlineData("<Sensitive type=\"Boolean\" value=\"yes\"/>")]
    [InlineData("<Data type=\"ByteString\" value=\"abc\"/>")]
    [InlineData("<ActivationDate type=\"DateTime\" value=\"yesterday\"/>")]
    [InlineData("<LeaseTime type=\"Interval\" value=\"-1\"/>")]
    [InlineData("<ServerInformation>text</ServerInformation>")]
    [InlineData("<ServerInformation><![CDATA[text]]></ServerInformation>")]
    [InlineData("<ServerInformation value=\"1\"/>")]
    [InlineData("<Comment type=\"TextString\" value=\"a\" frob=\"b\"/>")]
    [InlineData("<Comment type=\"TextString\" value=\"a\" tag=\"0x420094\"/>")]
    [InlineData("<Comment Type=\"TextString\" value=\"a\"/>")]
    [InlineData("<Comment p:type=\"TextString\" value=\"a\"/>")]
    [InlineData("<?xml version=\"1.0\" encoding=\"utf-16\"?><ServerInformation/>")]
    [InlineData("<?xml version=\"1.0\" encoding=\"utf-7\"?><ServerInformation/>")]
    [InlineData("<?xml version=\"1.0\" encoding=\"no-such\"?><ServerInformation/>")]
    [InlineData("<?xml version=\"1.1\"?><ServerInformation/>")]
    [InlineData("<ServerInformation>")]
    [InlineData("")]
    [InlineData("{}")]
    public void Decode_InvalidXml_Refused(string xml)
    {
        using var writer = new TtlvWriter();
        writer.WriteInteger(Tag.BatchCount, 1);
        Assert.Throws<TtlvException>(() => XmlEncoding.Decode(xml, writer));
        Assert.Throws<TtlvException>(() => XmlEncoding.Decode(Encoding.UTF8.GetBytes(xml), writer));
        Assert.Equal((16, 0), (writer.Length, writer.Depth));
    }

    [Theory]
    [InlineData("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- a --><ServerInformation/>\n")]
    [InlineData("<k:ServerInformation xmlns:k=\"urn:oasis:tc:kmip:xmlns\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"a b\"/>")]
    [InlineData("<ServerInformation xmlns=\"urn:oasis:tc:kmip:xmlns\"/>")]
    [InlineData("<TTLV tag=\"0x420088\" name=\"ServerInformation\"/>")]
    [InlineData("\ufeff<ServerInformation/>")]
    public void Decode_WithDeclarationNamespaceOrName_IsRead(string xml)
    {
        using var writer = new TtlvWriter();
        XmlEncoding.Decode(Encoding.UTF8.GetBytes(xml), writer);
        Assert.Equal("4200880100000000", Convert.ToHexString(writer.WrittenSpan));
    }

    [Fact]
    [Trait("Attack", "11")]
    public void Decode_BytesThatAreNotUtf8_Refused()
    {
        using var writer = new TtlvWriter();
        byte[] latin = [.. "<Comment type=\"TextString\" value=\""u8, 0xE4, .. "\"/>"u8];
        Assert.Throws<TtlvException>(() => XmlEncoding.Decode(latin, writer));
        Assert.Throws<TtlvException>(() => XmlEncoding.Decode(Encoding.Unicode.GetBytes("<ServerInformation/>"), writer));
        Assert.Throws<TtlvException>(() => XmlEncoding.Decode(Encoding.BigEndianUnicode.GetPreamble(), writer));
    }

    [Fact]
    [Trait("Attack", "11")]
    public void Decode_AMillionAttributes_RefusedInMemoryInProportion()
    {
        var xml = new StringBuilder("<ServerInformation");
        for (var i = 0; i < 1_000_000; i++) xml.Append(System.Globalization.CultureInfo.InvariantCulture, $" a{i}=''");
        var bytes = Encoding.UTF8.GetBytes(xml.Append("/>").ToString());
        using var writer = new TtlvWriter();
        var clock = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<TtlvException>(() => XmlEncoding.Decode(bytes, writer));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024 * 1024);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    [Trait("Attack", "11")]
    public void Decode_TenThousandDeep_RefusedWithoutOverflowingTheStack()
    {
        var xml = new StringBuilder();
        for (var i = 0; i < 10_000; i++) xml.Append("<Attributes>");
        for (var i = 0; i < 10_000; i++) xml.Append("</Attributes>");
        Assert.Throws<TtlvException>(() => Decode(xml.ToString()));
    }

    [Fact]
    [Trait("Attack", "11")]
    public void Decode_AMillionItemsOfAnotherElement_TakesMemoryInProportion()
    {
        var xml = "<Attributes>" + string.Concat(Enumerable.Repeat("<Comment type=\"TextString\" value=\"\"/>", 200_000)) + "</Attributes>";
        var bytes = Encoding.UTF8.GetBytes(xml);
        using var writer = new TtlvWriter();
        var clock = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();
        XmlEncoding.Decode(bytes, writer);
        Assert.Equal(8 + (200_000 * 8), writer.Length);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, bytes.Length * 12L);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    private static byte[] Decode(string xml)
    {
        using var writer = new TtlvWriter();
        XmlEncoding.Decode(xml, writer);
        return writer.WrittenSpan.ToArray();
    }
}
