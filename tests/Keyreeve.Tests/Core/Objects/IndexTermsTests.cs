using System.Numerics;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Core.Objects;

public sealed class IndexTermsTests : IDisposable
{
    private static readonly AttributeKey Custom = AttributeKey.Custom("x", "n");

    private readonly TenantBlinding _keys;

    public IndexTermsTests()
    {
        using var kek = SecretBytes.Random(32);
        _keys = new TenantBlinding(kek);
    }

    private static AttributeValue[][] InOrder { get; } =
    [
        [AttributeValue.Of(int.MinValue), AttributeValue.Of(-1), AttributeValue.Of(0), AttributeValue.Of(1), AttributeValue.Of(256), AttributeValue.Of(int.MaxValue)],
        [AttributeValue.Of(long.MinValue), AttributeValue.Of(-1L), AttributeValue.Of(0L), AttributeValue.Of(long.MaxValue)],
        [new DateTimeValue(long.MinValue), new DateTimeValue(-1), new DateTimeValue(0), new DateTimeValue(1), new DateTimeValue(long.MaxValue)],
        [new IntervalValue(0), new IntervalValue(1), new IntervalValue(uint.MaxValue)],
        [AttributeValue.Of(value: false), AttributeValue.Of(value: true)],
        [AttributeValue.Of(""), AttributeValue.Of("A"), AttributeValue.Of("AB"), AttributeValue.Of("a"), AttributeValue.Of("é")],
        [
            new BigIntegerValue(-BigInteger.Pow(2, 2000)), new BigIntegerValue(-257), new BigIntegerValue(-256), new BigIntegerValue(-1),
            new BigIntegerValue(0), new BigIntegerValue(1), new BigIntegerValue(255), new BigIntegerValue(256), new BigIntegerValue(BigInteger.Pow(2, 2000)),
        ],
    ];

    public void Dispose() => _keys.Dispose();

    [Fact]
    public void Values_CompareAsTheirBytes()
    {
        foreach (var (lesser, greater) in InOrder.SelectMany(values => values.Zip(values.Skip(1))))
        {
            var range = IndexTerms.Range(Custom, lesser, greater).Ranges[0];
            Assert.True(range.From.Span.SequenceCompareTo(range.To.Span) < 0, $"{lesser} < {greater}");
        }
    }

    [Fact]
    public void Terms_OfVendorAndName_AreNotConfused() => Assert.NotEqual(
        TermOf(AttributeKey.Custom("a", "b/c"), AttributeValue.Of(1)), TermOf(AttributeKey.Custom("a/b", "c"), AttributeValue.Of(1)));

    [Theory]
    [InlineData("a", "a", true)]
    [InlineData("a", "ab", false)]
    [InlineData("ab", "a", false)]
    [InlineData("a\0", "a", false)]
    [InlineData("a", "a\0", false)]
    [InlineData("a\0\u0001", "a", false)]
    public void NameAlone_MatchesThatNameOnly(string stored, string wanted, bool expected)
    {
        var name = AttributeValue.Of(
            new StructureField(AttributeField.NameValue, AttributeValue.Of(stored)), new StructureField(AttributeField.NameType, AttributeValue.Of(NameType.URI)));
        var condition = IndexTerms.ConditionsFor(
            AttributeName.Name, AttributeValue.Of(new StructureField(AttributeField.NameValue, AttributeValue.Of(wanted))), out var isExact);

        Assert.True(isExact);
        Assert.Equal(expected, Matches(Make(AttributeSet.Empty.With(AttributeName.Name, name)), condition));
    }

    [Theory]
    [InlineData("payments", true)]
    [InlineData("payments/cards", true)]
    [InlineData("payments/cards/eu", true)]
    [InlineData("payments-2", false)]
    [InlineData("payments.x", false)]
    [InlineData("payment", false)]
    [InlineData("default", false)]
    public void WithinGroups_ItAndAllBelow(string group, bool expected) => Assert.Equal(expected, Matches(
        Make(AttributeSet.Empty.With(AttributeName.KeyGroup, AttributeValue.Of(group))), [IndexTerms.WithinGroups([GroupName.Parse("payments")])]));

    [Fact]
    public void WithinGroups_None_MatchesNothing() =>
        Assert.False(Matches(Make(AttributeSet.Empty), [IndexTerms.WithinGroups([])]));

    [Fact]
    public void LongTexts_AreFoundByWholeValueAlone()
    {
        var text = new string('a', 5000);
        var stored = Make(AttributeSet.Empty.With(Custom, AttributeValue.Of(text)));

        Assert.True(Matches(stored, IndexTerms.ConditionsFor(Custom, AttributeValue.Of(text), out _)));
        Assert.False(Matches(stored, IndexTerms.ConditionsFor(Custom, AttributeValue.Of(text + "a"), out _)));
        Assert.All(IndexTerms.EntriesOf(stored, _keys), entry => Assert.True(entry.Value.Length < 300));
    }

    [Fact]
    public void Digest_IsHiddenInTheIndexAndFound()
    {
        var digest = AttributeValue.Of(new StructureField(AttributeField.DigestValue, AttributeValue.Of([1, 2, 3, 4, 5, 6, 7, 8])));
        var stored = Make(AttributeSet.Empty.With(AttributeName.Digest, digest));
        var conditions = IndexTerms.ConditionsFor(AttributeName.Digest, digest, out _);

        Assert.DoesNotContain(IndexTerms.EntriesOf(stored, _keys), entry => entry.Value.Span.IndexOf((ReadOnlySpan<byte>)[1, 2, 3, 4]) >= 0);
        Assert.True(Matches(stored, [.. conditions.Select(c => IndexTerms.Blind(c, _keys))]));
    }

    private static string TermOf(AttributeKey key, AttributeValue value) => IndexTerms.ConditionsFor(key, value, out _)[0].Term;

    private static ManagedObject Make(AttributeSet attributes) => new()
    {
        Tenant = TenantId.Default, Id = UniqueIdentifier.New(DateTimeOffset.UnixEpoch), ObjectType = ObjectType.SymmetricKey, RowVersion = 1, Attributes = attributes,
    };

    // As a store does it.
    private bool Matches(ManagedObject managedObject, IReadOnlyList<IndexCondition> conditions)
    {
        var entries = IndexTerms.EntriesOf(managedObject, _keys);
        return conditions.All(condition => entries.Any(entry => string.Equals(entry.Term, condition.Term, StringComparison.Ordinal)
            && condition.Ranges.Any(range => entry.Value.Span.SequenceCompareTo(range.From.Span) >= 0 && entry.Value.Span.SequenceCompareTo(range.To.Span) <= 0)));
    }
}
