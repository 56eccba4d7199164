using Keyreeve.Kmip;
using Keyreeve.Kmip.Ttlv;
using Xunit;

namespace Keyreeve.Tests.Kmip.Ttlv;

public sealed class TtlvWriterTests
{
    [Fact]
    public void WriteByteString_ManyTimesBeyondTheCapacity_KeepsEverything()
    {
        using var writer = new TtlvWriter(initialCapacityInBytes: 0);
        writer.BeginStructure(Tag.Attributes);
        for (var i = 0; i < 1000; i++) writer.WriteByteString(Tag.Data, [(byte)(i & 0xFF), 1, 2]);
        writer.EndStructure();

        var reader = new TtlvReader(writer.WrittenSpan);
        var inner = reader.ReadStructure(Tag.Attributes);
        reader.ThrowIfNotEmpty();
        for (var i = 0; i < 1000; i++) Assert.Equal([(byte)(i & 0xFF), 1, 2], inner.ReadByteString(Tag.Data).ToArray());
        inner.ThrowIfNotEmpty();
    }

    [Fact]
    public void WriteByteString_ToBeFilledIn_IsZeroUntilThen()
    {
        using var writer = new TtlvWriter();
        writer.WriteByteString(Tag.Data, [0xFF, 0xFF, 0xFF, 0xFF]);
        writer.Clear();
        var space = writer.WriteByteString(Tag.Data, 4);
        Assert.Equal(new byte[4], space.ToArray());
        space[0] = 7;
        Assert.Equal([7, 0, 0, 0], new TtlvReader(writer.WrittenSpan).ReadByteString(Tag.Data).ToArray());
    }

    [Fact]
    public void RollBack_InsideOfAStructure_ForgetsItAndWipesWhatWasWritten()
    {
        using var writer = new TtlvWriter();
        writer.WriteInteger(Tag.BatchCount, 1);
        var (length, depth) = (writer.Length, writer.Depth);
        writer.BeginStructure(Tag.KeyBlock);
        writer.WriteByteString(Tag.KeyMaterial, [0xAA, 0xAA, 0xAA, 0xAA]);
        var behind = writer.WrittenMemory[length..];
        writer.RollBack(length, depth);

        Assert.Equal(16, writer.Length);
        Assert.Throws<InvalidOperationException>(writer.EndStructure);
        Assert.False(behind.Span.ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void BeginStructure_DeeperThanReadersGo_Throws()
    {
        using var writer = new TtlvWriter();
        for (var i = 0; i < TtlvReader.MaximumDepth; i++) writer.BeginStructure(Tag.Attributes);
        Assert.Throws<InvalidOperationException>(() => writer.BeginStructure(Tag.Attributes));
        while (writer.Depth > 0) writer.EndStructure();
        TtlvValidator.Validate(writer.WrittenSpan);
    }

    [Fact]
    public void WriteTextString_LoneSurrogateOrInvalidUtf8_Throws()
    {
        using var writer = new TtlvWriter();
        Assert.ThrowsAny<ArgumentException>(() => writer.WriteTextString(Tag.Comment, "\ud800"));
        Assert.Throws<ArgumentException>(() => writer.WriteTextString(Tag.Comment, [0xFF]));
    }

    [Fact]
    public void Dispose_ThenWrite_Throws()
    {
        var writer = new TtlvWriter();
        writer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => writer.WriteInteger(Tag.BatchCount, 1));
        writer.Dispose();
    }
}
