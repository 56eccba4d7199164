namespace Keyreeve.Crypto;

/// <summary>A field of 2^8 or 2^16 elements, in which a secret is a row of elements.</summary>
internal interface IBinaryField
{
    /// <summary>Length of an element, in bytes; a secret is padded with zeros to a multiple of it.</summary>
    int ElementSizeInBytes { get; }

    /// <summary>How many elements differ from zero: so many parts can there be.</summary>
    int NonZeroElements { get; }

    /// <summary>The product of two elements, in a time that does not depend on them.</summary>
    int Multiply(int left, int right);

    /// <summary>The inverse of an element other than zero.</summary>
    int Invert(int element);

    /// <summary>Multiplies every element of a row by <paramref name="factor"/>, in a time that does not depend on the row.</summary>
    void Scale(Span<byte> row, int factor);
}
