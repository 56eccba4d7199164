using System.Diagnostics.CodeAnalysis;

namespace Keyreeve.Crypto;

/// <summary>Shamir's scheme over a field of characteristic two, applied to every element of the secret alike.</summary>
internal sealed class BinaryFieldSharing(IBinaryField field) : SecretSharing(field.NonZeroElements)
{
    private protected override SecretShare[] SplitCore(SecretBytes secret, int parts, int threshold)
    {
        var size = field.ElementSizeInBytes;
        var rowSize = (secret.LengthInBytes + size - 1) / size * size;

        // The coefficients of x, x², … one row behind the other.
        using var coefficients = SecretBytes.Random(checked(rowSize * (threshold - 1)));
        return MakeShares(parts, identifier => SecretBytes.Create(
            rowSize,
            new Polynomial(field, secret, coefficients, identifier),
            static (value, polynomial) => polynomial.Evaluate(value)));
    }

    private protected override bool TryCombineCore(
        IReadOnlyList<SecretShare> shares, int threshold, int secretSizeInBytes, [NotNullWhen(true)] out SecretBytes? secret)
    {
        secret = null;
        var size = field.ElementSizeInBytes;
        if (shares[0].Value.LengthInBytes != (secretSizeInBytes + size - 1) / size * size)
            return false;
        var first = shares.Take(threshold).ToArray();
        foreach (var surplus in shares.Skip(threshold))
        {
            using var expected = Interpolate(first, surplus.Identifier);
            if (!expected.Equals(surplus.Value))
                return false;
        }

        using var row = Interpolate(first, at: 0);
        using var lease = row.Reveal();
        secret = SecretBytes.CopyFrom(lease.Span[..secretSizeInBytes]);
        return true;
    }

    /// <summary>The value at one point of the polynomial that runs through all <paramref name="shares"/>.</summary>
    private SecretBytes Interpolate(SecretShare[] shares, int at) => SecretBytes.Create(
        shares[0].Value.LengthInBytes,
        (field, shares, at),
        static (sum, state) =>
        {
            foreach (var share in state.shares)
            {
                var weight = Weight(state.field, state.shares, share.Identifier, state.at);
                using var weighted = SecretBytes.Create(sum.Length, (state.field, share, weight), static (row, from) =>
                {
                    using var lease = from.share.Value.Reveal();
                    lease.Span.CopyTo(row);
                    from.field.Scale(row, from.weight);
                });
                using var added = weighted.Reveal();
                Lanes.Add(sum, added.Span);
            }
        });

    /// <summary>Lagrange's coefficient of one share: the product of (at - other) / (own - other). Nothing in it is secret.</summary>
    private static int Weight(IBinaryField field, SecretShare[] shares, int own, int at)
    {
        var (numerator, denominator) = (1, 1);
        foreach (var other in shares.Select(static share => share.Identifier).Where(other => other != own))
        {
            numerator = field.Multiply(numerator, at ^ other);
            denominator = field.Multiply(denominator, own ^ other);
        }

        return field.Multiply(numerator, field.Invert(denominator));
    }

    private sealed class Polynomial(IBinaryField field, SecretBytes secret, SecretBytes coefficients, int identifier)
    {
        /// <summary>Horner's rule, from the highest coefficient down to the secret, on all elements at once.</summary>
        public void Evaluate(Span<byte> value)
        {
            using var higher = coefficients.Reveal();
            using var lowest = secret.Reveal();
            for (var start = higher.Span.Length - value.Length; start >= 0; start -= value.Length)
            {
                Lanes.Add(value, higher.Span.Slice(start, value.Length));
                field.Scale(value, identifier);
            }

            Lanes.Add(value[..lowest.Span.Length], lowest.Span);
        }
    }
}
