using System.Numerics;
using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>What the two operations on split keys have in common: methods, fields and their limits.</summary>
internal static class SplitKeys
{
    /// <summary>Multiplications in the field that one request may cost: 255 parts of 255 for a key of 4096 bits.</summary>
    private const long MostWork = 1L << 25;

    private const int ShortestNumberInBytes = 64;

    /// <summary>The longest prime that is tested for being one: with its length the time for that grows to minutes.</summary>
    private const int LongestPrimeInBytes = 513;

    /// <summary>The longest secret for which the server finds a prime itself.</summary>
    private const int LongestForOwnPrimeInBytes = 128;

    /// <summary>Checks the fields of a part that is registered.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>, <see cref="KeyreeveError.MissingField"/>.</exception>
    public static void Check(SplitKeyDescription split)
    {
        CheckNumbers(split.Parts, split.Threshold, split.Method);
        // spec: KMIP 2.1 §2.8 "SHALL be at least 1 and SHALL be less than or equal to Split Key Parts"
        if (split.PartIdentifier < 1 || split.PartIdentifier > split.Parts)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"There is no part {split.PartIdentifier} of {split.Parts}.");
        if (split.Method == SplitKeyMethod.PolynomialSharingPrimeField && split.PrimeFieldSize is null)
            throw new KeyreeveException(KeyreeveError.MissingField, "Polynomial Sharing Prime Field needs a Prime Field Size.");
    }

    /// <summary>Checks the numbers of a split.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>.</exception>
    public static void CheckNumbers(int parts, int threshold, SplitKeyMethod method)
    {
        if (!Enum.IsDefined(method) || method == SplitKeyMethod.NotSet)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"The Split Key Method {(uint)method} is not supported.");
        if (threshold < 2 || threshold > parts)
            throw new KeyreeveException(KeyreeveError.InvalidField, "The Split Key Threshold is at least 2 and at most the number of Split Key Parts.");
        if (method == SplitKeyMethod.Xor && threshold != parts)
            throw new KeyreeveException(KeyreeveError.InvalidField, "With XOR the Split Key Threshold is the number of Split Key Parts.");
        if (method == SplitKeyMethod.PolynomialSharingGf256 && parts > 255)
            throw new KeyreeveException(KeyreeveError.InvalidField, "Over GF(2^8) there are at most 255 Split Key Parts.");
        if (parts > 65_535)
            throw new KeyreeveException(KeyreeveError.InvalidField, "There are at most 65,535 Split Key Parts.");
    }

    /// <summary>Refuses what would keep the server busy for minutes.</summary>
    /// <returns>What it costs, for <see cref="RequestWork"/>.</returns>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>.</exception>
    public static long CheckWork(int lengthInBytes, long parts, int threshold, BigInteger? prime)
    {
        // Numbers of a prime field are as long as the prime, and the shortest take some time too.
        var number = prime is { Sign: > 0 } size ? Math.Max(Math.Max(lengthInBytes, ShortestNumberInBytes), size.GetByteCount(isUnsigned: true)) : lengthInBytes;
        if (lengthInBytes > SecretSharing.MaxSecretSizeInBytes || number * parts * threshold > MostWork)
            throw new KeyreeveException(KeyreeveError.InvalidField, "The key is too long to be split into so many parts.");
        return RequestWork.Parts(number * parts * threshold, 0);
    }

    /// <summary>The arithmetic of a method.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: the field's size is no prime.</exception>
    public static SecretSharing SharingOf(SplitKeyMethod method, SplitKeyPolynomial polynomial, BigInteger? prime)
    {
        switch (method)
        {
            case SplitKeyMethod.Xor:
                return SecretSharing.Xor;
            case SplitKeyMethod.PolynomialSharingGf65536:
                return SecretSharing.PolynomialGf65536;
            case SplitKeyMethod.PolynomialSharingGf256:
                return polynomial == SplitKeyPolynomial.Polynomial283 ? SecretSharing.PolynomialGf256OfAes : SecretSharing.PolynomialGf256;
            default:
                if (prime is not { Sign: > 0 } size)
                    throw new KeyreeveException(KeyreeveError.MissingField, "Polynomial Sharing Prime Field needs a Prime Field Size.");
                if (size.GetByteCount(isUnsigned: true) > LongestPrimeInBytes)
                    throw new KeyreeveException(KeyreeveError.InvalidField, $"A Prime Field Size has at most {LongestPrimeInBytes} bytes.");
                try
                {
                    return SecretSharing.PolynomialPrimeField(size.ToByteArray(isUnsigned: true, isBigEndian: true));
                }
                catch (ArgumentException refused)
                {
                    throw new KeyreeveException(KeyreeveError.InvalidField, "The Prime Field Size is not prime, or too long.", refused);
                }
        }
    }

    /// <summary>A prime for secrets of a length, for who asks for that method without naming one: the first after 2^L.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.MissingField"/>: the secret is too long for that.</exception>
    public static BigInteger PrimeFor(int lengthInBytes)
    {
        if (lengthInBytes > LongestForOwnPrimeInBytes)
            throw new KeyreeveException(KeyreeveError.MissingField, $"For keys of more than {LongestForOwnPrimeInBytes * 8} bits, state a Prime Field Size.");
        var candidate = (BigInteger.One << (8 * lengthInBytes)) + 1;
        while (!SecretSharing.IsPrime(candidate.ToByteArray(isUnsigned: true, isBigEndian: true))) candidate += 2;
        return candidate;
    }
}
