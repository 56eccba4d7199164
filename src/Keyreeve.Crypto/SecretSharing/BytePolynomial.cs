namespace Keyreeve.Crypto;

/// <summary>Arithmetic of polynomials over GF(2), modulo one of degree eight: without tables, in constant time.</summary>
internal static class BytePolynomial
{
    /// <summary>Shift and add, with masks in place of branches.</summary>
    public static int Product(int left, int right, int modulus)
    {
        var product = 0;
        for (var bit = 0; bit < 8; bit++)
        {
            product ^= -((right >> bit) & 1) & left;
            left = (left << 1) ^ (-((left >> 7) & 1) & modulus);
        }

        return product;
    }

    /// <summary>The inverse as the power 254: the group has 255 elements. Zero gives zero.</summary>
    public static int Inverse(int element, int modulus)
    {
        var power = 1;
        for (var bit = 7; bit >= 0; bit--)
        {
            power = Product(power, power, modulus);
            if (((254 >> bit) & 1) != 0)
                power = Product(power, element, modulus);
        }

        return power;
    }
}
