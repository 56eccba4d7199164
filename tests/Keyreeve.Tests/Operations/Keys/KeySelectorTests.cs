using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Keys;
using Xunit;

namespace Keyreeve.Tests.Operations.Keys;

public sealed class KeySelectorTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("9")]
    [InlineData("Orders.2026_a-b")]
    [InlineData("018f3a5e000070008000000000000000")]
    public void Parse_Name_SelectsByName(string text)
    {
        var key = KeySelector.Parse(text);

        Assert.Equal(text, key.Name);
        Assert.True(KeySelector.IsName(text));
    }

    [Fact]
    public void Parse_Identifier_SelectsByIdentifier()
    {
        var id = UniqueIdentifier.New(DateTimeOffset.UnixEpoch);

        var key = KeySelector.Parse(id.ToString());

        Assert.Null(key.Name);
        Assert.Equal(id, key.Id);
        Assert.False(KeySelector.IsName(id.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".a")]
    [InlineData("-a")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData("ä")]
    [InlineData("{018f3a5e-0000-7000-8000-000000000000}")]
    [Trait("Attack", "30")]
    public void Parse_AnythingElse_IsNotFound(string text)
    {
        Assert.Equal(KeyreeveError.ItemNotFound, Assert.Throws<KeyreeveException>(() => KeySelector.Parse(text)).Error);
        Assert.False(KeySelector.IsName(text));
    }

    [Fact]
    public void IsName_TooLong_IsFalse()
    {
        Assert.True(KeySelector.IsName(new string('a', KeySelector.MaxNameLength)));
        Assert.False(KeySelector.IsName(new string('a', KeySelector.MaxNameLength + 1)));
    }

    // spec: RFC 9562 §5.7
    [Fact]
    public void Identifier_MadeByUs_TellsWhenItWasMade()
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds(1_900_000_000_123);

        Assert.Equal(time, UniqueIdentifier.New(time).CreatedAt);
        Assert.Null(UniqueIdentifier.FromGuid(Guid.Parse("6ba7b810-9dad-41d1-80b4-00c04fd430c8")).CreatedAt);
    }

    [Fact]
    public void NameStartsWith_Prefix_IsARangeThatHoldsSuchNamesAlone()
    {
        var range = Assert.Single(IndexTerms.NameStartsWith("pay").Ranges);

        Assert.All(["pay", "payments", "pay-2"], name => Assert.True(Holds(range, name)));
        Assert.All(["pa", "paz", "Pay", "xpay", "pax"], name => Assert.False(Holds(range, name)));
        Assert.All(["a", "zz", "Ü", "\U0001F511"], name => Assert.True(Holds(Assert.Single(IndexTerms.NameStartsWith("").Ranges), name)));
    }

    private static bool Holds(Keyreeve.Core.Storage.IndexRange range, string name)
    {
        var value = AttributeValue.Of(
            new StructureField(AttributeField.NameValue, AttributeValue.Of(name)),
            new StructureField(AttributeField.NameType, AttributeValue.Of(NameType.UninterpretedTextString)));
        var stored = Assert.Single(IndexTerms.ConditionsFor(AttributeName.Name, value, out _)).Ranges[0].From.Span;
        return range.From.Span.SequenceCompareTo(stored) <= 0 && stored.SequenceCompareTo(range.To.Span) <= 0;
    }
}
