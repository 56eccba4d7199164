using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>Computes the numbers of a private RSA key that are missing. It does not check those that are there.</summary>
internal static class RsaCompletion
{
    // What RSA keys have as public exponent; F4 first, since nearly all have it.
    private static readonly uint[] UsualExponents = [65537, 3, 17, 5, 257];

    // Each base splits the modulus with a chance of at least one half.
    private static readonly uint[] Bases = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83];

    /// <summary>Gives all eight numbers.</summary>
    /// <exception cref="InvalidKeyException">Too little is given, or no primes can be found.</exception>
    public static RsaNumbers Complete(RsaPrivateComponents given)
    {
        RequireSane(given);
        using var context = NumberContextHandle.New();
        var modulus = BigNumber.From(given.Modulus);
        var (first, second) = (Number(given.Prime1), Number(given.Prime2));
        var exponent = Number(given.PrivateExponent);
        if (exponent is null && (first is null || second is null))
            throw new InvalidKeyException("An RSA private key needs its private exponent or both primes.");
        var publicExponent = given.PublicExponent is { } e ? BigNumber.From(e) : FindPublicExponent(context, modulus, exponent);
        if (first is null && second is null)
        {
            (first, second) = Factor(context, modulus, publicExponent, exponent!);
            if (!IsTheirOrder(context, first, second, exponent!, given))
                (first, second) = (second, first);
        }

        // One prime tells the other; whether it divides the modulus is found out with the rest.
        first ??= DivideByPrime(context, modulus, second!);
        second ??= DivideByPrime(context, modulus, first);
        using var firstOrder = NumberContextHandle.Decrement(first);
        using var secondOrder = NumberContextHandle.Decrement(second);
        exponent ??= InvertExponent(context, publicExponent, firstOrder, secondOrder);
        return new RsaNumbers
        {
            Modulus = modulus,
            PublicExponent = publicExponent,
            PrivateExponent = exponent,
            Prime1 = first,
            Prime2 = second,
            Exponent1 = Number(given.Exponent1) ?? context.Modulo(exponent, firstOrder),
            Exponent2 = Number(given.Exponent2) ?? context.Modulo(exponent, secondOrder),
            Coefficient = Number(given.Coefficient) ?? context.Inverse(second, first)
                ?? throw new InvalidKeyException("The primes of the RSA key have a common factor."),
        };
    }

    // Before arithmetic with them: nothing in a key is longer than its modulus, and nothing is 0 or a prime 1.
    private static void RequireSane(RsaPrivateComponents given)
    {
        foreach (var secret in (SecretBytes?[])
                 [
                     given.PrivateExponent, given.Prime1, given.Prime2, given.Exponent1, given.Exponent2, given.Coefficient,
                 ])
        {
            using var number = secret is null || secret.LengthInBytes > given.Modulus.Length + 1 ? null : Number(secret);
            if (secret is not null && (number is null || number.IsZero))
                throw new InvalidKeyException("A number of the RSA key is zero, or longer than its modulus.");
            if (number is { IsOne: true } && (ReferenceEquals(secret, given.Prime1) || ReferenceEquals(secret, given.Prime2)))
                throw new InvalidKeyException("A prime of the RSA key is one.");
        }
    }

    private static BigNumber? Number(SecretBytes? secret)
    {
        if (secret is null)
            return null;
        using var lease = secret.Reveal();
        return BigNumber.From(lease.Span);
    }

    // The exponent e is right when (2^d)^e = 2 mod n.
    private static BigNumber FindPublicExponent(NumberContextHandle context, BigNumber modulus, BigNumber? exponent)
    {
        if (exponent is null)
            throw new InvalidKeyException("An RSA private key without its public exponent needs its private exponent.");
        using var two = BigNumber.From(2);
        using var signed = context.Power(two, exponent, modulus);
        foreach (var candidate in UsualExponents)
        {
            var number = BigNumber.From(candidate);
            using var back = context.Power(signed, number, modulus);
            if (back.IsEqualTo(two))
                return number;
            number.Dispose();
        }

        throw new InvalidKeyException("The RSA private key does not tell its public exponent, and it is none of the usual ones.");
    }

    // Found primes come in either order; a number given for one of them says which is the first.
    private static bool IsTheirOrder(
        NumberContextHandle context, BigNumber first, BigNumber second, BigNumber exponent, RsaPrivateComponents given)
    {
        using var firstExponent = Number(given.Exponent1);
        using var secondExponent = Number(given.Exponent2);
        using var coefficient = Number(given.Coefficient);
        using var inverse = coefficient is null ? null : context.Inverse(second, first);
        return Is(firstExponent, first) && Is(secondExponent, second)
            && (coefficient is null || (inverse is not null && inverse.IsEqualTo(coefficient)));

        bool Is(BigNumber? number, BigNumber prime)
        {
            if (number is null)
                return true;
            using var order = NumberContextHandle.Decrement(prime);
            using var reduced = context.Modulo(exponent, order);
            return reduced.IsEqualTo(number);
        }
    }

    private static BigNumber DivideByPrime(NumberContextHandle context, BigNumber modulus, BigNumber prime)
    {
        var quotient = context.Divide(modulus, prime);
        if (quotient.Bits > 1)
            return quotient;
        quotient.Dispose();
        throw new InvalidKeyException("A prime of the RSA key is its modulus.");
    }

    private static BigNumber InvertExponent(
        NumberContextHandle context, BigNumber publicExponent, BigNumber firstOrder, BigNumber secondOrder)
    {
        using var product = context.Multiply(firstOrder, secondOrder);
        using var common = context.GreatestCommonDivisor(firstOrder, secondOrder);
        using var leastMultiple = context.Divide(product, common);
        return context.Inverse(publicExponent, leastMultiple)
            ?? throw new InvalidKeyException("The RSA public exponent does not suit the primes.");
    }

    // SP 800-56B Rev. 2, appendix C: e·d - 1 = 2^t · r; a square root of 1 other than ±1 shares a factor with n.
    private static (BigNumber First, BigNumber Second) Factor(
        NumberContextHandle context, BigNumber modulus, BigNumber publicExponent, BigNumber exponent)
    {
        using var product = context.Multiply(publicExponent, exponent);
        if (product.IsZero || !product.IsOdd)
            throw new InvalidKeyException("The exponents of the RSA key do not belong together.");
        var odd = NumberContextHandle.Decrement(product);
        var twos = 0;
        for (; !odd.IsZero && !odd.IsOdd; twos++)
            LibCrypto.Require(LibCrypto.NumberHalve(odd, odd));
        using (odd)
        {
            foreach (var value in Bases)
            {
                using var number = BigNumber.From(value);
                var root = context.Power(number, odd, modulus);
                if (TrySplit(context, modulus, ref root, twos) is { } first)
                    return (first, context.Divide(modulus, first));
            }
        }

        throw new InvalidKeyException("The exponents of the RSA key do not belong to its modulus.");
    }

    private static BigNumber? TrySplit(NumberContextHandle context, BigNumber modulus, ref BigNumber root, int twos)
    {
        using var minusOne = NumberContextHandle.Decrement(modulus);
        try
        {
            for (var i = 0; i < twos && !root.IsOne && !root.IsEqualTo(minusOne); i++)
            {
                using var product = context.Multiply(root, root);
                var square = context.Modulo(product, modulus);
                if (square.IsOne)
                {
                    square.Dispose();
                    using var difference = NumberContextHandle.Decrement(root);
                    return context.GreatestCommonDivisor(difference, modulus);
                }

                root.Dispose();
                root = square;
            }

            return null;
        }
        finally
        {
            root.Dispose();
        }
    }
}
