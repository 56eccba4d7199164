using System.Diagnostics.CodeAnalysis;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  Secret sharing
//
//  References
//      A. Shamir  How to share a secret, Communications of the ACM 22 (1979) 612
//      KMIP 2.1 §2.8 Split Key, §13.1 Split Key Algorithms
//
//  Sizes
//      Secret      1 byte to 64 KiB
//      Parts       2 and more; at most 255 over GF(2^8), 65,535 otherwise
//      Threshold   2 and more, at most the number of parts; with XOR exactly the number of parts
//
//  A part is the value at x = its identifier of a polynomial whose value at 0 is the secret and whose other coefficients
//  are random. Fewer parts than the threshold tell nothing but the secret's length.
//
//  Identifiers are public, the bytes are not: no table is looked up and no branch taken by anything secret.
//

/// <summary>Splits a secret into parts of which some number, the threshold, gives it back. Thread safe.</summary>
public abstract class SecretSharing
{
    /// <summary>The longest secret that can be split, in bytes.</summary>
    public const int MaxSecretSizeInBytes = 64 * 1024;

    private protected const int MostParts = 65_535;

    private protected SecretSharing(int maxParts) => MaxParts = maxParts;

    /// <summary>All parts are needed; the secret is their exclusive or.</summary>
    public static SecretSharing Xor { get; } = new XorSharing();

    /// <summary>Shamir's scheme over GF(2^8) with x^8+x^4+x^3+x^2+1, byte by byte; at most 255 parts.</summary>
    /// <remarks>
    /// KMIP up to 2.1 names the method without saying by which polynomial; this one (KMIP 3.0: Polynomial-285) is what the
    /// parts in OASIS' own test cases (TC-SJ-2) were made with, and that of other sharing programs.
    /// </remarks>
    public static SecretSharing PolynomialGf256 { get; } = new BinaryFieldSharing(new Gf256(0x11d));

    /// <summary>The same with x^8+x^4+x^3+x+1, the polynomial of AES (KMIP 3.0: Polynomial-283).</summary>
    public static SecretSharing PolynomialGf256OfAes { get; } = new BinaryFieldSharing(new Gf256(0x11b));

    /// <summary>Shamir's scheme over KMIP's GF(2^16), two bytes at a time; an odd last byte is followed by a zero.</summary>
    public static SecretSharing PolynomialGf65536 { get; } = new BinaryFieldSharing(new Gf65536());

    /// <summary>The most parts a secret can be split into.</summary>
    public int MaxParts { get; }

    /// <summary>Shamir's scheme over the integers modulo a prime; a secret is one number.</summary>
    /// <param name="prime">The prime, big-endian; greater than every secret and than the number of parts.</param>
    /// <exception cref="ArgumentException">It is not prime, or longer than 8 KiB.</exception>
    public static SecretSharing PolynomialPrimeField(ReadOnlySpan<byte> prime) => new PrimeFieldSharing(prime);

    /// <summary>Whether a number is prime, as the size of a prime field has to be; wrong with a probability below 2^-128.</summary>
    /// <param name="number">The number, big-endian.</param>
    public static bool IsPrime(ReadOnlySpan<byte> number)
    {
        using var candidate = BigNumber.From(number);
        using var scratch = NumberContextHandle.New();
        return scratch.IsPrime(candidate);
    }

    /// <summary>Splits <paramref name="secret"/>; the caller disposes every part.</summary>
    /// <param name="secret">From 1 byte to 64 KiB.</param>
    /// <param name="parts">How many parts to make, from 2 to <see cref="MaxParts"/>.</param>
    /// <param name="threshold">How many of them give the secret back, from 2 to <paramref name="parts"/>.</param>
    /// <returns>The parts 1, 2, 3 and so on.</returns>
    /// <exception cref="ArgumentException">A number is out of range, or the secret does not fit into the field.</exception>
    /// <exception cref="ObjectDisposedException">The secret was disposed.</exception>
    public SecretShare[] Split(SecretBytes secret, int parts, int threshold)
    {
        ArgumentNullException.ThrowIfNull(secret);
        ArgumentOutOfRangeException.ThrowIfZero(secret.LengthInBytes, nameof(secret));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(secret.LengthInBytes, MaxSecretSizeInBytes, nameof(secret));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(parts, MaxParts);
        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threshold, parts);
        return SplitCore(secret, parts, threshold);
    }

    /// <summary>Puts a secret together; the caller disposes it.</summary>
    /// <param name="shares">At least as many different parts as the threshold, in any order.</param>
    /// <param name="threshold">The threshold the secret was split with.</param>
    /// <param name="secretSizeInBytes">Length of the secret: not every method's parts are as long as it.</param>
    /// <param name="secret">The secret. Parts of another secret cannot be told apart: only surplus parts are checked.</param>
    /// <returns>False when parts do not belong together: surplus parts contradict, or the result is longer than said.</returns>
    /// <exception cref="ArgumentException">
    /// There are too few parts, one twice, or of different lengths, or an identifier no part of this method can have.
    /// </exception>
    /// <exception cref="ObjectDisposedException">A part was disposed.</exception>
    public bool TryCombine(
        IReadOnlyList<SecretShare> shares,
        int threshold,
        int secretSizeInBytes,
        [NotNullWhen(true)] out SecretBytes? secret)
    {
        ArgumentNullException.ThrowIfNull(shares);
        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(secretSizeInBytes, 1);
        if (shares.Count < threshold)
            throw new ArgumentException($"{threshold} parts are needed, {shares.Count} were given.", nameof(shares));
        var seen = new HashSet<int>();
        foreach (var share in shares)
        {
            if (share.Identifier > MaxParts || !seen.Add(share.Identifier))
                throw new ArgumentException("A part was given twice, or is none of this method.", nameof(shares));
            if (share.Value.LengthInBytes != shares[0].Value.LengthInBytes)
                throw new ArgumentException("The parts have different lengths.", nameof(shares));
        }

        return TryCombineCore(shares, threshold, secretSizeInBytes, out secret);
    }

    private protected abstract SecretShare[] SplitCore(SecretBytes secret, int parts, int threshold);

    private protected abstract bool TryCombineCore(
        IReadOnlyList<SecretShare> shares, int threshold, int secretSizeInBytes, [NotNullWhen(true)] out SecretBytes? secret);

    /// <summary>Makes all parts, or, when one cannot be made, none.</summary>
    private protected static SecretShare[] MakeShares(int parts, Func<int, SecretBytes> make)
    {
        var shares = new List<SecretShare>(parts);
        try
        {
            for (var identifier = 1; identifier <= parts; identifier++)
                shares.Add(new SecretShare(identifier, make(identifier)));
            return [.. shares];
        }
        catch
        {
            shares.ForEach(static share => share.Dispose());
            throw;
        }
    }
}
