using System.Diagnostics.CodeAnalysis;

namespace Keyreeve.Crypto;

/// <summary>Parts whose exclusive or is the secret.</summary>
internal sealed class XorSharing() : SecretSharing(MostParts)
{
    private protected override SecretShare[] SplitCore(SecretBytes secret, int parts, int threshold)
    {
        // spec: KMIP 2.1 §13.1 "The number of split keys is Split Key Parts (identical to Split Key Threshold)"
        if (threshold != parts)
            throw new ArgumentException("With XOR every part is needed.", nameof(threshold));
        using var rest = new Accumulator(secret);
        return MakeShares(parts, identifier => identifier == parts ? rest.Take() : rest.AddRandom());
    }

    private protected override bool TryCombineCore(
        IReadOnlyList<SecretShare> shares, int threshold, int secretSizeInBytes, [NotNullWhen(true)] out SecretBytes? secret)
    {
        secret = null;
        if (shares.Count != threshold || shares[0].Value.LengthInBytes != secretSizeInBytes)
            return false;
        secret = SecretBytes.Create(secretSizeInBytes, shares, static (sum, all) =>
        {
            foreach (var share in all)
            {
                using var lease = share.Value.Reveal();
                Lanes.Add(sum, lease.Span);
            }
        });
        return true;
    }

    /// <summary>What the last part has to be, after the random ones before it.</summary>
    private sealed class Accumulator(SecretBytes secret) : IDisposable
    {
        private SecretBytes _sum = secret.Clone();

        public SecretBytes AddRandom()
        {
            var part = SecretBytes.Random(_sum.LengthInBytes);
            var sum = SecretBytes.Create(_sum.LengthInBytes, (_sum, part), static (bytes, from) =>
            {
                using var before = from._sum.Reveal();
                using var added = from.part.Reveal();
                before.Span.CopyTo(bytes);
                Lanes.Add(bytes, added.Span);
            });
            _sum.Dispose();
            _sum = sum;
            return part;
        }

        public SecretBytes Take() => _sum.Clone();

        public void Dispose() => _sum.Dispose();
    }
}
