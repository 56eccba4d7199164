using Keyreeve.Kmip;
using Keyreeve.Kmip.Ttlv;
using Xunit;

namespace Keyreeve.Tests.Kmip.Ttlv;

public sealed class CountedPaddingTests
{
    [Theory]
    [InlineData("abc\0\0\0\0\0", "abc")]
    [InlineData("abcdefgh", "abcdefgh")]
    [InlineData("abcdefgh\0\0\0\0\0\0\0i", "abcdefgh\0\0\0\0\0\0\0i")]
    [InlineData("\0\0\0\0\0\0\0\0", "\0\0\0\0\0\0\0\0")]
    [InlineData("ab\0", "ab\0")]
    public void Remove_TextWhosePaddingIsCounted_IsShortenedAndNoOther(string text, string expected)
    {
        using var writer = new TtlvWriter();
        writer.BeginStructure(Tag.RequestMessage);
        writer.BeginStructure(Tag.RequestPayload);
        writer.WriteInteger(Tag.BatchCount, 1);
        writer.WriteTextString(Tag.UniqueIdentifier, text);
        writer.WriteByteString(Tag.Data, new byte[8]);
        writer.EndStructure();
        writer.EndStructure();
        var message = writer.WrittenSpan.ToArray();

        Assert.Equal(string.Equals(text, expected, StringComparison.Ordinal) ? 0 : 1, CountedPadding.Remove(message));
        TtlvValidator.Validate(message);
        var payload = new TtlvReader(message).ReadStructure(Tag.RequestMessage).ReadStructure(Tag.RequestPayload);
        payload.Skip();
        Assert.Equal(expected, payload.ReadTextString(Tag.UniqueIdentifier));
        Assert.Equal(8, payload.ReadByteString(Tag.Data).Length);
    }

    [Fact]
    public void Remove_InvalidMessage_Refused() =>
        Assert.Throws<TtlvException>(() => CountedPadding.Remove(Convert.FromHexString("42007801000000104200940700000010")));
}
