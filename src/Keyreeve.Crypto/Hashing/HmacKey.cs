using System.Security.Cryptography;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>An HMAC key with its hash. The key is hashed into the inner and outer state once, not once a message.</summary>
/// <remarks>Thread safe. OpenSSL holds the state in its own memory, which is wiped on disposal but not locked.</remarks>
public sealed class HmacKey : IDisposable
{
    /// <summary>The shortest truncated MAC <see cref="Verify"/> accepts.</summary>
    public const int ShortestMacInBytes = 16;

    private readonly SecretBytes _key;
    private readonly ContextPool<EvpMacContext> _contexts = new();

    /// <summary>Makes a key from a copy of <paramref name="key"/>, which may have any length.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value names no algorithm.</exception>
    public HmacKey(DigestAlgorithm algorithm, SecretBytes key)
    {
        ArgumentNullException.ThrowIfNull(key);
        MacSizeInBytes = algorithm.DigestSizeInBytes();
        Algorithm = algorithm;
        _key = key.Clone();
    }

    /// <summary>The hash.</summary>
    public DigestAlgorithm Algorithm { get; }

    /// <summary>Size of a full MAC in bytes.</summary>
    public int MacSizeInBytes { get; }

    /// <summary>Computes the MAC of <paramref name="message"/>.</summary>
    /// <param name="message">The message, possibly empty.</param>
    /// <param name="mac">Takes <see cref="MacSizeInBytes"/> bytes, exactly.</param>
    /// <exception cref="ArgumentException">The MAC has the wrong size.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public void Compute(ReadOnlySpan<byte> message, Span<byte> mac)
    {
        if (mac.Length != MacSizeInBytes)
            throw new ArgumentException($"The MAC takes {MacSizeInBytes} bytes.", nameof(mac));
        Compute(message, default, default, default, mac);
    }

    /// <summary>Whether <paramref name="mac"/> is the message's MAC, whole or truncated to no less than 16 bytes.</summary>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> mac)
    {
        Span<byte> expected = stackalloc byte[MacSizeInBytes];
        Compute(message, expected);
        return mac.Length >= ShortestMacInBytes && mac.Length <= expected.Length
            && CryptographicOperations.FixedTimeEquals(expected[..mac.Length], mac);
    }

    /// <summary>Wipes the key. Calls under way on other threads end well; later ones throw.</summary>
    public void Dispose()
    {
        _key.Dispose();
        _contexts.Dispose();
    }

    /// <summary>Says the hash, never the key.</summary>
    public override string ToString() => $"HmacKey({Algorithm})";

    /// <summary>Computes the MAC of four parts taken as one message; a shorter destination gets its first bytes.</summary>
    internal void Compute(
        ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third, ReadOnlySpan<byte> fourth, Span<byte> destination)
    {
        Span<byte> mac = stackalloc byte[DigestAlgorithmFacts.MaxDigestSizeInBytes];
        mac = mac[..MacSizeInBytes];
        var context = Take();
        context.Start();
        context.Update(first);
        context.Update(second);
        context.Update(third);
        context.Update(fourth);
        context.Finish(mac);
        _contexts.Return(context);
        mac[..destination.Length].CopyTo(destination);
        CryptographicOperations.ZeroMemory(mac);
    }

    private EvpMacContext Take()
    {
        using var key = _key.Reveal();
        return _contexts.TryTake() ?? new EvpMacContext(Algorithm.NativeName(), key.Span);
    }
}
