using Keyreeve.Core.Objects;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Kmip.Translation;
using Xunit;
using LinkType = Keyreeve.Core.Objects.LinkType;

namespace Keyreeve.Tests.Server.Kmip;

/// <summary>What KMIP 3.0 forms otherwise comes back as it came, and earlier versions see their own form of it.</summary>
public sealed class AttributeFormsTests
{
    public static TheoryData<LinkType> LinkTypes => [.. Enum.GetValues<LinkType>().Where(t => t != LinkType.NotSet)];

    [Theory]
    [MemberData(nameof(LinkTypes))]
    public void ToWire_LinkOfEachType_IsAnAttributeOfItsOwn(LinkType type)
    {
        var reference = AttributeForms.ReferenceTo(type)!.Value;
        var linked = new KmipAttribute(reference, KmipValue.Text(TtlvType.Reference, "another object"u8.ToArray()));

        var kept = AttributeTranslator.ToCore(linked);

        Assert.Equal(AttributeName.Link, kept.Key.Name);
        Assert.Equal(type, AttributeForms.LinkTypeOf(reference));
        Assert.Equal([linked], AttributeTranslator.ToWire([kept], ProtocolVersion.Kmip30));
        Assert.Equal((AttributeReference)Tag.Link, AttributeTranslator.ToWire([kept], ProtocolVersion.Kmip21)[0].Reference);
    }

    [Fact]
    public void ToWire_NameOfKmip3_IsATextThereAndAStructureBefore()
    {
        var name = new KmipAttribute(Tag.Name, KmipValue.Text("orders"));

        var kept = AttributeTranslator.ToCore(name);

        Assert.Equal([name], AttributeTranslator.ToWire([kept], ProtocolVersion.Kmip30));
        Assert.Equal("orders", AttributeTranslator.ToWire([kept], ProtocolVersion.Kmip14)[0].Value[Tag.NameValue]!.Value.AsText());
    }

    [Fact]
    public void ToWire_GroupLinkOfKmip3_IsTheObjectGroupOfBefore()
    {
        var link = new KmipAttribute(Tag.GroupLink, KmipValue.Text(TtlvType.NameReference, "tapes"u8.ToArray()));

        var kept = AttributeTranslator.ToCore(link);

        Assert.Equal(AttributeName.ObjectGroup, kept.Key.Name);
        Assert.Equal([link], AttributeTranslator.ToWire([kept], ProtocolVersion.Kmip30));
        Assert.Equal([new KmipAttribute(Tag.ObjectGroup, KmipValue.Text("tapes"))], AttributeTranslator.ToWire([kept], ProtocolVersion.Kmip21));
    }

    // spec: KMIP 1.0 §3.12 Table 58: Digest has a Hashing Algorithm and a Digest Value; KMIP 1.1 §3.17 adds the Key Format Type.
    [Fact]
    public void ToWire_Digest_HasAKeyFormatTypeFromKmip11On()
    {
        var digest = new AttributeInstance(AttributeName.Digest, 0, AttributeValue.Of(
            new StructureField(AttributeField.HashingAlgorithm, AttributeValue.Of(Keyreeve.Core.Objects.HashingAlgorithm.SHA256)),
            new StructureField(AttributeField.KeyFormatType, AttributeValue.Of(Keyreeve.Core.Objects.KeyFormatType.Raw))));

        Assert.Null(AttributeTranslator.ToWire([digest], ProtocolVersion.Kmip10)[0].Value[Tag.KeyFormatType]);
        Assert.NotNull(AttributeTranslator.ToWire([digest], ProtocolVersion.Kmip11)[0].Value[Tag.KeyFormatType]);
    }
}
