namespace Keyreeve.Crypto;

/// <summary>Additions over many field elements at once.</summary>
internal static class Lanes
{
    /// <summary>Adds, in a field of characteristic two, <paramref name="added"/> to <paramref name="sum"/>.</summary>
    public static void Add(Span<byte> sum, ReadOnlySpan<byte> added)
    {
        for (var i = 0; i < sum.Length; i++)
            sum[i] ^= added[i];
    }
}
