using System.Text;
using Keyreeve.Core;
using Keyreeve.Storage.Sqlite;
using Xunit;

namespace Keyreeve.Conformance.Storage.Sqlite;

/// <summary>The record of what a row is found by: reads back as written, and damage is an error and nothing worse.</summary>
public sealed class SearchRecordTests
{
    [Fact]
    public void Decode_Encoded_InOrderAndNoneTwice()
    {
        var record = SearchRecord.From(
            [Utf8("b"), Utf8(""), Utf8("b")],
            [new(300, Utf8("x")), new(2, Utf8("y")), new(2, Utf8("")), new(300, Utf8("x")), new(int.MaxValue, new byte[20_000])]);
        var bytes = record.Encode();
        var read = SearchRecord.Decode(bytes);
        Assert.Equal(["", "b"], read.Names.Select(name => Encoding.UTF8.GetString(name.Span)), StringComparer.Ordinal);
        Assert.Equal([(2, 0), (2, 1), (300, 1), (int.MaxValue, 20_000)], read.Entries.Select(entry => (entry.Term, entry.Value.Length)));
        Assert.Equal(bytes, read.Encode());

        // docs/formats/store.md, byte by byte.
        Assert.Equal("0102000162020200020179", Convert.ToHexString(SearchRecord.From([Utf8("b"), Utf8("")], [new(2, Utf8("y")), new(2, Utf8(""))]).Encode()));
    }

    [Fact]
    public void Decode_EveryByteChangedAndEveryLength_DamagedOrARecord()
    {
        var bytes = SearchRecord.From([Utf8("name")], [new(1, Utf8("value")), new(200, Utf8("another"))]).Encode();
        var refused = 0;
        for (var length = 0; length < bytes.Length; length++) refused += IsRefused(bytes.AsSpan(0, length)) ? 1 : 0;
        Assert.Equal(bytes.Length, refused);
        for (var at = 0; at < bytes.Length; at++)
            for (var value = 0; value < 256; value++)
            {
                var damaged = bytes.ToArray();
                damaged[at] = (byte)value;
                IsRefused(damaged);
            }

        Assert.True(IsRefused([1, 0xFF, 0xFF, 0xFF, 0xFF, 0x07])); // two thousand million names
        Assert.True(IsRefused([1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]));
        Assert.True(IsRefused([2, 0, 0]));
    }

    private static bool IsRefused(ReadOnlySpan<byte> bytes)
    {
        try
        {
            SearchRecord.Decode(bytes);
            return false;
        }
        catch (KeyreeveException e)
        {
            Assert.Equal(KeyreeveError.StoreUnavailable, e.Error);
            return true;
        }
    }

    private static ReadOnlyMemory<byte> Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
