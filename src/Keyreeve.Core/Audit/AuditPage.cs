namespace Keyreeve.Core.Audit;

/// <summary>Lines of a trail that were read together, in memory of its own that the next reading uses again. Not thread safe.</summary>
public sealed class AuditPage
{
    private readonly List<(AuditPlace Place, int Begin)> _lines = [];
    private byte[] _bytes = new byte[256 * 1024];

    /// <summary>The number of lines.</summary>
    public int Count => _lines.Count;

    /// <summary>The size of all of them.</summary>
    public int SizeInBytes { get; private set; }

    /// <summary>A line, without its newline; until the next reading.</summary>
    /// <param name="index">From 0.</param>
    public ReadOnlySpan<byte> Line(int index) => _bytes.AsSpan(_lines[index].Begin..(index + 1 < _lines.Count ? _lines[index + 1].Begin : SizeInBytes));

    /// <summary>Where a line begins, and its number.</summary>
    /// <param name="index">From 0.</param>
    public AuditPlace PlaceOf(int index) => _lines[index].Place;

    internal void Clear()
    {
        _lines.Clear();
        SizeInBytes = 0;
    }

    internal void Add(ReadOnlySpan<byte> line, AuditPlace place)
    {
        if (_bytes.Length < SizeInBytes + line.Length) Array.Resize(ref _bytes, Math.Max(SizeInBytes + line.Length, 2 * _bytes.Length));
        line.CopyTo(_bytes.AsSpan(SizeInBytes));
        _lines.Add((place, SizeInBytes));
        SizeInBytes += line.Length;
    }
}
