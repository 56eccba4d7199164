namespace Keyreeve.Crypto;

/// <summary>KMIP's GF(2^16), an extension of GF(2^8): the bytes (u, v) stand for u·y + v.</summary>
internal sealed class Gf65536 : IBinaryField
{
    // spec: KMIP 2.1 §13.1 "GF(2^8) [y]/(y2+y+m)", "The element m is given by m = x5+x4+x3+x, … represented by the byte 0x3A"
    private const int M = 0x3a;

    // spec: KMIP 2.1 §13.1 "The field GF(2^8) is as described in [FIPS197]", x^8+x^4+x^3+x+1
    private const int Polynomial = 0x11b;

    public int ElementSizeInBytes => 2;

    public int NonZeroElements => 65_535;

    public int Multiply(int left, int right)
    {
        // spec: KMIP 2.1 §13.1 "(ry + s) (uy + v) = ((r + s)(u + v) + sv)y + (ru + svm)", in which the m belongs to ru:
        // y² is y + m, so that (ry)(uy) is ruy + rum.
        var (r, s) = (left >> 8, left & 0xff);
        var (u, v) = (right >> 8, right & 0xff);
        var low = Product(s, v);
        var high = Product(r ^ s, u ^ v) ^ low;
        return (high << 8) | (Product(Product(r, u), M) ^ low);
    }

    public int Invert(int element)
    {
        // spec: KMIP 2.1 §13.1 "ud-1y + (u + v)d-1, where d = (u + v)v + mu2"
        var (u, v) = (element >> 8, element & 0xff);
        var d = BytePolynomial.Inverse(Product(u ^ v, v) ^ Product(M, Product(u, u)), Polynomial);
        return (Product(u, d) << 8) | Product(u ^ v, d);
    }

    public void Scale(Span<byte> row, int factor)
    {
        for (var i = 0; i < row.Length; i += 2)
        {
            var product = Multiply((row[i] << 8) | row[i + 1], factor);
            row[i] = (byte)(product >> 8);
            row[i + 1] = (byte)(product & 0xff);
        }
    }

    private static int Product(int left, int right) => BytePolynomial.Product(left, right, Polynomial);
}
