using System.Text.Json;

namespace Keyreeve.Server.Alerts.Watching;

/// <summary>Gives the same string for the same text, for names that come again and again; of fixed size. Not thread safe.</summary>
internal sealed class TextPool
{
    private const int LongestPooled = 256;

    private readonly string?[] _slots = new string?[4096];

    public string Take(ref Utf8JsonReader reader)
    {
        if (reader.ValueSpan.Length > LongestPooled) return reader.GetString()!;
        Span<char> text = stackalloc char[LongestPooled];
        text = text[..reader.CopyString(text)];
        ref var slot = ref _slots[unchecked((uint)string.GetHashCode(text, StringComparison.Ordinal)) % (uint)_slots.Length];
        if (slot is { } known && text.SequenceEqual(known)) return known;
        return slot = text.ToString();
    }
}
