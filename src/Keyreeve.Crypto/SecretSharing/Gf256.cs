namespace Keyreeve.Crypto;

/// <summary>GF(2^8) with x^8+x^4+x^3+x^2+1, computed without tables.</summary>
/// <remarks>
/// KMIP names the method "Polynomial Sharing GF(2^8)" without saying by which polynomial; this one is what the parts in OASIS'
/// own test cases (TC-SJ-2) were made with. It is that of other sharing programs too, not that of AES.
/// </remarks>
internal sealed class Gf256 : IBinaryField
{
    private const int Polynomial = 0x11d;

    public int ElementSizeInBytes => 1;

    public int NonZeroElements => 255;

    public int Multiply(int left, int right) => BytePolynomial.Product(left, right, Polynomial);

    public int Invert(int element) => BytePolynomial.Inverse(element, Polynomial);

    public void Scale(Span<byte> row, int factor)
    {
        for (var i = 0; i < row.Length; i++)
            row[i] = (byte)Multiply(row[i], factor);
    }
}
