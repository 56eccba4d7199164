using Xunit;
using Keyreeve.Core.Objects;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Server.Kmip.Translation;

namespace Keyreeve.Tests.Server.Kmip;

public sealed class AttributeTranslatorTests
{
    [Fact]
    public void ToReference_EveryAttributeOfTheStandard_HasATag()
    {
        var standard = Enum.GetValues<AttributeName>().Where(n => n is not AttributeName.None and < AttributeName.Custom);
        var missing = standard.Where(n => AttributeTranslator.ToReference(n) is null);
        Assert.Empty(missing);
    }

    [Fact]
    public void ToReference_AttributesOfOurs_AreNotShown()
    {
        var ours = Enum.GetValues<AttributeName>().Where(n => n > AttributeName.Custom);
        Assert.All(ours, n => Assert.Null(AttributeTranslator.ToReference(n)));
    }

    [Fact]
    public void ToKey_EveryAttributeOfTheTables_IsKnown()
    {
        // Attributes that KMIP 3.0 gives to users, groups and credentials belong to objects that are not offered.
        var unknown = AttributeTable.Rows
            .Where(r => r.Introduced < ProtocolVersion.Kmip30)
            .Where(r => Record.Exception(() => AttributeTranslator.ToKey(r.Tag)) is not null)
            .Select(r => r.Name);
        Assert.Empty(unknown);
    }

    [Fact]
    public void ToWire_StructureThroughCoreAndBack_IsTheSame()
    {
        var name = KmipValue.Structure(
            (Tag.NameValue, KmipValue.Text("orders")),
            (Tag.NameType, KmipValue.Enumeration(Keyreeve.Kmip.NameType.UninterpretedTextString)));
        Assert.Equal(name, AttributeTranslator.ToWire(AttributeTranslator.ToCore(name)));
    }

    [Fact]
    public void ToWire_UnknownTagsInACustomAttribute_AreKept()
    {
        var custom = KmipValue.Structure(((Tag)0x540001, KmipValue.Integer(7)), (Tag.BatchCount, KmipValue.Integer(1)));
        Assert.Equal(custom, AttributeTranslator.ToWire(AttributeTranslator.ToCore(custom)));
    }

    [Fact]
    public void ToCore_CustomAttributeOfKmip1_HasTheVendorX()
    {
        var key = AttributeTranslator.ToKey(AttributeReference.FromName("x-owner"));
        Assert.Equal(AttributeKey.Custom("x", "owner"), key);
        Assert.Equal("x-owner", AttributeTranslator.ToReference(key)!.Value.ToName());
    }
}
