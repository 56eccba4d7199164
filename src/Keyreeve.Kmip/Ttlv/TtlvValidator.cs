namespace Keyreeve.Kmip.Ttlv;

/// <summary>Checks encoded items to the last byte without building anything.</summary>
public static class TtlvValidator
{
    /// <summary>Checks items and everything within them.</summary>
    /// <param name="encoded">Items, one after the other.</param>
    /// <param name="offset">Where they stand in their message.</param>
    /// <param name="depth">How deep they are nested in it already.</param>
    /// <exception cref="TtlvException">Something is wrong with them, or they are nested deeper than
    /// <see cref="TtlvReader.MaximumDepth"/>.</exception>
    public static void Validate(ReadOnlySpan<byte> encoded, int offset = 0, int depth = 0)
    {
        // The recursion is bounded by MaximumDepth, not by the input.
        if (depth > TtlvReader.MaximumDepth) TtlvReader.Fail(offset, "structures are nested too deep");
        var reader = new TtlvReader(encoded, offset, depth);
        while (!reader.IsEmpty)
        {
            var value = reader.ReadAny(out _, out var type, out var valueOffset);
            if (type == TtlvType.Structure) Validate(value, valueOffset, depth + 1);
        }
    }
}
