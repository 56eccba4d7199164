using Keyreeve.Core.Audit.Indexing;
using Xunit;

namespace Keyreeve.Integration.Audit;

/// <summary>What an index says of texts and of blocks must never be "not here" where it is.</summary>
public sealed class AuditSieveTests : IDisposable
{
    private static readonly long[] Times = [.. Enumerable.Range(0, AuditSearch.BlockSize).Select(static i => 1_000_000L + i)];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("keyreeve-sieve-");

    [Fact]
    public void Sieve_WhateverIsInABlock_MayBeThereAndTheRestMostlyMayNot()
    {
        using var sieve = OpenSieve();
        var ids = Enumerable.Range(0, AuditSearch.BlockSize).Select(static i => (long)i * 7919).ToArray();
        var few = ids.Select(static (_, i) => (long)(i % 5)).ToArray();
        var one = ids.Select(static _ => 42L).ToArray();

        sieve.Add(Times, [few, one, ids]);

        Assert.Equal(1, sieve.Blocks);
        Assert.All(ids.Where(static (_, i) => i % 97 == 0), id => Assert.True(sieve.MayHave(0, 2, id)));
        Assert.All(few.Take(5), value => Assert.True(sieve.MayHave(0, 0, value)));
        Assert.Equal((IndexSieve.NotConstant, 42L, IndexSieve.NotConstant), (sieve.ConstantIn(0, 0), sieve.ConstantIn(0, 1), sieve.ConstantIn(0, 2)));
        Assert.InRange(Enumerable.Range(0, 10_000).Count(i => sieve.MayHave(0, 2, -1 - i)), 0, 200);
        Assert.False(sieve.MayHave(0, 1, 41));
        Assert.Equal((Times[0], Times[^1]), sieve.TimesOf(0));
    }

    // As many pairs as a block can have, which is where the filter is fullest.
    [Fact]
    public void Sieve_WhatStandsTogether_MayBeThereAndWhatDoesNotMostlyMayNot()
    {
        using var sieve = OpenSieve();
        var first = Enumerable.Range(0, AuditSearch.BlockSize).Select(static i => (long)(i % 300)).ToArray();
        var second = first.Select(static (_, i) => (long)(i / 300)).ToArray();

        sieve.Add(Times, [first, second, new long[AuditSearch.BlockSize]]);

        Assert.All(Enumerable.Range(0, AuditSearch.BlockSize).Where(static i => i % 97 == 0 && i % 300 > 0 && i >= 300), i => Assert.True(sieve.MayHavePair(0, 0, i % 300, i / 300)));
        Assert.InRange(Enumerable.Range(1, 299).Sum(a => Enumerable.Range(219, 30).Count(b => sieve.MayHavePair(0, 0, a, b))), 0, 200);
    }

    [Fact]
    public void Sieve_ALineOfIts_SaysOfEveryColumnWhetherItMayHaveTheValue()
    {
        using var sieve = OpenSieve();
        var some = Enumerable.Range(0, AuditSearch.BlockSize).Select(static i => (long)i % 90).ToArray();
        var others = some.Select(static value => value + 1000).ToArray();
        Span<byte> line = stackalloc byte[IndexSieve.LineSizeInBytes];
        var filter = new byte[IndexSieve.FilterSizeInBytes];

        sieve.Add(Times, [some, others, some]);

        sieve.ReadTexts(0, filter);
        foreach (var value in (int[])[5, 1005])
        {
            sieve.ReadLine(0, isHash: false, value, line);
            Assert.True(line.SequenceEqual(IndexSieve.LineIn(filter, value)));
            Assert.Equal((value == 5, value == 1005), (IndexSieve.MayHave(line, 0, value), IndexSieve.MayHave(line, 1, value)));
        }
    }

    [Fact]
    public void Sieve_OpenedAgain_KnowsTheSameAndNotWhatWasHalfWritten()
    {
        using (var sieve = OpenSieve())
            for (var i = 0; i < 3; i++) sieve.Add(Times, [Block(i), Block(i), Block(i)]);
        // As a crash leaves it that wrote the length and not the content.
        using (var heads = new FileStream(Path.Combine(_folder.FullName, "sieve-heads"), FileMode.Open))
        {
            heads.Position = heads.Length / 3 * 2;
            heads.Write(new byte[heads.Length / 3]);
        }

        using var again = OpenSieve();

        Assert.Equal(2, again.Blocks);
        Assert.Equal((0L, 1L), (again.ConstantIn(0, 1), again.ConstantIn(1, 1)));
        Assert.Equal((Times[0], Times[^1]), again.TimesOf(1));
    }

    [Fact]
    public void Sieve_OfTheFormerForm_IsRemovedAndBegunAnew()
    {
        var former = Path.Combine(_folder.FullName, "sieve");
        File.WriteAllBytes(former, new byte[1_000_000]);

        using var sieve = OpenSieve();

        Assert.False(File.Exists(former));
        Assert.Equal(0, sieve.Blocks);
    }

    [Fact]
    public void Sieve_Truncated_ForgetsTheBlocksBehind()
    {
        using var sieve = OpenSieve();
        for (var i = 0; i < 3; i++) sieve.Add(Times, [Block(0), Block(0), Block(0)]);

        sieve.Truncate(1);

        Assert.Equal(1, sieve.Blocks);
        Assert.True(sieve.MayHave(0, 0, 0));
        Assert.Throws<IOException>(() => sieve.MayHave(1, 0, 0));
    }

    [Theory]
    [InlineData("ALPHA", new[] { 1, 3 })]
    [InlineData("beta\n", new[] { 2 })]
    [InlineData("a\nb", new[] { 2 })]
    [InlineData("T\nb", new int[0])]
    [InlineData("ÜNÏ", new[] { 5 })]
    [InlineData("gamma", new[] { 6 })]
    [InlineData("nowhere", new int[0])]
    public void Words_PartOfAText_IsFoundInThoseThatHaveItAndNotAcrossTwo(string part, int[] expected)
    {
        using var words = new IndexWords(_folder.FullName);
        foreach (var word in (string[])["alpha", "beta\nbeta", "ALPHABET", "b", "ünïcode", "gamma-gamma"]) words.NumberFor(word);

        Assert.Equal(expected, words.FindContaining(part));
    }

    [Fact]
    public void Words_OpenedAgain_HaveTheSameNumbers()
    {
        using (var words = new IndexWords(_folder.FullName))
        {
            Assert.Equal((1, 2, 1), (words.NumberFor("one"), words.NumberFor("t\"w\\o\n"), words.NumberFor("one")));
            words.Write();
        }

        using var again = new IndexWords(_folder.FullName);
        Assert.Equal((1, 2, 3), (again.NumberFor("one"), again.NumberFor("t\"w\\o\n"), again.NumberFor("three")));
        Assert.Equal([2], again.FindContaining("W\\"));
    }

    // Two columns of texts, which are a pair, and one of hashes.
    private IndexSieve OpenSieve() => new(_folder.FullName, 2, [(0, 1)]);

    private static long[] Block(long value) => [.. Enumerable.Repeat(value, AuditSearch.BlockSize)];

    public void Dispose() => _folder.Delete(recursive: true);
}
