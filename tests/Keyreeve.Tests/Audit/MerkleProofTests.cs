using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Keyreeve.Core.Audit;
using Xunit;

namespace Keyreeve.Tests.Audit;

public sealed class MerkleProofTests
{
    private const int Largest = 33;

    private static readonly byte[][] Leaves = [.. Enumerable.Range(0, Largest).Select(i => SHA256.HashData([0, .. Encoding.ASCII.GetBytes(i.ToString(CultureInfo.InvariantCulture))]))];

    [Fact]
    public void Inclusion_EveryLeafOfEveryTree_IsProvenAndNothingElse()
    {
        for (var size = 1; size <= Largest; size++)
        {
            var root = Root(0, size);
            for (var index = 0; index < size; index++)
            {
                var path = Nodes(MerkleProof.InclusionRanges(index, size));
                Assert.Equal(ReferencePath(index, 0, size), path.Select(n => Convert.ToHexString(n.Span)));
                Assert.True(MerkleProof.VerifyInclusion(index, size, Leaves[index], path, root));
                // Another leaf, another place, another root, a node changed, one too many, one too few.
                Assert.False(MerkleProof.VerifyInclusion(index, size, Leaves[(index + 1) % Largest], path, root));
                if (size > 1) Assert.False(MerkleProof.VerifyInclusion((index + 1) % size, size, Leaves[index], path, root));
                Assert.False(MerkleProof.VerifyInclusion(index, size, Leaves[index], path, SHA256.HashData(root)));
                for (var i = 0; i < path.Length; i++) Assert.False(MerkleProof.VerifyInclusion(index, size, Leaves[index], [.. path[..i], SHA256.HashData(path[i].Span), .. path[(i + 1)..]], root));
                Assert.False(MerkleProof.VerifyInclusion(index, size, Leaves[index], [.. path, Leaves[0]], root));
                if (path.Length > 0) Assert.False(MerkleProof.VerifyInclusion(index, size, Leaves[index], path[1..], root));
            }
        }
    }

    [Fact]
    public void Consistency_EveryPairOfSizes_IsProvenAndNothingElse()
    {
        for (var size = 1; size <= Largest; size++)
        {
            for (var old = 1; old <= size; old++)
            {
                var path = Nodes(MerkleProof.ConsistencyRanges(old, size));
                Assert.Equal(ReferenceConsistency(old, 0, size, isWhole: true), path.Select(n => Convert.ToHexString(n.Span)));
                Assert.True(MerkleProof.VerifyConsistency(old, Root(0, old), size, Root(0, size), path));
                Assert.False(MerkleProof.VerifyConsistency(old, SHA256.HashData(Root(0, old)), size, Root(0, size), path));
                Assert.False(MerkleProof.VerifyConsistency(old, Root(0, old), size, SHA256.HashData(Root(0, size)), path));
                Assert.False(MerkleProof.VerifyConsistency(old, Root(0, old), size, Root(0, size), [.. path, Leaves[0]]));
                if (path.Length > 0) Assert.False(MerkleProof.VerifyConsistency(old, Root(0, old), size, Root(0, size), path[..^1]));
                for (var i = 0; i < path.Length; i++) Assert.False(MerkleProof.VerifyConsistency(old, Root(0, old), size, Root(0, size), [.. path[..i], SHA256.HashData(path[i].Span), .. path[(i + 1)..]]));
            }
        }
    }

    [Theory]
    [InlineData(-1, 4)]
    [InlineData(4, 4)]
    [InlineData(0, 0)]
    public void Inclusion_PlaceOutsideTheTree_IsFalse(long index, long size) => Assert.False(MerkleProof.VerifyInclusion(index, size, Leaves[0], [], Leaves[0]));

    [Theory]
    [InlineData(0, 4)]
    [InlineData(5, 4)]
    public void Consistency_SizesThatDoNotGrow_IsFalse(long old, long size) => Assert.False(MerkleProof.VerifyConsistency(old, Leaves[0], size, Leaves[0], []));

    private static ReadOnlyMemory<byte>[] Nodes(IEnumerable<(long From, long To)> ranges) => [.. ranges.Select(r => (ReadOnlyMemory<byte>)Root((int)r.From, (int)r.To))];

    // spec: RFC 6962 §2.1, word for word, and not the code that is tested.
    private static byte[] Root(int from, int to)
    {
        if (to - from == 1) return Leaves[from];
        var k = Half(to - from);
        return SHA256.HashData([1, .. Root(from, from + k), .. Root(from + k, to)]);
    }

    private static IEnumerable<string> ReferencePath(int m, int from, int to)
    {
        if (to - from == 1) return [];
        var k = Half(to - from);
        return m < from + k
            ? [.. ReferencePath(m, from, from + k), Convert.ToHexString(Root(from + k, to))]
            : [.. ReferencePath(m, from + k, to), Convert.ToHexString(Root(from, from + k))];
    }

    private static IEnumerable<string> ReferenceConsistency(int m, int from, int to, bool isWhole)
    {
        if (m == to - from) return isWhole ? [] : [Convert.ToHexString(Root(from, to))];
        var k = Half(to - from);
        return m <= k
            ? [.. ReferenceConsistency(m, from, from + k, isWhole), Convert.ToHexString(Root(from + k, to))]
            : [.. ReferenceConsistency(m - k, from + k, to, isWhole: false), Convert.ToHexString(Root(from, from + k))];
    }

    private static int Half(int n)
    {
        var k = 1;
        while (k * 2 < n) k *= 2;
        return k;
    }
}
