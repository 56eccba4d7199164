namespace Keyreeve.Crypto;

/// <summary>GF(2^8) modulo a polynomial of degree eight, computed without tables.</summary>
internal sealed class Gf256(int polynomial) : IBinaryField
{
    public int ElementSizeInBytes => 1;

    public int NonZeroElements => 255;

    public int Multiply(int left, int right) => BytePolynomial.Product(left, right, polynomial);

    public int Invert(int element) => BytePolynomial.Inverse(element, polynomial);

    public void Scale(Span<byte> row, int factor)
    {
        for (var i = 0; i < row.Length; i++)
            row[i] = (byte)Multiply(row[i], factor);
    }
}
