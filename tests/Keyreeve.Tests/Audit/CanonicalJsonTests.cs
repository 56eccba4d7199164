using System.Text;
using System.Text.Json;
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

    // The codec law: what is accepted is exactly what writing it again gives.
    [Fact]
    public void IsCanonicalObject_ManyMutations_AcceptsOnlyWhatReencodesIdentically()
    {
        var random = new Random(20251122);
        var seed = AuditJson.Encode(AuditEvents.With("a\"\n\u0001é😀"));
        var alphabet = Encoding.UTF8.GetBytes("{}[]\",:\\ 0123456789eE.-+u00abtrfalsn\n\té");
        var accepted = 0;
        for (var i = 0; i < 50_000; i++)
        {
            var mutant = seed.ToList();
            for (var edits = random.Next(1, 4); edits > 0; edits--)
            {
                var at = random.Next(mutant.Count);
                switch (random.Next(3))
                {
                    case 0: mutant[at] = alphabet[random.Next(alphabet.Length)]; break;
                    case 1: mutant.RemoveAt(at); break;
                    default: mutant.Insert(at, alphabet[random.Next(alphabet.Length)]); break;
                }
            }

            byte[] bytes = [.. mutant];
            if (!CanonicalJson.IsCanonicalObject(bytes)) continue;
            accepted++;
            using var document = JsonDocument.Parse(bytes);
            Assert.Equal(Encoding.UTF8.GetString(bytes), Reencode(document.RootElement));
        }

        Assert.InRange(accepted, 1000, 49_000);
    }

    private static string Reencode(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(',', value.EnumerateObject().OrderBy(m => m.Name, StringComparer.Ordinal).Select(m => Quote(m.Name) + ":" + Reencode(m.Value))) + "}",
        JsonValueKind.Array => "[" + string.Join(',', value.EnumerateArray().Select(Reencode)) + "]",
        JsonValueKind.String => Quote(value.GetString()!),
        JsonValueKind.Number => value.GetInt64().ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => value.GetRawText(),
    };

    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            var shortForm = "\b\t\n\f\r\"\\".IndexOf(c, StringComparison.Ordinal);
            if (shortForm >= 0) quoted.Append('\\').Append("btnfr\"\\"[shortForm]);
            else if (c < ' ') quoted.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }
}
