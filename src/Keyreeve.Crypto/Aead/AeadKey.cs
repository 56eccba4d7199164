using System.Security.Cryptography;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>A key with its AEAD algorithm, expanded once and used for many messages.</summary>
/// <remarks>
/// <para>Thread safe. Messages under one key need nonces that never repeat; for anything but a protocol that prescribes
/// them take <see cref="CommittingAead"/>, which has none to choose.</para>
/// <para>Sizes: <see cref="AeadAlgorithmExtensions"/>. Output may be the very span of the input; spans that overlap in
/// part are refused.</para>
/// <para>OpenSSL holds the expanded key in its own memory, which is wiped when the key is disposed but is not locked.</para>
/// </remarks>
internal sealed class AeadKey : IDisposable
{
    /// <summary>Below this a forger's chance is no longer negligible, see NIST SP 800-38D appendix C.</summary>
    private const int ShortestTagInBytes = 12;

    private const int ShortestInteropTagInBytes = 4;
    private const int LongestTagInBytes = 16;

    /// <summary>OpenSSL's limit for a GCM nonce.</summary>
    private const int LongestNonceInBytes = 128;

    private readonly SecretBytes _key;
    private readonly ContextPool<EvpAeadContext> _contexts = new();
    private readonly bool _isInterop;

    /// <summary>Makes a key from a copy of <paramref name="key"/>.</summary>
    /// <exception cref="ArgumentException">The key has the wrong size for the algorithm.</exception>
    /// <exception cref="PlatformNotSupportedException">The algorithm is XChaCha20-Poly1305 and libsodium is not installed.</exception>
    public AeadKey(AeadAlgorithm algorithm, SecretBytes key)
        : this(algorithm, key, isInterop: false)
    {
    }

    private AeadKey(AeadAlgorithm algorithm, SecretBytes key, bool isInterop)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.LengthInBytes != algorithm.KeySizeInBytes)
            throw new ArgumentException($"{algorithm} takes a key of {algorithm.KeySizeInBytes} bytes, not {key.LengthInBytes}.", nameof(key));
        if (algorithm == AeadAlgorithm.XChaCha20Poly1305)
            Sodium.Require();
        Algorithm = algorithm;
        _isInterop = isInterop;
        _key = key.Clone();
    }

    /// <summary>The algorithm the key belongs to.</summary>
    public AeadAlgorithm Algorithm { get; }

    /// <summary>
    /// Makes a GCM key for peers that truncate tags to as few as 4 bytes, as KMIP permits. Anyone may forge a message
    /// under a 4-byte tag after some billions of tries.
    /// </summary>
    /// <exception cref="ArgumentException">The algorithm is not GCM, or the key has the wrong size.</exception>
    public static AeadKey CreateInsecureInterop(AeadAlgorithm algorithm, SecretBytes key) =>
        algorithm.IsGcm
            ? new AeadKey(algorithm, key, isInterop: true)
            : throw new ArgumentException("Only GCM has tags of other lengths.", nameof(algorithm));

    /// <summary>Encrypts one message.</summary>
    /// <param name="nonce">Never used before with this key. GCM takes 1 to 128 bytes, 12 being right; others exactly their size.</param>
    /// <param name="plaintext">The message, possibly empty.</param>
    /// <param name="associatedData">Authenticated, not encrypted; possibly empty.</param>
    /// <param name="ciphertext">As long as the plaintext.</param>
    /// <param name="tag">16 bytes; with GCM 12 to 16, an interop key's 4 to 16.</param>
    /// <exception cref="ArgumentException">A size is wrong, or spans overlap in part.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public void Encrypt(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> associatedData, Span<byte> ciphertext, Span<byte> tag)
    {
        if (!IsNonceSize(nonce.Length))
            throw new ArgumentException("The nonce has the wrong size.", nameof(nonce));
        if (!IsTagSize(tag.Length))
            throw new ArgumentException("The tag has the wrong size.", nameof(tag));
        CheckOutput(plaintext, ciphertext, nameof(ciphertext));
        if (Algorithm == AeadAlgorithm.XChaCha20Poly1305)
        {
            using var key = _key.Reveal();
            if (!Sodium.XChaCha20Poly1305Encrypt(key.Span, nonce, associatedData, plaintext, ciphertext, tag))
                throw new CryptographicException("libsodium refused to encrypt.");
            return;
        }

        var context = Take();
        context.Encrypt(nonce, new AeadAssociatedData(associatedData), plaintext, ciphertext, tag);
        _contexts.Return(context);
    }

    /// <summary>Decrypts one message. False, with the plaintext zeroed, whatever is wrong with the message.</summary>
    /// <param name="nonce">As in <see cref="Encrypt"/>; a wrong size is a wrong message.</param>
    /// <param name="ciphertext">The encrypted message, possibly empty.</param>
    /// <param name="tag">As in <see cref="Encrypt"/>; a wrong size is a wrong message.</param>
    /// <param name="associatedData">What was authenticated along.</param>
    /// <param name="plaintext">As long as the ciphertext.</param>
    /// <exception cref="ArgumentException">The plaintext's size differs from the ciphertext's, or spans overlap in part.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public bool TryDecrypt(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> associatedData, Span<byte> plaintext)
    {
        CheckOutput(ciphertext, plaintext, nameof(plaintext));
        if (!IsNonceSize(nonce.Length) || !IsTagSize(tag.Length))
        {
            CryptographicOperations.ZeroMemory(plaintext);
            return false;
        }

        if (Algorithm == AeadAlgorithm.XChaCha20Poly1305)
        {
            using var key = _key.Reveal();
            if (Sodium.XChaCha20Poly1305Decrypt(key.Span, nonce, associatedData, ciphertext, tag, plaintext))
                return true;
            CryptographicOperations.ZeroMemory(plaintext);
            return false;
        }

        var context = Take();
        var opened = context.TryDecrypt(nonce, new AeadAssociatedData(associatedData), ciphertext, tag, plaintext);
        _contexts.Return(context);
        return opened;
    }

    /// <summary>Wipes the key. Calls under way on other threads end well; later ones throw.</summary>
    public void Dispose()
    {
        _key.Dispose();
        _contexts.Dispose();
    }

    /// <summary>Says the algorithm, never the key.</summary>
    public override string ToString() => $"AeadKey({Algorithm})";

    private EvpAeadContext Take()
    {
        using var key = _key.Reveal();
        if (_contexts.TryTake() is { } free)
            return free;
        var context = new EvpAeadContext();
        try
        {
            context.SetKey(EvpCiphers.Of(Algorithm), key.Span);
            return context;
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    private bool IsNonceSize(int sizeInBytes) =>
        Algorithm.IsGcm ? sizeInBytes is >= 1 and <= LongestNonceInBytes : sizeInBytes == Algorithm.NonceSizeInBytes;

    private bool IsTagSize(int sizeInBytes) => Algorithm.IsGcm
        ? sizeInBytes >= (_isInterop ? ShortestInteropTagInBytes : ShortestTagInBytes) && sizeInBytes <= LongestTagInBytes
        : sizeInBytes == Algorithm.TagSizeInBytes;

    private static void CheckOutput(ReadOnlySpan<byte> input, Span<byte> output, string name)
    {
        if (input.Length != output.Length)
            throw new ArgumentException("The output must be as long as the input.", name);
        if (input.Overlaps(output, out var distance) && distance != 0)
            throw new ArgumentException("The output must be the input's own span or not overlap it.", name);
    }
}
