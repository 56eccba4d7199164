using Keyreeve.Server;
using System.Text;
using System.Text.Json;
using Keyreeve.Crypto;
using Keyreeve.Server.Rest;
using Keyreeve.Server.Rest.Messages;
using Keyreeve.Server.Rest.Wire;
using Xunit;

namespace Keyreeve.Tests.Server.Rest;

public sealed class WireSecretTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(65536)]
    public void Secret_WrittenAndRead_IsTheSame(int size)
    {
        using var secret = SecretBytes.Random(size);
        using var message = new RandomMessage { Bytes = new WireSecret(secret.Clone()) };
        var json = JsonSerializer.SerializeToUtf8Bytes(message, RestJson.Default.RandomMessage);

        using var read = JsonSerializer.Deserialize(json, RestJson.Default.RandomMessage)!;

        Assert.True(secret.Equals(read.Bytes.Bytes));
    }

    [Theory]
    [InlineData("\"A\"")]
    [InlineData("\"AA\"")]
    [InlineData("\"AA=\"")]
    [InlineData("\"A===\"")]
    [InlineData("\"====\"")]
    [InlineData("\"AAA=AAA=\"")]
    [InlineData("\"AA==AA==\"")]
    [InlineData("\"A A=\"")]
    [InlineData("\"AAA\\n\"")]
    [InlineData("\"AA-_\"")]
    [InlineData("\"\u00e4AAA\"")]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData("[]")]
    public void Secret_ThatIsNotBase64_IsRefused(string text) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(Encoding.UTF8.GetBytes($$"""{"bytes":{{text}}}"""), RestJson.Default.RandomMessage));

    [Fact]
    public void Secret_WithAnEscapedSlash_IsRead()
    {
        using var read = JsonSerializer.Deserialize("""{"bytes":"\/\/\/\/"}"""u8, RestJson.Default.RandomMessage)!;

        Assert.True(read.Bytes.Bytes.FixedTimeEquals([0xFF, 0xFF, 0xFF]));
    }

    [Fact]
    public void Buffer_WrittenInPieces_HoldsThemInOrder()
    {
        using var buffer = new WipedBuffer(16);
        var expected = new List<byte>();
        for (var i = 0; i < 1000; i++)
        {
            var piece = Enumerable.Repeat(unchecked((byte)i), i % 37).ToArray();
            piece.CopyTo(buffer.GetSpan(piece.Length));
            buffer.Advance(piece.Length);
            expected.AddRange(piece);
        }

        Assert.Equal([.. expected], buffer.Written.ToArray());
    }

    [Fact]
    public void Pool_BlockGivenBack_ComesBackWiped()
    {
        using var pool = new WipingMemoryPool();
        var owner = pool.Rent();
        owner.Memory.Span.Fill(0xAA);
        owner.Dispose();
        owner.Dispose(); // twice is once

        using var again = pool.Rent();
        using var other = pool.Rent();
        Assert.True(again.Memory.Span.IndexOfAnyExcept((byte)0) < 0);
        Assert.False(again.Memory.Span.Overlaps(other.Memory.Span));
    }
}
