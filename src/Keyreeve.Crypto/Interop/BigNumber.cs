using System.Runtime.InteropServices;

namespace Keyreeve.Crypto.Interop;

/// <summary>A non-negative BIGNUM: wiped when freed, and marked so that OpenSSL computes with it in constant time.</summary>
internal sealed class BigNumber : SafeHandle
{
    private const int FlagConstantTime = 0x04;

    public BigNumber()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    public int Bits => LibCrypto.NumberBits(this);

    public int SizeInBytes => (Bits + 7) / 8;

    public bool IsZero => Bits == 0;

    public bool IsOne => Bits == 1;

    public bool IsOdd => LibCrypto.NumberIsBitSet(this, 0) == 1;

    public static BigNumber Zero()
    {
        var number = LibCrypto.Require(LibCrypto.NumberNew());
        LibCrypto.NumberSetFlags(number, FlagConstantTime);
        return number;
    }

    public static unsafe BigNumber From(ReadOnlySpan<byte> bigEndian)
    {
        var number = Zero();
        fixed (byte* bytes = bigEndian)
        {
            if (LibCrypto.NumberFromBytes(bytes, bigEndian.Length, number) == 0)
                throw LibCrypto.Failure();
        }

        return number;
    }

    public static BigNumber From(uint value) =>
        From([(byte)(value >> 24), (byte)((value >> 16) & 0xff), (byte)((value >> 8) & 0xff), (byte)(value & 0xff)]);

    public bool IsBelow(BigNumber other) => LibCrypto.NumberCompare(this, other) < 0;

    public bool IsEqualTo(BigNumber other) => LibCrypto.NumberCompare(this, other) == 0;

    /// <summary>Writes the number big-endian, with zeros in front.</summary>
    public unsafe void WriteTo(Span<byte> destination)
    {
        fixed (byte* bytes = destination)
        {
            if (LibCrypto.NumberToBytes(this, bytes, destination.Length) != destination.Length)
                throw LibCrypto.Failure();
        }
    }

    /// <summary>The number big-endian, without zeros in front.</summary>
    public byte[] ToPublicBytes()
    {
        var bytes = new byte[SizeInBytes];
        WriteTo(bytes);
        return bytes;
    }

    /// <summary>The number big-endian, without zeros in front, as a secret.</summary>
    public SecretBytes ToSecret() => ToSecret(SizeInBytes);

    /// <summary>The number big-endian and of a fixed length, as a secret.</summary>
    public SecretBytes ToSecret(int lengthInBytes) =>
        SecretBytes.Create(lengthInBytes, this, static (bytes, number) => number.WriteTo(bytes));

    protected override bool ReleaseHandle()
    {
        LibCrypto.NumberFree(handle);
        return true;
    }
}

/// <summary>Scratch memory (BN_CTX) with the arithmetic that needs it. Not thread safe.</summary>
internal sealed class NumberContextHandle : SafeHandle
{
    public NumberContextHandle()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    public static NumberContextHandle New() => LibCrypto.Require(LibCrypto.NumberContextNew());

    public BigNumber Multiply(BigNumber left, BigNumber right)
    {
        var result = BigNumber.Zero();
        LibCrypto.Require(LibCrypto.NumberMultiply(result, left, right, this));
        return result;
    }

    public static BigNumber Add(BigNumber left, BigNumber right)
    {
        var result = BigNumber.Zero();
        LibCrypto.Require(LibCrypto.NumberAdd(result, left, right));
        return result;
    }

    /// <summary>The difference of two numbers of which the first is not the smaller.</summary>
    public static BigNumber Subtract(BigNumber left, BigNumber right)
    {
        var result = BigNumber.Zero();
        LibCrypto.Require(LibCrypto.NumberSubtract(result, left, right));
        return result;
    }

    public BigNumber Modulo(BigNumber number, BigNumber divisor)
    {
        var result = BigNumber.Zero();
        LibCrypto.Require(LibCrypto.NumberModulo(0, result, number, divisor, this));
        return result;
    }

    /// <summary>The quotient; the remainder is dropped.</summary>
    public BigNumber Divide(BigNumber number, BigNumber divisor)
    {
        var result = BigNumber.Zero();
        using var remainder = BigNumber.Zero();
        LibCrypto.Require(LibCrypto.NumberDivide(result, remainder, number, divisor, this));
        return result;
    }

    public BigNumber Power(BigNumber number, BigNumber exponent, BigNumber modulus)
    {
        var result = BigNumber.Zero();
        LibCrypto.Require(LibCrypto.NumberPower(result, number, exponent, modulus, this, 0));
        return result;
    }

    /// <summary>The inverse, or null when there is none.</summary>
    public BigNumber? Inverse(BigNumber number, BigNumber modulus)
    {
        var result = BigNumber.Zero();
        if (LibCrypto.NumberInverse(result, number, modulus, this) != 0)
            return result;
        LibCrypto.ClearErrors();
        result.Dispose();
        return null;
    }

    public BigNumber GreatestCommonDivisor(BigNumber left, BigNumber right)
    {
        var result = BigNumber.Zero();
        LibCrypto.Require(LibCrypto.NumberGreatestCommonDivisor(result, left, right, this));
        return result;
    }

    /// <summary>The number less one.</summary>
    public static BigNumber Decrement(BigNumber number)
    {
        var result = BigNumber.Zero();
        if (LibCrypto.NumberCopy(result, number) == 0)
            throw LibCrypto.Failure();
        LibCrypto.Require(LibCrypto.NumberSubtractWord(result, 1));
        return result;
    }

    /// <summary>Whether the number is prime; wrong with a probability below 2^-128.</summary>
    public bool IsPrime(BigNumber number) => LibCrypto.NumberIsPrime(number, this, 0) switch
    {
        1 => true,
        0 => false,
        _ => throw LibCrypto.Failure(),
    };

    protected override bool ReleaseHandle()
    {
        LibCrypto.NumberContextFree(handle);
        return true;
    }
}
