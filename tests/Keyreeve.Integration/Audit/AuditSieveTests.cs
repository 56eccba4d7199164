using Keyreeve.Core.Audit.Indexing;
using Xunit;

namespace Keyreeve.Integration.Audit;

/// <summary>What an index says of texts and of blocks must never be "not here" where it is.</summary>
public sealed class AuditSieveTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("keyreeve-sieve-");

    [Fact]
    public void Sieve_WhateverIsInABlock_MayBeThereAndTheRestMostlyMayNot()
    {
        using var sieve = new IndexSieve(_folder.FullName);
        var ids = Enumerable.Range(0, AuditSearch.BlockSize).Select(static i => (long)i * 7919).ToArray();
        var few = ids.Select(static (_, i) => (long)(i % 5)).ToArray();
        var one = ids.Select(static _ => 42L).ToArray();

        sieve.Add([ids, few, one]);

        Assert.Equal(1, sieve.Blocks);
        Assert.All(ids.Where(static (_, i) => i % 97 == 0), id => Assert.True(sieve.MayHave(0, 0, id)));
        Assert.All(few.Take(5), value => Assert.True(sieve.MayHave(0, 1, value)));
        Assert.Equal((IndexSieve.NotConstant, IndexSieve.NotConstant, 42L), (sieve.ConstantIn(0, 0), sieve.ConstantIn(0, 1), sieve.ConstantIn(0, 2)));
        Assert.InRange(Enumerable.Range(0, 10_000).Count(i => sieve.MayHave(0, 0, -1 - i)), 0, 200);
        Assert.False(sieve.MayHave(0, 2, 41));
    }

    [Fact]
    public void Sieve_Truncated_ForgetsTheBlocksBehind()
    {
        using var sieve = new IndexSieve(_folder.FullName);
        var block = new long[AuditSearch.BlockSize];
        for (var i = 0; i < 3; i++) sieve.Add([block]);

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

    public void Dispose() => _folder.Delete(recursive: true);
}
