namespace Keyreeve.Tests.Core;

/// <summary>Chance that repeats itself, so that a failure can be found again.</summary>
internal sealed class Xorshift(ulong seed)
{
    private ulong _state = seed;

    public int Next(int below)
    {
        unchecked
        {
            _state ^= _state << 13;
            _state ^= _state >> 7;
            _state ^= _state << 17;
            return (int)(_state % (ulong)below);
        }
    }

    /// <summary>Changes a few bytes, cuts, repeats or inserts.</summary>
    public byte[] Mutate(byte[] good)
    {
        var bytes = good.ToList();
        for (var changes = 1 + Next(3); changes > 0; changes--)
        {
            var at = bytes.Count == 0 ? 0 : Next(bytes.Count);
            switch (Next(6))
            {
                case 0 when bytes.Count > 0: bytes[at] = (byte)Next(256); break;
                case 1 when bytes.Count > 0: bytes[at] ^= (byte)(1 << Next(8)); break;
                case 2 when bytes.Count > 0: bytes.RemoveAt(at); break;
                case 3: bytes.Insert(at, (byte)Next(256)); break;
                case 4: bytes.RemoveRange(at, bytes.Count - at); break;
                default: bytes.InsertRange(at, bytes.Skip(Next(bytes.Count + 1)).Take(Next(12)).ToList()); break;
            }
        }

        return [.. bytes];
    }
}
