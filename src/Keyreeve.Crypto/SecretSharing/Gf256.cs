namespace Keyreeve.Crypto;

/// <summary>GF(2^8) with x^8+x^4+x^3+x+1, computed without tables.</summary>
internal sealed class Gf256 : IBinaryField
{
    // spec: FIPS 197 §4.2 "this irreducible polynomial is m(x) = x^8 + x^4 + x^3 + x + 1"
    private const int Modulus = 0x11b;

    public int ElementSizeInBytes => 1;

    public int NonZeroElements => 255;

    public int Multiply(int left, int right) => Product(left, right);

    public int Invert(int element) => Inverse(element);

    public void Scale(Span<byte> row, int factor)
    {
        for (var i = 0; i < row.Length; i++)
            row[i] = (byte)Product(row[i], factor);
    }

    /// <summary>Shift and add, with masks in place of branches.</summary>
    public static int Product(int left, int right)
    {
        var product = 0;
        for (var bit = 0; bit < 8; bit++)
        {
            product ^= -((right >> bit) & 1) & left;
            left = (left << 1) ^ (-((left >> 7) & 1) & Modulus);
        }

        return product;
    }

    /// <summary>The inverse as the power 254: the group has 255 elements. Zero gives zero.</summary>
    public static int Inverse(int element)
    {
        var power = 1;
        for (var bit = 7; bit >= 0; bit--)
        {
            power = Product(power, power);
            if (((254 >> bit) & 1) != 0)
                power = Product(power, element);
        }

        return power;
    }
}
