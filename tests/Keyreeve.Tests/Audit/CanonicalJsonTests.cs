using System.Text;
using Keyreeve.Core.Audit;
using Xunit;

namespace Keyreeve.Tests.Audit;

public sealed class CanonicalJsonTests
{
    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"a":1,"b":"x","c":[1,"y",{}],"d":true,"e":null,"f":false,"g":0,"h":-1}""")]
    [InlineData("""{"A":1,"a":1}""")]
    [InlineData("""{"a":"\u0000\u001f\b\t\n\f\r\"\\/é😀"}""")]
    public void IsCanonicalObject_Canonical_IsTrue(string json) =>
        Assert.True(CanonicalJson.IsCanonicalObject(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("[]")]
    [InlineData("{} ")]
    [InlineData(" {}")]
    [InlineData("{}{}")]
    [InlineData("""{"a": 1}""")]
    [InlineData("""{"a":1 }""")]
    [InlineData("""{"b":1,"a":1}""")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"a":1,}""")]
    [InlineData("""{"a":01}""")]
    [InlineData("""{"a":-0}""")]
    [InlineData("""{"a":-}""")]
    [InlineData("""{"a":1.0}""")]
    [InlineData("""{"a":1e3}""")]
    [InlineData("""{"a":"\/"}""")]
    [InlineData("""{"a":"\u0041"}""")]
    [InlineData("""{"a":"\u000a"}""")]
    [InlineData("""{"a":"\u001F"}""")]
    [InlineData("{\"a\":\"\n\"}")]
    [InlineData("{\"a\":\"unfinished")]
    [InlineData("{\"a\":\"\\u00")]
    [InlineData("""{"":1}""")]
    [InlineData("""{"é":1}""")]
    [InlineData("""{"a":[[[[[[[[[[1]]]]]]]]]]}""")]
    [InlineData("""{"a":tru}""")]
    public void IsCanonicalObject_AnythingElse_IsFalse(string json) =>
        Assert.False(CanonicalJson.IsCanonicalObject(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void IsCanonicalObject_InvalidUtf8_IsFalse() =>
        Assert.False(CanonicalJson.IsCanonicalObject([.. "{\"a\":\""u8, 0xC3, .. "\"}"u8]));
}
