using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Xunit;

namespace Keyreeve.Tests.Kmip;

public sealed class NameTablesTests
{
    [Theory]
    [InlineData("CryptographicAlgorithm", "DES3", 2u)]
    [InlineData("DigitalSignatureAlgorithm", "SHA_1WithRSAEncryption", 3u)]
    [InlineData("DigitalSignatureAlgorithm", "SHA_1WithRSAEncryptionPKCS_1V1_5", 3u)]
    [InlineData("MaskGenerator", "MGF1", 1u)]
    [InlineData("MaskGenerator", "MFG1", 1u)]
    [InlineData("KeyFormatType", "PKCS_8", 4u)]
    [InlineData("HashingAlgorithm", "SHA3_256", 15u)]
    [InlineData("HashingAlgorithm", "SHA_3_256", 15u)]
    [InlineData("CryptographicUsageMask", "ContentCommitment", 0x400u)]
    [InlineData("SplitKeyMethod", "PolynomialSharingGF2_8", 4u)]
    [InlineData("ResultReason", "NotAuthorized", 0x39u)]
    [InlineData("State", "PreActive", 1u)]
    [InlineData("StorageStatusMask", "OnLineStorage", 1u)]
    [InlineData("Operation", "PKCS_11", 0x33u)]
    [InlineData("PKCS_11Function", "C_Finalize", 2u)]
    public void TryParse_IrregularName_IsKnown(string enumeration, string name, uint expected)
    {
        var table = NameTables.All.Single(t => string.Equals(t.Name, enumeration, StringComparison.Ordinal));
        Assert.True(table.TryParse(name, out var value));
        Assert.Equal(expected, value);
    }

    [Fact]
    public void Rows_OfEveryEnumeration_AreTheEnumsOwn()
    {
        var enums = typeof(Tag).Assembly.GetExportedTypes()
            .Where(t => t.IsEnum && string.Equals(t.Namespace, typeof(Tag).Namespace, StringComparison.Ordinal))
            .ToDictionary(t => t.Name, StringComparer.Ordinal);
        Assert.InRange(enums.Count, 60, 100);
        var tables = NameTables.All.Where(t => enums.ContainsKey(t.Name)).ToList();
        Assert.InRange(tables.Count, 55, 100);
        foreach (var table in tables)
        {
            foreach (var row in table.Rows) Assert.Equal(row.Name, Enum.GetName(enums[table.Name], row.Value));
            Assert.Equal(Enum.GetNames(enums[table.Name]).Length, table.Rows.Count);
        }
    }

    [Theory]
    [InlineData(Tag.OffsetItems, 1, 2, false)]
    [InlineData(Tag.OffsetItems, 1, 3, true)]
    [InlineData(Tag.TemplateAttribute, 1, 4, true)]
    [InlineData(Tag.TemplateAttribute, 2, 0, false)]
    [InlineData(Tag.BatchCount, 2, 1, true)]
    [InlineData(Tag.BatchCount, 3, 0, false)]
    [InlineData((Tag)0x540001, 1, 0, true)]
    [InlineData((Tag)0x42FFFF, 2, 1, false)]
    public void IsDefined_ByVersion_FollowsTheTablesOfTags(Tag tag, int major, int minor, bool expected) =>
        Assert.Equal(expected, NameTables.IsDefined(tag, new ProtocolVersion(major, minor)));

    [Fact]
    public void Find_EveryAttribute_HasATagOfItsVersionAndAKnownName()
    {
        Assert.InRange(AttributeTable.Rows.Count, 100, 200);
        foreach (var row in AttributeTable.Rows)
        {
            Assert.True(NameTables.IsDefined(row.Tag, row.Introduced), row.Name);
            if (row.Introduced.Major == 1) Assert.Equal(row.Tag, AttributeReference.FromName(row.Name).Tag);
            Assert.Equal(row.Name, new AttributeReference(row.Tag).ToName());
        }
    }

    [Theory]
    [InlineData("x-ID", "x", "ID")]
    [InlineData("y-Server", "y", "Server")]
    [InlineData("x-", "x", "")]
    [InlineData("Frobnication", "", "Frobnication")]
    [InlineData("cryptographic algorithm", "", "cryptographic algorithm")]
    [InlineData("X-ID", "", "X-ID")]
    public void FromName_NotTheStandards_IsAVendorsAndKeepsItsName(string name, string vendor, string rest)
    {
        var reference = AttributeReference.FromName(name);
        Assert.Equal(AttributeReference.Vendor(vendor, rest), reference);
        Assert.Equal(name, reference.ToName());
    }
}
