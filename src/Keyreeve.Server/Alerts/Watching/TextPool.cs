using Keyreeve.Core.Audit;

namespace Keyreeve.Server.Alerts.Watching;

/// <summary>Gives the same string for the same text, for names that come again and again; of fixed size. Not thread safe.</summary>
internal sealed class TextPool
{
    private const int LongestPooled = 256;
    private const int Slots = 4096;

    private readonly (byte[]? Bytes, string Text)[] _slots = new (byte[]?, string)[Slots];

    public string Take(EventValue value)
    {
        if (value.IsEscaped || value.Bytes.Length > LongestPooled) return value.ToString();
        ref var slot = ref _slots[PlaceOf(value.Bytes)];
        if (slot.Bytes is { } known && value.Bytes.SequenceEqual(known)) return slot.Text;
        slot = (value.Bytes.ToArray(), value.ToString());
        return slot.Text;
    }

    // Two texts at one place take turns, which costs time and nothing else.
    private static int PlaceOf(ReadOnlySpan<byte> text)
    {
        var hash = (uint)text.Length;
        foreach (var unit in text[^Math.Min(text.Length, 16)..]) hash = unchecked((hash * 31) + unit);
        return (int)(hash % Slots);
    }
}
