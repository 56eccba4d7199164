using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>A message that is kept in locked memory until its last part has come. Not thread safe.</summary>
internal sealed class HeldMessage : IDisposable
{
    private readonly List<SecretBytes> _pieces = [];

    /// <summary>How much there is, in bytes.</summary>
    public int LengthInBytes { get; private set; }

    /// <summary>Adds a part.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.RequestTooLarge"/>.</exception>
    public void Add(ReadOnlySpan<byte> part)
    {
        if (part.Length > StreamLimits.MostHeldPerMessageInBytes - LengthInBytes)
            throw new KeyreeveException(KeyreeveError.RequestTooLarge, $"A message of this kind is worked on as a whole and has at most {StreamLimits.MostHeldPerMessageInBytes} bytes.");
        if (part.IsEmpty) return;
        LengthInBytes += part.Length;
        _pieces.Add(SecretBytes.CopyFrom(part));

        // Pieces of like size are joined, so that there are few of them however small the parts, and each byte is moved seldom.
        while (_pieces.Count > 1 && _pieces[^2].LengthInBytes <= 2 * _pieces[^1].LengthInBytes) Join(_pieces.Count - 2);
    }

    /// <summary>The whole message, which the caller disposes of.</summary>
    public SecretBytes Take()
    {
        if (_pieces.Count == 0) return SecretBytes.CopyFrom([]);
        while (_pieces.Count > 1) Join(_pieces.Count - 2);
        var whole = _pieces[0];
        _pieces.Clear();
        return whole;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var piece in _pieces) piece.Dispose();
        _pieces.Clear();
    }

    private void Join(int index)
    {
        var (first, second) = (_pieces[index], _pieces[index + 1]);
        _pieces[index] = SecretBytes.Create(first.LengthInBytes + second.LengthInBytes, (first, second), static (bytes, both) =>
        {
            using var head = both.first.Reveal();
            using var tail = both.second.Reveal();
            head.Span.CopyTo(bytes);
            tail.Span.CopyTo(bytes[head.Span.Length..]);
        });
        _pieces.RemoveAt(index + 1);
        first.Dispose();
        second.Dispose();
    }
}
