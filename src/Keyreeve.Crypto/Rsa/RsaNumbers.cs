using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>The eight numbers of a private RSA key, complete.</summary>
internal sealed class RsaNumbers : IDisposable
{
    public required BigNumber Modulus { get; init; }

    public required BigNumber PublicExponent { get; init; }

    public required BigNumber PrivateExponent { get; init; }

    public required BigNumber Prime1 { get; init; }

    public required BigNumber Prime2 { get; init; }

    public required BigNumber Exponent1 { get; init; }

    public required BigNumber Exponent2 { get; init; }

    public required BigNumber Coefficient { get; init; }

    public static RsaNumbers From(RsaPrivateKeySpans spans) => new()
    {
        Modulus = BigNumber.From(spans.Modulus),
        PublicExponent = BigNumber.From(spans.PublicExponent),
        PrivateExponent = BigNumber.From(spans.PrivateExponent),
        Prime1 = BigNumber.From(spans.Prime1),
        Prime2 = BigNumber.From(spans.Prime2),
        Exponent1 = BigNumber.From(spans.Exponent1),
        Exponent2 = BigNumber.From(spans.Exponent2),
        Coefficient = BigNumber.From(spans.Coefficient),
    };

    public static RsaNumbers From(KeyHandle key) => new()
    {
        Modulus = NativeKey.GetNumber(key, "n"),
        PublicExponent = NativeKey.GetNumber(key, "e"),
        PrivateExponent = NativeKey.GetNumber(key, "d"),
        Prime1 = NativeKey.GetNumber(key, "rsa-factor1"),
        Prime2 = NativeKey.GetNumber(key, "rsa-factor2"),
        Exponent1 = NativeKey.GetNumber(key, "rsa-exponent1"),
        Exponent2 = NativeKey.GetNumber(key, "rsa-exponent2"),
        Coefficient = NativeKey.GetNumber(key, "rsa-coefficient1"),
    };

    /// <summary>Makes the key that OpenSSL computes with.</summary>
    /// <exception cref="InvalidKeyException">OpenSSL refused the numbers.</exception>
    public KeyHandle ToNativeKey()
    {
        using var parameters = new ParameterList()
            .AddUnsigned("n"u8, Modulus)
            .AddUnsigned("e"u8, PublicExponent)
            .AddUnsigned("d"u8, PrivateExponent)
            .AddUnsigned("rsa-factor1"u8, Prime1)
            .AddUnsigned("rsa-factor2"u8, Prime2)
            .AddUnsigned("rsa-exponent1"u8, Exponent1)
            .AddUnsigned("rsa-exponent2"u8, Exponent2)
            .AddUnsigned("rsa-coefficient1"u8, Coefficient);
        return NativeKey.TryFromParameters("RSA", isPrivate: true, parameters, out var handle)
            ? handle
            : throw new InvalidKeyException("OpenSSL refused the RSA key.");
    }

    /// <summary>Checks that the numbers are one key.</summary>
    /// <param name="testPrimality">Whether to test that the primes are prime, which takes most of the time.</param>
    /// <exception cref="InvalidKeyException">They are not.</exception>
    // spec: SP 800-56B Rev. 2 §6.4.1.2 "n = pq", "the key-pair owner … ensures that (de) mod lcm(p-1, q-1) = 1"
    public void RequireConsistent(bool testPrimality)
    {
        using var context = NumberContextHandle.New();
        using var product = context.Multiply(Prime1, Prime2);
        if (!product.IsEqualTo(Modulus) || Prime1.IsEqualTo(Prime2))
            throw Mismatch("the modulus is not the product of two different primes");
        if (!PrivateExponent.IsBelow(Modulus))
            throw Mismatch("the private exponent is not below the modulus");
        RequireExponents(context, Prime1, Exponent1);
        RequireExponents(context, Prime2, Exponent2);
        using var expected = context.Inverse(Prime2, Prime1);
        if (expected is null || !expected.IsEqualTo(Coefficient))
            throw Mismatch("the coefficient is not the inverse of the second prime");
        if (testPrimality && !(context.IsPrime(Prime1) && context.IsPrime(Prime2)))
            throw Mismatch("a factor of the modulus is not prime");
    }

    public void Dispose()
    {
        Modulus.Dispose();
        PublicExponent.Dispose();
        PrivateExponent.Dispose();
        Prime1.Dispose();
        Prime2.Dispose();
        Exponent1.Dispose();
        Exponent2.Dispose();
        Coefficient.Dispose();
    }

    private static InvalidKeyException Mismatch(string reason) => new($"The numbers of the RSA key do not fit together: {reason}.");

    // For each prime: e·d ≡ 1 mod (prime - 1), and the prime's exponent is d mod (prime - 1).
    private void RequireExponents(NumberContextHandle context, BigNumber prime, BigNumber exponent)
    {
        if (prime.Bits < 2 || !prime.IsOdd)
            throw Mismatch("a factor of the modulus is not an odd prime");
        using var order = NumberContextHandle.Decrement(prime);
        using var reduced = context.Modulo(PrivateExponent, order);
        using var product = context.Multiply(reduced, PublicExponent);
        using var one = context.Modulo(product, order);
        if (!one.IsOne)
            throw Mismatch("the private exponent does not undo the public exponent");
        if (!reduced.IsEqualTo(exponent))
            throw Mismatch("an exponent for a prime is not the private exponent's");
    }
}
