using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>
/// A message on its way into an authenticated cipher, piece by piece: any number of <see cref="Update"/>, then one
/// <see cref="Final"/>. There is no such thing for decryption: what has not been authenticated is not given out. Holds a key
/// schedule in OpenSSL's memory until disposed. Not thread safe.
/// </summary>
internal sealed class StreamingAead : IDisposable
{
    // spec: NIST SP 800-38D §5.2.1.1 "len(P) ≤ 2^39-256" bits; RFC 8439 §2.8 allows more.
    private const long LongestMessageInBytes = (1L << 36) - 32;
    private const int TagSizeInBytes = 16;

    private readonly CipherContext _context;
    private long _lengthInBytes;
    private bool _isFinished;

    private StreamingAead(CipherContext context) => _context = context;

    /// <summary>Begins a message.</summary>
    /// <param name="algorithm">AES-GCM or ChaCha20-Poly1305.</param>
    /// <param name="key">A key of the algorithm's size.</param>
    /// <param name="nonce">Never used before with this key. GCM takes 1 to 128 bytes, ChaCha20-Poly1305 twelve.</param>
    /// <param name="associatedData">Authenticated, not encrypted; possibly empty.</param>
    /// <exception cref="ArgumentException">A size is wrong, or the algorithm has no such form.</exception>
    public static StreamingAead StartEncryption(
        AeadAlgorithm algorithm, SecretBytes key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData)
    {
        ArgumentNullException.ThrowIfNull(key);
        var name = NameOf(algorithm);
        if (key.LengthInBytes != algorithm.KeySizeInBytes)
            throw new ArgumentException($"{algorithm} takes a key of {algorithm.KeySizeInBytes} bytes, not {key.LengthInBytes}.", nameof(key));
        if (algorithm.IsGcm ? nonce.Length is < 1 or > AesGmac.MaxNonceSizeInBytes : nonce.Length != algorithm.NonceSizeInBytes)
            throw new ArgumentException("The nonce has the wrong size.", nameof(nonce));
        using var lease = key.Reveal();
        var context = CipherContext.StartWithIvLength(name, lease.Span, nonce, CipherDirection.Encrypt);
        try
        {
            context.Authenticate(associatedData);
            return new StreamingAead(context);
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    /// <summary>Encrypts the next piece, which gives as many bytes.</summary>
    /// <exception cref="ArgumentException">The message becomes longer than the algorithm permits.</exception>
    /// <exception cref="InvalidOperationException">The message was finished.</exception>
    public byte[] Update(ReadOnlySpan<byte> input)
    {
        RequireUnfinished();
        if (_lengthInBytes > LongestMessageInBytes - input.Length)
            throw new ArgumentException("The message is longer than the algorithm permits.", nameof(input));
        _lengthInBytes += input.Length;
        var output = new byte[input.Length];
        return _context.Update(input, output) == output.Length ? output : throw LibCrypto.Failure();
    }

    /// <summary>Ends the message and gives its tag, 16 bytes.</summary>
    /// <exception cref="InvalidOperationException">The message was finished before.</exception>
    public byte[] Final()
    {
        RequireUnfinished();
        _isFinished = true;
        if (!_context.TryFinal(default, out var written) || written != 0)
            throw LibCrypto.Failure();
        var tag = new byte[TagSizeInBytes];
        _context.GetTag(tag);
        return tag;
    }

    /// <summary>Wipes and releases the key schedule.</summary>
    public void Dispose() => _context.Dispose();

    private static string NameOf(AeadAlgorithm algorithm) => algorithm switch
    {
        AeadAlgorithm.Aes128Gcm => "AES-128-GCM",
        AeadAlgorithm.Aes192Gcm => "AES-192-GCM",
        AeadAlgorithm.Aes256Gcm => "AES-256-GCM",
        AeadAlgorithm.ChaCha20Poly1305 => "ChaCha20-Poly1305",
        _ => throw new ArgumentException($"{algorithm} does not work piece by piece.", nameof(algorithm)),
    };

    private void RequireUnfinished()
    {
        if (_isFinished)
            throw new InvalidOperationException("The message was finished.");
    }
}
