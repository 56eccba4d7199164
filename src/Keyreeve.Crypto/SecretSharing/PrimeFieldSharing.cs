using System.Diagnostics.CodeAnalysis;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>Shamir's scheme over the integers modulo a prime; parts are as long as the prime.</summary>
internal sealed class PrimeFieldSharing : SecretSharing
{
    private const int MaxPrimeSizeInBytes = 8 * 1024;

    /// <summary>Beyond the prime's length, so that a reduced random number is uniform but for 2^-128.</summary>
    private const int SurplusRandomInBytes = 16;

    private readonly byte[] _prime;

    public PrimeFieldSharing(ReadOnlySpan<byte> prime)
        : base(MostParts)
    {
        _prime = prime.TrimStart((byte)0).ToArray();
        using var number = BigNumber.From(_prime);
        using var scratch = NumberContextHandle.New();
        if (_prime.Length is 0 or > MaxPrimeSizeInBytes || !scratch.IsPrime(number))
            throw new ArgumentException("The field's size is not a prime of at most 8 KiB.", nameof(prime));
    }

    private protected override SecretShare[] SplitCore(SecretBytes secret, int parts, int threshold)
    {
        using var prime = BigNumber.From(_prime);
        using var scratch = NumberContextHandle.New();
        var coefficients = new List<BigNumber>(threshold);
        try
        {
            coefficients.Add(Number(secret));
            using var most = Number(parts);

            // spec: KMIP 2.1 §13.1 "where Prime Field Size is a prime bigger than 2^L": so are all values of the secret.
            if (prime.Bits <= 8 * secret.LengthInBytes || !most.IsBelow(prime))
            {
                throw new ArgumentException(
                    "The prime is not greater than every secret of this length and the number of parts.", nameof(secret));
            }


            while (coefficients.Count < threshold)
                coefficients.Add(RandomElement(prime, scratch));
            return MakeShares(parts, identifier => Evaluate(coefficients, identifier, prime, scratch));
        }
        finally
        {
            coefficients.ForEach(static number => number.Dispose());
        }
    }

    private protected override bool TryCombineCore(
        IReadOnlyList<SecretShare> shares, int threshold, int secretSizeInBytes, [NotNullWhen(true)] out SecretBytes? secret)
    {
        secret = null;
        using var prime = BigNumber.From(_prime);
        using var scratch = NumberContextHandle.New();
        foreach (var share in shares)
        {
            using var value = Number(share.Value);
            if (!value.IsBelow(prime))
                return false;
        }

        var first = shares.Take(threshold).ToArray();
        foreach (var surplus in shares.Skip(threshold))
        {
            using var expected = Interpolate(first, surplus.Identifier, prime, scratch);
            using var value = Number(surplus.Value);
            if (!expected.IsEqualTo(value))
                return false;
        }

        using var joined = Interpolate(first, at: 0, prime, scratch);
        if (joined.SizeInBytes > secretSizeInBytes)
            return false;
        secret = joined.ToSecret(secretSizeInBytes);
        return true;
    }

    private SecretBytes Evaluate(List<BigNumber> coefficients, int identifier, BigNumber prime, NumberContextHandle scratch)
    {
        using var x = Number(identifier);
        var value = BigNumber.Zero();
        try
        {
            for (var i = coefficients.Count - 1; i >= 0; i--)
            {
                using var raised = MultiplyModulo(value, x, prime, scratch);
                using var sum = NumberContextHandle.Add(raised, coefficients[i]);
                value.Dispose();
                value = scratch.Modulo(sum, prime);
            }

            return value.ToSecret(_prime.Length);
        }
        finally
        {
            value.Dispose();
        }
    }

    private static BigNumber Interpolate(SecretShare[] shares, int at, BigNumber prime, NumberContextHandle scratch)
    {
        var total = BigNumber.Zero();
        foreach (var share in shares)
        {
            using var weight = Weight(shares, share.Identifier, at, prime, scratch);
            using var value = Number(share.Value);
            using var term = MultiplyModulo(value, weight, prime, scratch);
            using var before = total;
            using var sum = NumberContextHandle.Add(before, term);
            total = scratch.Modulo(sum, prime);
        }

        return total;
    }

    /// <summary>Lagrange's coefficient of one share. Nothing in it is secret.</summary>
    private static BigNumber Weight(SecretShare[] shares, int own, int at, BigNumber prime, NumberContextHandle scratch)
    {
        var (numerator, denominator) = (Number(1), Number(1));
        foreach (var other in shares.Select(static share => share.Identifier).Where(other => other != own))
        {
            using var above = Difference(at, other, prime, scratch);
            using var below = Difference(own, other, prime, scratch);
            using var oldNumerator = numerator;
            using var oldDenominator = denominator;
            numerator = MultiplyModulo(oldNumerator, above, prime, scratch);
            denominator = MultiplyModulo(oldDenominator, below, prime, scratch);
        }

        using (numerator)
        using (denominator)
        using (var inverse = scratch.Inverse(denominator, prime)
            ?? throw new ArgumentException("Two parts stand for the same element of the field.", nameof(shares)))
        {
            return MultiplyModulo(numerator, inverse, prime, scratch);
        }
    }

    private static BigNumber Difference(int left, int right, BigNumber prime, NumberContextHandle scratch)
    {
        if (left >= right)
            return Number(left - right);
        using var positive = Number(right - left);
        using var reduced = scratch.Modulo(positive, prime);
        return NumberContextHandle.Subtract(prime, reduced);
    }

    private static BigNumber MultiplyModulo(BigNumber left, BigNumber right, BigNumber prime, NumberContextHandle scratch)
    {
        using var product = scratch.Multiply(left, right);
        return scratch.Modulo(product, prime);
    }

    private static BigNumber RandomElement(BigNumber prime, NumberContextHandle scratch)
    {
        using var bytes = SecretBytes.Random(prime.SizeInBytes + SurplusRandomInBytes);
        using var number = Number(bytes);
        return scratch.Modulo(number, prime);
    }

    private static BigNumber Number(int value) => BigNumber.From((uint)value);

    private static BigNumber Number(SecretBytes secret)
    {
        using var lease = secret.Reveal();
        return BigNumber.From(lease.Span);
    }
}
