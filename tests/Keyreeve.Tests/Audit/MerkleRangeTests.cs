using System.Security.Cryptography;
using System.Text;
using Keyreeve.Core.Audit;
using Xunit;

namespace Keyreeve.Tests.Audit;

public sealed class MerkleRangeTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(100)]
    [InlineData(257)]
    public void ComputeRoot_AnySize_IsTheDefinitionOfRfc6962(int size)
    {
        var leaves = Enumerable.Range(0, size).Select(i => Encoding.ASCII.GetBytes($"leaf {i}")).ToArray();

        Assert.Equal(Definition(leaves), Grow(leaves).ComputeRoot());
    }

    [Fact]
    public void ComputeRoot_KnownTree_IsTheKnownRoot()
    {
        // The reference tree that Certificate Transparency's implementations test with.
        byte[][] leaves = [[], [0], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
            [.. Enumerable.Range(0x50, 8).Select(b => (byte)b)], [.. Enumerable.Range(0x60, 16).Select(b => (byte)b)]];

        Assert.Equal(
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328", Convert.ToHexStringLower(Grow(leaves).ComputeRoot()));
    }

    [Fact]
    public void Restore_FromRoots_GoesOnAsBefore()
    {
        var leaves = Enumerable.Range(0, 45).Select(i => new[] { (byte)i }).ToArray();
        var half = Grow(leaves[..21]);

        var restored = MerkleRange.Restore(half.Size, half.Roots);
        AppendAll(restored, leaves[21..]);

        Assert.Equal(Grow(leaves).ComputeRoot(), restored.ComputeRoot());
    }

    [Fact]
    public void Restore_RootsThatDoNotFitTheSize_Throws() =>
        Assert.Throws<ArgumentException>(() => MerkleRange.Restore(3, Grow([[1]]).Roots));

    private static MerkleRange Grow(byte[][] leaves)
    {
        var range = new MerkleRange();
        AppendAll(range, leaves);
        return range;
    }

    private static void AppendAll(MerkleRange range, byte[][] leaves)
    {
        var hash = new byte[MerkleRange.HashSizeInBytes];
        foreach (var leaf in leaves)
        {
            MerkleRange.HashLeaf(leaf, hash);
            range.Append(hash);
        }
    }

    // spec: RFC 6962 §2.1, written as it stands there
    private static byte[] Definition(byte[][] d)
    {
        if (d.Length == 0) return SHA256.HashData([]);
        if (d.Length == 1) return SHA256.HashData([0, .. d[0]]);
        var k = 1;
        while (k * 2 < d.Length) k *= 2;
        return SHA256.HashData([1, .. Definition(d[..k]), .. Definition(d[k..])]);
    }
}
