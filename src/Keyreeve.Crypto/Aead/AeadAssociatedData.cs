namespace Keyreeve.Crypto;

/// <summary>Associated data in up to two parts, taken as if they stood one after the other; saves copying them together.</summary>
internal readonly ref struct AeadAssociatedData
{
    public AeadAssociatedData(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second = default)
    {
        First = first;
        Second = second;
    }

    public ReadOnlySpan<byte> First { get; }

    public ReadOnlySpan<byte> Second { get; }

    public int LengthInBytes => First.Length + Second.Length;
}
