using System.Text;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Encodings;
using Keyreeve.Kmip.Ttlv;
using Xunit;

namespace Keyreeve.Tests.Kmip.Encodings;

public sealed class JsonEncodingTests
{
    [Theory]
    [InlineData("""{"tag":"CryptographicUsageMask","type":"Integer","value":"Encrypt|Decrypt"}""", "42002C02000000040000000C00000000")]
    [InlineData("""{"tag":"CryptographicUsageMask","type":"Integer","value":"0x0000000c"}""", "42002C02000000040000000C00000000")]
    [InlineData("""{"tag":"0x42000D","type":"Integer","value":-1}""", "42000D0200000004FFFFFFFF00000000")]
    [InlineData("""{"value":"AES","type":"Enumeration","tag":"CryptographicAlgorithm"}""", "42002805000000040000000300000000")]
    [InlineData("""{"tag":"0x540001","name":"Vendor","type":"TextString","value":"a\u00e4"}""", "540001070000000361C3A40000000000")]
    [InlineData("""{"tag":"ActivationDate","type":"DateTime","value":"2008-03-14T11:56:40+00:00"}""", "42000109000000080000000047DA67F8")]
    [InlineData("""{"tag":"ActivationDate","type":"DateTime","value":"0x0000000047da67f8"}""", "42000109000000080000000047DA67F8")]
    [InlineData("""{"tag":"Modulus","type":"BigInteger","value":"0xffffffffffffff00"}""", "4200520400000008FFFFFFFFFFFFFF00")]
    [InlineData("""{"tag":"Modulus","type":"BigInteger","value":-256}""", "4200520400000008FFFFFFFFFFFFFF00")]
    [InlineData("""{"tag":"UsageLimitsTotal","type":"LongInteger","value":"0x7fffffffffffffff"}""", "42009703000000087FFFFFFFFFFFFFFF")]
    [InlineData("""{"tag":"Sensitive","type":"Boolean","value":true}""", "42012006000000080000000000000001")]
    [InlineData("""{"tag":"LeaseTime","type":"Interval","value":4294967295}""", "4200490A00000004FFFFFFFF00000000")]
    [InlineData("""{"tag":"ServerInformation","value":[]}""", "4200880100000000")]
    [InlineData("""{"value":[{"value":1,"type":"Integer","tag":"BatchCount"}],"tag":"ServerInformation","type":"Structure"}""", "420088010000001042000D02000000040000000100000000")]
    public void Decode_Item_GivesItsTtlv(string json, string expected) => Assert.Equal(expected, Convert.ToHexString(Decode(json)));

    [Fact]
    public void Encode_Attribute_NamesItsValueByItsName()
    {
        using var writer = new TtlvWriter();
        writer.BeginStructure(Tag.Attribute);
        writer.WriteTextString(Tag.AttributeName, "Cryptographic Usage Mask");
        writer.WriteInteger(Tag.AttributeValue, 12);
        writer.EndStructure();
        var json = Encoding.UTF8.GetString(JsonEncoding.Encode(writer.WrittenMemory));
        Assert.Equal("""{"tag":"Attribute","value":[{"tag":"AttributeName","type":"TextString","value":"Cryptographic Usage Mask"},{"tag":"AttributeValue","type":"Integer","value":"Encrypt|Decrypt"}]}""", json);
        Assert.Equal(writer.WrittenSpan.ToArray(), Decode(json));
    }

    [Theory]
    [Trait("Attack", "11")]
    [InlineData("""{"tag":"Comment","tag":"Comment","type":"TextString","value":"a"}""")]
    [InlineData("""{"tag":"Comment","type":"TextString","value":"a","value":"b"}""")]
    [InlineData("""{"tag":"Comment","type":"TextString","value":"a","frob":1}""")]
    [InlineData("""{"tag":"Comment","type":"TextString"}""")]
    [InlineData("""{"type":"TextString","value":"a"}""")]
    [InlineData("""{"tag":"Comment","type":"TextString","value":1}""")]
    [InlineData("""{"tag":"Comment","type":"TextString","value":null}""")]
    [InlineData("""{"tag":"Comment","type":"TextString","value":"\ud800"}""")]
    [InlineData("""{"tag":"Comment","type":"TextString","value":"a"}{}""")]
    [InlineData("""{"tag":"Comment","type":"TextString","value":"a",}""")]
    [InlineData("""{"tag":"Comment","type":"TextString",/* */"value":"a"}""")]
    [InlineData("""{"tag":"Comment","type":7,"value":"a"}""")]
    [InlineData("""{"tag":"BatchCount","type":"Integer","value":1.5}""")]
    [InlineData("""{"tag":"BatchCount","type":"Integer","value":99999999999}""")]
    [InlineData("""{"tag":"BatchCount","type":"Integer","value":true}""")]
    [InlineData("""{"tag":"LeaseTime","type":"Interval","value":-1}""")]
    [InlineData("""{"tag":"State","type":"Enumeration","value":"Frob"}""")]
    [InlineData("""{"tag":"ServerInformation","value":{}}""")]
    [InlineData("""{"tag":"ServerInformation","value":[1]}""")]
    [InlineData("{\"tag\":\"ServerInformation\",\"value\":[")]
    [InlineData("""[]""")]
    [InlineData("")]
    [InlineData("<a/>")]
    public void Decode_InvalidJson_Refused(string json)
    {
        using var writer = new TtlvWriter();
        writer.WriteInteger(Tag.BatchCount, 1);
        Assert.Throws<TtlvException>(() => JsonEncoding.Decode(Encoding.UTF8.GetBytes(json), writer));
        Assert.Equal((16, 0), (writer.Length, writer.Depth));
    }

    [Fact]
    [Trait("Attack", "11")]
    public void Decode_TenThousandDeepOrAMillionKeys_RefusedAtOnce()
    {
        var deep = string.Concat(Enumerable.Repeat("""{"tag":"Attributes","value":[""", 10_000));
        Assert.Throws<TtlvException>(() => Decode(deep));
        Assert.Throws<TtlvException>(() => Decode(string.Concat(Enumerable.Repeat("[", 100_000))));
        var keys = "{" + string.Join(",", Enumerable.Range(0, 1_000_000).Select(i => $"\"k{i}\":0")) + "}";
        var thrown = Assert.Throws<TtlvException>(() => Decode(keys));
        Assert.InRange(thrown.Offset, 0, 100);
    }

    private static byte[] Decode(string json)
    {
        using var writer = new TtlvWriter();
        JsonEncoding.Decode(Encoding.UTF8.GetBytes(json), writer);
        return writer.WrittenSpan.ToArray();
    }
}
