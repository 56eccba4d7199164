using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Kmip.Ttlv;
using Xunit;

namespace Keyreeve.Tests.Kmip.Attributes;

public sealed class AttributeCodecTests
{
    private static readonly AttributeList Attributes = new(
        new KmipAttribute(Tag.CryptographicAlgorithm, KmipValue.Enumeration(CryptographicAlgorithm.AES)),
        new KmipAttribute(Tag.CryptographicLength, KmipValue.Integer(256)),
        new KmipAttribute(AttributeReference.Vendor("x", "ID"), KmipValue.Text("1")),
        new KmipAttribute(Tag.Sensitive, KmipValue.Boolean(true)));

    [Fact]
    public void Encode_Kmip14_WritesNamesInATemplateAttribute()
    {
        var fields = Encode(ProtocolVersion.Kmip14)[Tag.TemplateAttribute]!.Value.Fields.ToArray();
        Assert.Equal("Cryptographic Algorithm, Cryptographic Length, x-ID, Sensitive", Names(fields));
        Assert.Equal(256, fields[1].Value[Tag.AttributeValue]!.Value.AsInteger());
    }

    [Fact]
    public void Encode_Kmip21_WritesTagsInAttributes()
    {
        var fields = Encode(ProtocolVersion.Kmip21)[Tag.Attributes]!.Value.Fields.ToArray();
        Assert.Equal([Tag.CryptographicAlgorithm, Tag.CryptographicLength, Tag.Attribute, Tag.Sensitive], fields.Select(f => f.Tag));
        Assert.Equal("x", fields[2].Value[Tag.VendorIdentification]!.Value.AsText());
        Assert.Equal("1", fields[2].Value[Tag.AttributeValue]!.Value.AsText());
    }

    [Fact]
    public void Encode_OlderVersion_LeavesOutAttributesItDoesNotHave()
    {
        var fields = Encode(ProtocolVersion.Kmip10)[Tag.TemplateAttribute]!.Value.Fields.ToArray();
        Assert.Equal("Cryptographic Algorithm, Cryptographic Length, x-ID", Names(fields));
    }

    [Theory]
    [InlineData(1, 0, 3)]
    [InlineData(1, 4, 4)]
    [InlineData(2, 0, 4)]
    [InlineData(2, 1, 4)]
    public void Decode_WhatWasEncoded_IsTheSameInEveryVersion(int major, int minor, int expected)
    {
        var version = new ProtocolVersion(major, minor);
        var decoded = KmipCodec.FromValue<CreateRequest>(Encode(version), version);
        Assert.Equal(Attributes.Take(expected), decoded.Attributes);
        Assert.Equal(CryptographicAlgorithm.AES, decoded.Attributes.Find(Tag.CryptographicAlgorithm)!.Value.AsEnumeration<CryptographicAlgorithm>());
        Assert.Null(decoded.Attributes.Find(Tag.State));
    }

    [Fact]
    public void Decode_AttributeReferenceThatIsNoTag_Refused()
    {
        using var writer = new TtlvWriter();
        writer.WriteEnumeration(Tag.AttributeReference, 0u);
        Assert.Throws<TtlvException>(() => KmipCodec.Decode<GetAttributesRequest>(writer.WrittenMemory, ProtocolVersion.Kmip21));
    }

    [Fact]
    public void Decode_OffsetItemsInAMessageOfKmip10_IsAccepted()
    {
        using var writer = new TtlvWriter();
        writer.WriteInteger(Tag.MaximumItems, 16);
        writer.WriteInteger(Tag.OffsetItems, 32);
        var request = KmipCodec.Decode<LocateRequest>(writer.WrittenMemory, ProtocolVersion.Kmip10);
        Assert.Equal((16, 32), (request.MaximumItems, request.OffsetItems));
    }

    private static string Names(KmipField[] attributes) => string.Join(", ", attributes.Select(f => f.Value[Tag.AttributeName]!.Value.AsText()));

    private static KmipValue Encode(ProtocolVersion version) => KmipCodec.ToValue(
        new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Attributes }, version);
}
