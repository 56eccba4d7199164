using System.Formats.Asn1;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>The numbers that DSA keys share: a prime, a prime that divides it less one, and a generator. Valid once built.</summary>
public sealed class DsaParameters : IEquatable<DsaParameters>
{
    // Below, nothing that was ever in use; above, computations that take seconds.
    private const int ShortestPrimeInBits = 512;
    private const int LongestPrimeInBits = 4096;
    private const int ShortestDivisorInBits = 160;
    private const int LongestDivisorInBits = 256;

    private readonly byte[] _p;
    private readonly byte[] _q;
    private readonly byte[] _g;

    /// <summary>Takes the numbers, big-endian and unsigned.</summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why. Whether p and q are prime is not looked into:
    /// <see cref="RequirePrimes"/>.</exception>
    // spec: FIPS 186-4 §4.1 "q is a prime divisor of (p – 1) … g is a generator of a subgroup of order q in the multiplicative group of GF(p), such that 1 < g < p"
    public DsaParameters(ReadOnlySpan<byte> p, ReadOnlySpan<byte> q, ReadOnlySpan<byte> g)
    {
        using var prime = BigNumber.From(p);
        using var divisor = BigNumber.From(q);
        using var generator = BigNumber.From(g);
        if (prime.Bits is < ShortestPrimeInBits or > LongestPrimeInBits || divisor.Bits is < ShortestDivisorInBits or > LongestDivisorInBits)
            throw new InvalidKeyException($"DSA has primes of {ShortestPrimeInBits} to {LongestPrimeInBits} bits and divisors of {ShortestDivisorInBits} to {LongestDivisorInBits}.");
        if (!prime.IsOdd || !divisor.IsOdd || generator.Bits < 2 || !generator.IsBelow(prime))
            throw new InvalidKeyException("The parameters are none of DSA.");
        using var context = NumberContextHandle.New();
        using var less = NumberContextHandle.Decrement(prime);
        using var rest = context.Modulo(less, divisor);
        using var power = context.Power(generator, divisor, prime);
        if (!rest.IsZero || !power.IsOne) throw new InvalidKeyException("The generator is not one of the divisor's order.");
        (_p, _q, _g) = (prime.ToPublicBytes(), divisor.ToPublicBytes(), generator.ToPublicBytes());
        (PrimeSizeInBits, DivisorSizeInBits) = (prime.Bits, divisor.Bits);
    }

    /// <summary>Length of p in bits, which counts as the key's.</summary>
    public int PrimeSizeInBits { get; }

    /// <summary>Length of q in bits.</summary>
    public int DivisorSizeInBits { get; }

    /// <summary>p.</summary>
    public ReadOnlySpan<byte> P => _p;

    /// <summary>q.</summary>
    public ReadOnlySpan<byte> Q => _q;

    /// <summary>g.</summary>
    public ReadOnlySpan<byte> G => _g;

    /// <summary>Checks that p and q are prime, which costs some milliseconds.</summary>
    /// <exception cref="InvalidKeyException">One of them is not.</exception>
    public void RequirePrimes()
    {
        using var context = NumberContextHandle.New();
        using var prime = BigNumber.From(_p);
        using var divisor = BigNumber.From(_q);
        if (!context.IsPrime(divisor) || !context.IsPrime(prime)) throw new InvalidKeyException("A number that has to be prime is not.");
    }

    /// <inheritdoc/>
    public bool Equals(DsaParameters? other) => other is not null && P.SequenceEqual(other.P) && Q.SequenceEqual(other.Q) && G.SequenceEqual(other.G);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DsaParameters);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(P);
        hash.AddBytes(G);
        return hash.ToHashCode();
    }

    // Dss-Parms ::= SEQUENCE { p INTEGER, q INTEGER, g INTEGER }   (RFC 3279 §2.3.2)
    internal static DsaParameters Read(ReadOnlySpan<byte> der)
    {
        if (der.IsEmpty) throw new AsnContentException("Parameters that stand elsewhere are not known.");
        var outer = new DerReader(der);
        var sequence = outer.ReadSequence();
        outer.RequireEnd();
        var parameters = new DsaParameters(sequence.ReadUnsigned(), sequence.ReadUnsigned(), sequence.ReadUnsigned());
        sequence.RequireEnd();
        return parameters;
    }

    internal ParameterList ToList() => new ParameterList().AddUnsigned("p"u8, P).AddUnsigned("q"u8, Q).AddUnsigned("g"u8, G);
}
