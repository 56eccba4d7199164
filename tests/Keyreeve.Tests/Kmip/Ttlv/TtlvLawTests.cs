using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Ttlv;
using Xunit;

namespace Keyreeve.Tests.Kmip.Ttlv;

/// <summary>The law of the codec: what decodes, encodes to the same bytes; everything else is a <see cref="TtlvException"/>.</summary>
public sealed class TtlvLawTests
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(2000);

    [Fact]
    public void WriteTo_AnyTreeOfValues_ReadsBackAsTheSameTree() => Check.One(Thorough, Prop.ForAll(Arb.From(Fields(depth: 3)), field =>
    {
        using var writer = new TtlvWriter();
        field.Value.WriteTo(writer, field.Tag);
        var bytes = writer.WrittenSpan.ToArray();
        TtlvValidator.Validate(bytes);
        var read = Assert.Single(KmipValue.EncodedStructure(bytes).Fields.ToArray());
        Assert.Equal(field, read);
        writer.Clear();
        Rewrite(writer, read);
        Assert.Equal(bytes, writer.WrittenSpan.ToArray());
    }));

    [Fact]
    public void Validate_AnyBytes_ThrowNothingButTtlvException() => Check.One(Thorough, Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
    {
        try
        {
            TtlvValidator.Validate(bytes);
        }
        catch (TtlvException e)
        {
            Assert.InRange(e.Offset, 0, bytes.Length);
            return;
        }

        using var writer = new TtlvWriter();
        foreach (var field in KmipValue.EncodedStructure(bytes).Fields) Rewrite(writer, field);
        Assert.Equal(bytes, writer.WrittenSpan.ToArray());
    }));

    [Fact]
    public void Validate_ValidItemWithOneByteChanged_IsRefusedOrEncodesToTheSameBytes() => Check.One(
        Thorough,
        Prop.ForAll(Arb.From(Fields(depth: 2)), ArbMap.Default.ArbFor<(int At, byte Bits)>(), (field, change) =>
        {
            using var writer = new TtlvWriter();
            field.Value.WriteTo(writer, field.Tag);
            var bytes = writer.WrittenSpan.ToArray();
            bytes[(change.At & int.MaxValue) % bytes.Length] ^= change.Bits;
            try
            {
                TtlvValidator.Validate(bytes);
            }
            catch (TtlvException)
            {
                return;
            }

            writer.Clear();
            foreach (var read in KmipValue.EncodedStructure(bytes).Fields) Rewrite(writer, read);
            Assert.Equal(bytes, writer.WrittenSpan.ToArray());
        }));

    /// <summary>Writes a field through the typed accessors, not as the bytes it holds.</summary>
    private static void Rewrite(TtlvWriter writer, KmipField field)
    {
        switch (field.Value.Type)
        {
            case TtlvType.Structure:
                writer.BeginStructure(field.Tag);
                foreach (var inner in field.Value.Fields) Rewrite(writer, inner);
                writer.EndStructure();
                break;
            case TtlvType.Integer:
                writer.WriteInteger(field.Tag, field.Value.AsInteger());
                break;
            case TtlvType.LongInteger:
                writer.WriteLongInteger(field.Tag, field.Value.AsLongInteger());
                break;
            case TtlvType.BigInteger:
                writer.WriteBigInteger(field.Tag, field.Value.Encoded.Span);
                break;
            case TtlvType.Enumeration:
                writer.WriteEnumeration(field.Tag, field.Value.AsEnumeration());
                break;
            case TtlvType.Boolean:
                writer.WriteBoolean(field.Tag, field.Value.AsBoolean());
                break;
            case TtlvType.TextString:
                writer.WriteTextString(field.Tag, field.Value.AsText());
                break;
            case TtlvType.ByteString:
                writer.WriteByteString(field.Tag, field.Value.AsBytes().Span);
                break;
            case TtlvType.DateTime:
                writer.WriteDateTime(field.Tag, field.Value.AsUnixSeconds());
                break;
            case TtlvType.DateTimeExtended:
                writer.WriteDateTimeExtended(field.Tag, field.Value.AsUnixMicroseconds());
                break;
            case TtlvType.Interval:
                writer.WriteInterval(field.Tag, field.Value.AsIntervalSeconds());
                break;
            default:
                field.Value.WriteTo(writer, field.Tag);
                break;
        }
    }

    private static Gen<KmipField> Fields(int depth) =>
        from tag in Gen.OneOf(Gen.Choose(0x420001, 0x4201FF), Gen.Choose(0x540000, 0x54FFFF))
        from value in Values(depth)
        select new KmipField((Tag)tag, value);

    private static Gen<KmipValue> Values(int depth)
    {
        var scalars = Gen.OneOf(
            Of<int>(KmipValue.Integer),
            Of<long>(KmipValue.LongInteger),
            Of<BigInteger>(KmipValue.BigInteger),
            Of<uint>(KmipValue.Enumeration),
            Of<bool>(KmipValue.Boolean),
            Of<NonNull<string>>(text => KmipValue.Text(Wellformed(text.Get))),
            Of<NonNull<string>>(text => KmipValue.Text(TtlvType.Identifier, System.Text.Encoding.UTF8.GetBytes(Wellformed(text.Get)))),
            Of<byte[]>(bytes => KmipValue.Bytes(bytes ?? [])),
            Of<long>(KmipValue.DateTime),
            Of<long>(KmipValue.DateTimeExtended),
            Of<uint>(KmipValue.Interval));
        if (depth == 0) return scalars;
        var structures = Gen.ListOf(Fields(depth - 1)).Resize(4).Select(fields => KmipValue.Structure([.. fields]));
        return Gen.Frequency((3, scalars), (1, structures));
    }

    private static Gen<KmipValue> Of<T>(Func<T, KmipValue> make) => ArbMap.Default.GeneratorFor<T>().Select(make);

    /// <summary>Lone surrogates are no text.</summary>
    private static string Wellformed(string text) => System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text));
}
