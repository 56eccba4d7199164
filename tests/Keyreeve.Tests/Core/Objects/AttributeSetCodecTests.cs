using System.Numerics;
using Keyreeve.Core.Objects;
using Xunit;

namespace Keyreeve.Tests.Core.Objects;

public sealed class AttributeSetCodecTests
{
    public static AttributeSet Everything { get; } = AttributeSet.Empty
        .With(AttributeName.State, AttributeValue.Of(State.Active))
        .With(AttributeName.CryptographicLength, AttributeValue.Of(-1))
        .With(AttributeName.ActivationDate, AttributeValue.Of(DateTimeOffset.UnixEpoch.AddSeconds(-5)))
        .With(AttributeName.LeaseTime, new IntervalValue(uint.MaxValue))
        .With(AttributeName.Sensitive, AttributeValue.Of(value: true))
        .With(AttributeName.ContactInformation, AttributeValue.Of("Ünï😀\0"))
        .With(AttributeName.ShortUniqueIdentifier, AttributeValue.Of([1, 2, 3]))
        .Add(AttributeName.Name, AttributeValue.Of(
            new StructureField(AttributeField.NameValue, AttributeValue.Of("a")),
            new StructureField(AttributeField.NameType, AttributeValue.Of(NameType.URI))))
        .Add(AttributeName.Name, AttributeValue.Of(new StructureField(AttributeField.NameValue, AttributeValue.Of("b"))))
        .Add(AttributeKey.Custom("x", "n"), AttributeValue.Of(long.MinValue))
        .Add(AttributeKey.Custom("x", "n"), new BigIntegerValue(-BigInteger.Pow(2, 200)))
        .Add(AttributeKey.Custom("acme", ""), new DateTimeExtendedValue(long.MaxValue))
        .Add(AttributeKey.Custom("acme", "empty"), AttributeValue.Of(default(ReadOnlySpan<StructureField>)));

    [Fact]
    public void Decode_WhatWasEncoded_IsTheSame()
    {
        Assert.True(AttributeSetCodec.TryDecode(AttributeSetCodec.Encode(Everything), out var decoded));

        Assert.Equal(Everything.Instances.AsEnumerable(), decoded.Instances);
    }

    [Fact]
    public void Decode_GapsInIndexes_AreKept()
    {
        var attributes = Everything.Without(AttributeName.Name, 0);

        Assert.True(AttributeSetCodec.TryDecode(AttributeSetCodec.Encode(attributes), out var decoded));

        Assert.Equal(1, decoded.All(AttributeName.Name)[0].Index);
    }

    [Fact]
    public void Decode_AnyMutation_IsRefusedOrEncodesToTheSameBytes()
    {
        var good = AttributeSetCodec.Encode(Everything);
        var random = new Xorshift(20261122);
        var accepted = 0;
        for (var i = 0; i < 200_000; i++)
        {
            var bytes = random.Mutate(good);
            if (!AttributeSetCodec.TryDecode(bytes, out var decoded)) continue;
            accepted++;
            Assert.Equal(bytes, AttributeSetCodec.Encode(decoded));
        }

        Assert.InRange(accepted, 1, 199_999);
    }

    [Theory]
    [InlineData("")]
    [InlineData("02 00")] // a later version
    [InlineData("01")]
    [InlineData("01 00 00")] // something behind
    [InlineData("01 FF FF FF FF 07")] // a count beyond the bytes
    [InlineData("01 80 00")] // a number in more bytes than it needs
    [InlineData("01 01 00 00 01 00 00 00 01")] // attribute 0
    [InlineData("01 01 17 00 05 02")] // a Boolean of 2
    [InlineData("01 01 26 00 06 01 FF")] // a text that is not UTF-8
    [InlineData("01 01 26 00 03 02 00 01")] // a big integer with a needless byte
    [InlineData("01 02 18 00 08 00 00 00 00 00 00 00 00 17 00 04 00 00 00 01")] // not ascending
    [InlineData("01 02 17 00 04 00 00 00 01 17 00 04 00 00 00 01")] // twice
    public void Decode_NotTheOneForm_IsRefused(string hex) =>
        Assert.False(AttributeSetCodec.TryDecode(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), out _));

    [Fact]
    public void Encode_NestedTooDeep_Throws()
    {
        var value = AttributeValue.Of("bottom");
        for (var i = 0; i <= AttributeSetCodec.MaxDepth; i++) value = AttributeValue.Of(new StructureField(AttributeField.NameValue, value));
        var attributes = AttributeSet.Empty.With(AttributeName.Name, value);

        Assert.Throws<ArgumentException>(() => AttributeSetCodec.Encode(attributes));
    }

    [Fact]
    public void Decode_NestedTooDeep_IsRefused()
    {
        byte[] bytes = [1, 1, 2, 0, .. Enumerable.Repeat(new byte[] { 10, 1, 1 }, 100_000).SelectMany(b => b), 5, 1];

        Assert.False(AttributeSetCodec.TryDecode(bytes, out _));
    }

    [Fact]
    public void Encode_FirstVersion_StaysReadable()
    {
        // Written down so that a change of the format shows: rows with these bytes lie in somebody's store.
        var attributes = AttributeSet.Empty
            .With(AttributeName.State, AttributeValue.Of(State.Active))
            .With(AttributeName.ContactInformation, AttributeValue.Of("ops"))
            .With(AttributeKey.Custom("x", "id"), AttributeValue.Of(7));

        Assert.Equal("010317000400000002260006036F7073E8070178026964000100000007", Convert.ToHexString(AttributeSetCodec.Encode(attributes)));
    }
}
