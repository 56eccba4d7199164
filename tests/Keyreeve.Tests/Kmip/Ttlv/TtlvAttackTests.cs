using Keyreeve.Kmip;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Ttlv;
using Xunit;

namespace Keyreeve.Tests.Kmip.Ttlv;

/// <summary>What must not be read. Each refusal is a <see cref="TtlvException"/> and nothing else.</summary>
public sealed class TtlvAttackTests
{
    private const Tag Example = (Tag)0x420020;

    [Theory]
    [Trait("Attack", "1")]
    [InlineData("42007801FFFFFFFF")]
    [InlineData("42007801FFFFFFF8")]
    [InlineData("4200780180000000")]
    [InlineData("4200780100100000")]
    public void TryReadLength_LengthBeyondMaximum_RefusedOnTheHeaderWithoutAllocating(string header)
    {
        var bytes = Convert.FromHexString(header);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var thrown = Refusal(bytes);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.NotNull(thrown);
        Assert.InRange(allocated, 0, 16 * 1024);

        static TtlvException? Refusal(byte[] bytes)
        {
            try
            {
                TtlvFraming.TryReadLength(bytes, Tag.RequestMessage, 1 << 20, out _);
                return null;
            }
            catch (TtlvException e)
            {
                return e;
            }
        }
    }

    [Theory]
    [Trait("Attack", "1")]
    [InlineData("42002007FFFFFFFF0000000000000000")]
    [InlineData("42002008FFFFFFFC0000000000000000")]
    [InlineData("42002001FFFFFFF80000000000000000")]
    [InlineData("42002004800000000000000000000000")]
    public void ReadAny_LengthOfFourGigabytes_Refused(string hex) => AssertInvalid(hex);

    [Theory]
    [InlineData("474554202F20", 0)] // "GET / "
    [InlineData("16030100", 0)] // TLS inside of TLS
    [InlineData("42007B01", 0)] // a response
    [InlineData("42007802", 0)]
    public void TryReadLength_AnotherProtocol_RefusedOnTheFirstBytes(string start, int offset)
    {
        var thrown = Assert.Throws<TtlvException>(() => TtlvFraming.TryReadLength(Convert.FromHexString(start), Tag.RequestMessage, 1 << 20, out _));
        Assert.Equal(offset, thrown.Offset);
    }

    [Fact]
    public void TryReadLength_PartialThenWholeHeader_AsksForMoreThenTellsTheLength()
    {
        var header = Convert.FromHexString("4200780100000010");
        for (var i = 0; i < header.Length; i++) Assert.False(TtlvFraming.TryReadLength(header.AsSpan(0, i), Tag.RequestMessage, 24, out _));
        Assert.True(TtlvFraming.TryReadLength(header, Tag.RequestMessage, 24, out var length));
        Assert.Equal(24, length);
        Assert.Throws<TtlvException>(() => TtlvFraming.TryReadLength(header, Tag.RequestMessage, 23, out _));
    }

    [Theory]
    [Trait("Attack", "2")]
    [InlineData("4200200100000010" + "42000407000000090102030405060708")] // a text of 9 bytes in 8
    [InlineData("4200200100000010" + "42000401000000180102030405060708")] // a structure of 24 in 8
    [InlineData("4200200100000008" + "4200040200000004" + "0000000100000000")] // the structure ends before its Integer does
    [InlineData("4200200100000004" + "42000402")] // not a multiple of 8
    [InlineData("42002001000000104200040200000004")] // longer than the message
    public void Validate_ChildLongerThanParent_Refused(string hex) => AssertInvalid(hex);

    [Fact]
    [Trait("Attack", "3")]
    public void Validate_NestedTenThousandDeep_RefusedWithoutOverflowingTheStack()
    {
        var nested = Nested(10_000);
        Assert.Throws<TtlvException>(() => TtlvValidator.Validate(nested));
        Assert.Throws<TtlvException>(() => KmipValue.EncodedStructure(nested));
        Assert.Throws<TtlvException>(() => Descend(nested));

        TtlvValidator.Validate(Nested(TtlvReader.MaximumDepth));
        Assert.Throws<TtlvException>(() => TtlvValidator.Validate(Nested(TtlvReader.MaximumDepth + 1)));

        static void Descend(byte[] bytes)
        {
            var reader = new TtlvReader(bytes);
            while (!reader.IsEmpty) reader = reader.ReadStructure(Example);
        }
    }

    [Theory]
    [Trait("Attack", "4")]
    [InlineData("42002007000000030102030000000001")] // text: not zero
    [InlineData("42002008000000030102030000000100")] // bytes: not zero
    [InlineData("42002002000000040000000800000001")] // Integer: not zero
    [InlineData("42002005000000040000000880000000")] // Enumeration
    [InlineData("4200200A000000040000000800FF0000")] // Interval
    [InlineData("4200200700000003010203")] // missing
    [InlineData("420020070000000301020300")] // too short
    [InlineData("420020070000000801020304050607080000000000000000")] // too much: it would be an item of tag 0
    [InlineData("420020020000000400000008")]
    public void Validate_WrongPadding_Refused(string hex) => AssertInvalid(hex);

    [Theory]
    [Trait("Attack", "5")]
    [InlineData("42002002000000080000000000000001")] // Integer of 8 bytes
    [InlineData("42002002000000020001000000000000")] // of 2
    [InlineData("4200200200000000")] // of none
    [InlineData("42002003000000040000000100000000")] // Long Integer of 4
    [InlineData("4200200400000000")] // Big Integer of none
    [InlineData("42002004000000040000000100000000")] // of 4
    [InlineData("42002005000000080000000000000001")] // Enumeration of 8
    [InlineData("42002006000000080000000000000002")] // Boolean 2
    [InlineData("42002006000000080100000000000001")] // Boolean 2^56 + 1
    [InlineData("42002006000000080000000100000000")] // Boolean 2^32
    [InlineData("42002006000000040000000100000000")] // Boolean of 4
    [InlineData("42002009000000040000000100000000")] // Date-Time of 4
    [InlineData("4200200A000000080000000000000001")] // Interval of 8
    [InlineData("4200200B000000040000000100000000")] // Date-Time Extended of 4
    [InlineData("4200200700000002C0AF000000000000")] // overlong UTF-8
    [InlineData("4200200700000003EDA0800000000000")] // a surrogate
    [InlineData("4200200700000001FF00000000000000")]
    [InlineData("4200200700000002E282000000000000")] // cut short
    [InlineData("4200200C00000001FF00000000000000")] // Identifier
    public void Validate_ValueThatItsTypeDoesNotHave_Refused(string hex) => AssertInvalid(hex);

    [Theory]
    [InlineData("42002000000000040000000100000000")]
    [InlineData("4200200F000000040000000100000000")]
    [InlineData("420020FF000000040000000100000000")]
    [InlineData("00000002000000040000000100000000")]
    [InlineData("43002002000000040000000100000000")]
    [InlineData("55002002000000040000000100000000")]
    [InlineData("420020")]
    public void Validate_NoSuchTypeOrTag_Refused(string hex) => AssertInvalid(hex);

    [Fact]
    [Trait("Attack", "6")]
    public void Read_UnknownTagAndEnumeration_ComeThrough()
    {
        var bytes = Convert.FromHexString("54FFFF0500000004DEADBEEF00000000");
        TtlvValidator.Validate(bytes);
        var reader = new TtlvReader(bytes);
        Assert.Equal((Tag)0x54FFFF, reader.PeekTag());
        Assert.Equal((State)0xDEADBEEF, reader.ReadEnumeration<State>((Tag)0x54FFFF));
        Assert.Equal("0x54FFFF", NameTables.DisplayName((Tag)0x54FFFF));
    }

    [Theory]
    [Trait("Attack", "7")]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(1, 2)]
    [InlineData(-1, 1)]
    [InlineData(int.MaxValue, 1)]
    [InlineData(0, 0)]
    public void Decode_BatchCountIsNotTheCountOfItems_Refused(int announced, int actual) =>
        Assert.Throws<TtlvException>(() => RequestMessage.Decode(Request(announced, actual), maximumItems: 100));

    [Fact]
    [Trait("Attack", "7")]
    public void Decode_AMillionItems_RefusedAtTheLimit()
    {
        var message = Request(1_000_000, 1_000_000);
        var thrown = Assert.Throws<TtlvException>(() => RequestMessage.Decode(message, maximumItems: 100));
        Assert.InRange(thrown.Offset, 0, 10_000);
        Assert.Equal(100, RequestMessage.Decode(Request(100, 100), maximumItems: 100).ItemCount);
    }

    private static void AssertInvalid(string hex)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.Throws<TtlvException>(() => TtlvValidator.Validate(bytes));
        Assert.Throws<TtlvException>(() => KmipCodec.Decode<Anything>(bytes, ProtocolVersion.Kmip21));
    }

    private static byte[] Nested(int depth)
    {
        var bytes = new byte[depth * 8];
        for (var i = 0; i < depth; i++)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(i * 8), ((uint)Example << 8) | 1);
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan((i * 8) + 4), (depth - i - 1) * 8);
        }

        return bytes;
    }

    private static byte[] Request(int batchCount, int items)
    {
        using var writer = new TtlvWriter();
        writer.BeginStructure(Tag.RequestMessage);
        KmipCodec.Encode(writer, Tag.RequestHeader, new RequestHeader { ProtocolVersion = ProtocolVersion.Kmip14, BatchCount = batchCount }, ProtocolVersion.Kmip14);
        for (var i = 0; i < items; i++)
        {
            writer.BeginStructure(Tag.BatchItem);
            writer.WriteEnumeration(Tag.Operation, Operation.Query);
            writer.BeginStructure(Tag.RequestPayload);
            writer.EndStructure();
            writer.EndStructure();
        }

        writer.EndStructure();
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>A structure of fields of any tag and type.</summary>
    private readonly struct Anything : IWireStructure<Anything>
    {
        public static Anything Exchange<TCodec>(ref TCodec codec, in Anything value)
            where TCodec : struct, IFieldCodec, allows ref struct
        {
            while (codec.NextType != TtlvType.None) codec.Field(default);
            return default;
        }
    }
}
