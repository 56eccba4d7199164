using Xunit;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>Cases are played in any order, but for those that go on from one another.</summary>
public sealed class CaseCatalogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-catalog-").FullName;

    public CaseCatalogTests()
    {
        foreach (var name in new[] { "TL-M-1-21", "TL-M-2-21", "TL-M-3-21", "SASED-M-2-21", "SASED-M-3-21", "AKLC-M-1-21", "AKLC-M-10-21", "AKLC-M-2-21" })
            File.WriteAllText(Path.Combine(_folder, name + ".xml"), "<KMIP><RequestMessage/><ResponseMessage/></KMIP>");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Cases_ByName_CountAsPeopleDo() =>
        Assert.Equal(["AKLC-M-1-21", "AKLC-M-2-21", "AKLC-M-10-21", "SASED-M-2-21", "SASED-M-3-21", "TL-M-1-21", "TL-M-2-21", "TL-M-3-21"], Names(Load("name")));

    [Fact]
    public void Cases_Reversed_ChainsKeepTheirOrder() =>
        Assert.Equal(["TL-M-2-21", "TL-M-3-21", "TL-M-1-21", "SASED-M-2-21", "SASED-M-3-21", "AKLC-M-10-21", "AKLC-M-2-21", "AKLC-M-1-21"], Names(Load("reversed")));

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    [InlineData("3")]
    public void Cases_Shuffled_AreAllThereInAnotherOrderWhichTheSeedTells(string seed)
    {
        var shuffled = Names(Load(seed));

        Assert.NotEqual(Names(Load("name")), shuffled);
        Assert.Equal(Names(Load("name")).Order(StringComparer.Ordinal), shuffled.Order(StringComparer.Ordinal));
        Assert.Equal(shuffled.IndexOf("TL-M-2-21") + 1, shuffled.IndexOf("TL-M-3-21"));
        Assert.Equal(shuffled.IndexOf("SASED-M-2-21") + 1, shuffled.IndexOf("SASED-M-3-21"));
        Assert.Equal(shuffled, Names(Load(seed)));
    }

    [Fact]
    public void Alone_EachCase_ComesAfterWhatItGoesOnFrom()
    {
        var alone = Load("name").Alone().Select(Names).ToList();

        Assert.Equal(8, alone.Count);
        Assert.Contains(["TL-M-2-21", "TL-M-3-21"], alone);
        Assert.Contains(["TL-M-2-21"], alone);
        Assert.All(alone, static names => Assert.InRange(names.Count, 1, 2));
    }

    [Theory]
    [InlineData("sorted")]
    [InlineData("")]
    [InlineData("1.5")]
    public void Parse_NoOrder_IsRefused(string order) => Assert.Throws<FormatException>(() => CaseOrder.Parse(order));

    private static List<string> Names(CaseCatalog catalog) => [.. catalog.Cases.Select(static c => c.Name)];

    private CaseCatalog Load(string order) => CaseCatalog.Load(_folder, (IReadOnlyList<string>)[]).InOrder(CaseOrder.Parse(order));
}
