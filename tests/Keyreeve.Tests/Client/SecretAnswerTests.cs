using System.Text;
using Keyreeve.Client;
using Keyreeve.Client.Rest;
using Xunit;

namespace Keyreeve.Tests.Client;

public sealed class SecretAnswerTests
{
    [Theory]
    [InlineData("")]
    [InlineData("AA==")]
    [InlineData("+/+/")]
    [InlineData("AQIDBAUGBwg=")]
    public void ReadDataKey_Base64_IsDecoded(string base64)
    {
        using var dataKey = Read($$"""{"plaintext":"{{base64}}","ciphertext":"AQID","keyId":"0199f3a0-1111-7000-8000-000000000001","version":4}""");

        Assert.True(dataKey.Plaintext.FixedTimeEquals(Convert.FromBase64String(base64)));
        Assert.Equal([1, 2, 3], dataKey.Wrapped);
        Assert.Equal(FakeServer.KeyId, dataKey.WrappedKey.KeyId);
        Assert.Equal(4u, dataKey.WrappedKey.KeyVersion);
    }

    [Fact]
    public void ReadDataKey_EscapedBase64AndMembersOfLater_AreRead()
    {
        using var dataKey = Read("""{"later":{"plaintext":"AAAA"},"version":1,"keyId":"0199f3a0-1111-7000-8000-000000000001","ciphertext":"AQID","plaintext":"\u002B\/\u002b/"}""");

        Assert.True(dataKey.Plaintext.FixedTimeEquals(Convert.FromBase64String("+/+/")));
    }

    [Theory]
    [InlineData("""{"plaintext":"c2VjcmV0"}""")]
    [InlineData("""{"plaintext":"c2VjcmV0","ciphertext":"AQID","keyId":"0199f3a0-1111-7000-8000-000000000001","version":"four"}""")]
    [InlineData("""{"plaintext":"c2VjcmV","ciphertext":"AQID","keyId":"0199f3a0-1111-7000-8000-000000000001","version":4}""")]
    [InlineData("""{"plaintext":"c2Vj cmV0","ciphertext":"AQID","keyId":"0199f3a0-1111-7000-8000-000000000001","version":4}""")]
    [InlineData("""{"plaintext":"c2V=cmV0","ciphertext":"AQID","keyId":"0199f3a0-1111-7000-8000-000000000001","version":4}""")]
    [InlineData("""{"plaintext":7,"ciphertext":"AQID","keyId":"0199f3a0-1111-7000-8000-000000000001","version":4}""")]
    [InlineData("""{"plaintext":"c2VjcmV0","ciphertext":"AQID","keyId":"0199f3a0-1111-7000-8000-000000000001","version":4""")]
    [InlineData("""["c2VjcmV0"]""")]
    [InlineData("c2VjcmV0")]
    public void ReadDataKey_AnythingElse_IsRefusedWithoutQuotingIt(string json)
    {
        var refusal = Assert.Throws<KeyreeveClientException>(() => Read(json));

        Assert.Equal(ClientError.UnexpectedAnswer, refusal.Error);
        Assert.DoesNotContain("c2V", refusal.ToString(), StringComparison.Ordinal);
    }

    private static DataKey Read(string json) => SecretAnswer.ReadDataKey(Encoding.UTF8.GetBytes(json));
}
