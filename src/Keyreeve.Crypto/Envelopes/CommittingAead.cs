using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>
/// The one way this product encrypts anything small: under a key derived for the message, so that no count of messages
/// wears the key out and there is no nonce to choose, and with a commitment, so that no ciphertext opens under two keys.
/// </summary>
/// <remarks>
/// <para>Body: salt(16) || commitment(28) || ciphertext || tag(16). Specified in <c>docs/formats/envelope.md</c>.</para>
/// <para>Thread safe; no allocation per message. Associated data may be given in two parts that count as one, so the
/// first must tell its own length.</para>
/// </remarks>
public sealed class CommittingAead : IDisposable
{
    /// <summary>Size of the key in bytes.</summary>
    public const int KeySizeInBytes = 32;

    /// <summary>How much longer a body is than its plaintext.</summary>
    public const int OverheadInBytes = SaltSizeInBytes + CommitmentSizeInBytes + TagSizeInBytes;

    internal const int SaltSizeInBytes = 16;
    private const int CommitmentSizeInBytes = 28;
    private const int TagSizeInBytes = 16;
    private const int DerivedSizeInBytes = KeySizeInBytes + CommitmentSizeInBytes;

    /// <summary>Associated data up to this size is copied to the stack, which is cheaper than one more native call for each part.</summary>
    private const int LargestStackInBytes = 512;

    [ThreadStatic]
    private static EvpAeadContext? _context;

    private readonly HmacKey _key;

    /// <summary>Makes a key from a copy of <paramref name="key"/>.</summary>
    /// <param name="key">32 uniformly random bytes, used for nothing but this and the chunked format.</param>
    /// <param name="suite">The cipher.</param>
    /// <exception cref="ArgumentException">The key is not 32 bytes long.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The value names no suite.</exception>
    /// <exception cref="PlatformNotSupportedException">The suite is XChaCha20-Poly1305 and libsodium is not installed.</exception>
    public CommittingAead(SecretBytes key, EnvelopeSuite suite = EnvelopeSuite.Aes256Gcm)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.LengthInBytes != KeySizeInBytes)
            throw new ArgumentException($"The key must have {KeySizeInBytes} bytes, not {key.LengthInBytes}.", nameof(key));
        if (suite is not (EnvelopeSuite.Aes256Gcm or EnvelopeSuite.XChaCha20Poly1305))
            throw new ArgumentOutOfRangeException(nameof(suite), suite, "The value names no suite.");
        if (suite == EnvelopeSuite.XChaCha20Poly1305)
            Sodium.Require();
        Suite = suite;
        _key = new HmacKey(DigestAlgorithm.Sha512, key);
    }

    /// <summary>The cipher of what is sealed and of what can be opened.</summary>
    public EnvelopeSuite Suite { get; }

    private static ReadOnlySpan<byte> Label => "keyreeve.committing-aead.v1"u8;

    private static ReadOnlySpan<byte> ZeroNonce => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Encrypts one message.</summary>
    /// <param name="associatedData">Authenticated, not encrypted; needed again for opening.</param>
    /// <param name="plaintext">The message, possibly empty.</param>
    /// <param name="destination">Takes exactly <see cref="OverheadInBytes"/> more bytes than the plaintext has; does not overlap it.</param>
    /// <exception cref="ArgumentException">The destination has the wrong size or overlaps the plaintext.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public void Seal(ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> plaintext, Span<byte> destination) =>
        Seal(associatedData, default, plaintext, destination);

    /// <summary>Encrypts one message whose associated data is <paramref name="header"/> followed by <paramref name="context"/>.</summary>
    /// <inheritdoc cref="Seal(ReadOnlySpan{byte}, ReadOnlySpan{byte}, Span{byte})"/>
    public void Seal(ReadOnlySpan<byte> header, ReadOnlySpan<byte> context, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        Span<byte> salt = stackalloc byte[SaltSizeInBytes];
        CryptoRandom.Fill(salt);
        SealWithSalt(salt, new AeadAssociatedData(header, context), plaintext, destination);
    }

    /// <summary>Decrypts one message. False whatever is wrong: key, associated data, suite, length, any bit of the body.</summary>
    /// <param name="associatedData">What was authenticated along.</param>
    /// <param name="body">The encrypted message.</param>
    /// <param name="plaintext">At least <see cref="OverheadInBytes"/> bytes shorter than the body; zeroed on failure.</param>
    /// <param name="written">How many bytes of the plaintext were written; zero on failure.</param>
    /// <exception cref="ArgumentException">The plaintext's span is too short for the body or overlaps it.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public bool TryOpen(ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> body, Span<byte> plaintext, out int written) =>
        TryOpen(associatedData, default, body, plaintext, out written);

    /// <summary>Decrypts one message whose associated data is <paramref name="header"/> followed by <paramref name="context"/>.</summary>
    /// <inheritdoc cref="TryOpen(ReadOnlySpan{byte}, ReadOnlySpan{byte}, Span{byte}, out int)"/>
    public bool TryOpen(
        ReadOnlySpan<byte> header, ReadOnlySpan<byte> context, ReadOnlySpan<byte> body, Span<byte> plaintext, out int written)
    {
        written = 0;
        if (body.Length < OverheadInBytes)
            return false;
        var length = body.Length - OverheadInBytes;
        if (plaintext.Length < length)
            throw new ArgumentException($"The plaintext needs {length} bytes.", nameof(plaintext));
        plaintext = plaintext[..length];
        if (plaintext.Overlaps(body))
            throw new ArgumentException("The plaintext must not overlap the body.", nameof(plaintext));

        var associatedData = new AeadAssociatedData(header, context);
        var ciphertext = body[(SaltSizeInBytes + CommitmentSizeInBytes)..^TagSizeInBytes];
        Span<byte> derived = stackalloc byte[DerivedSizeInBytes];
        try
        {
            Derive(body[..SaltSizeInBytes], associatedData, derived);
            if (CryptographicOperations.FixedTimeEquals(derived[KeySizeInBytes..], body.Slice(SaltSizeInBytes, CommitmentSizeInBytes))
                && TryDecrypt(derived[..KeySizeInBytes], associatedData, ciphertext, body[^TagSizeInBytes..], plaintext))
            {
                written = length;
                return true;
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
        }

        CryptographicOperations.ZeroMemory(plaintext);
        return false;
    }

    /// <summary>Decrypts one message that is a key, straight into locked memory.</summary>
    /// <inheritdoc cref="TryOpen(ReadOnlySpan{byte}, ReadOnlySpan{byte}, Span{byte}, out int)"/>
    public bool TryOpenSecret(
        ReadOnlySpan<byte> header, ReadOnlySpan<byte> context, ReadOnlySpan<byte> body, [NotNullWhen(true)] out SecretBytes? plaintext)
    {
        plaintext = null;
        return body.Length >= OverheadInBytes && SecretBytes.TryCreate(
            body.Length - OverheadInBytes,
            new SealedMessage(this, header, context, body),
            static (bytes, m) => m.Key.TryOpen(m.Header, m.Context, m.Body, bytes, out _),
            out plaintext);
    }

    /// <summary>Wipes the key. Calls under way on other threads end well; later ones throw.</summary>
    public void Dispose() => _key.Dispose();

    /// <summary>Says the suite, never the key.</summary>
    public override string ToString() => $"CommittingAead({Suite})";

    /// <summary>Encrypts with a given salt, which is for test vectors alone: a salt used twice gives away both messages.</summary>
    internal void SealWithSalt(
        ReadOnlySpan<byte> salt, AeadAssociatedData associatedData, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        if (destination.Length != plaintext.Length + OverheadInBytes)
            throw new ArgumentException($"The destination takes {OverheadInBytes} bytes more than the plaintext.", nameof(destination));
        if (destination.Overlaps(plaintext))
            throw new ArgumentException("The destination must not overlap the plaintext.", nameof(destination));

        Span<byte> derived = stackalloc byte[DerivedSizeInBytes];
        try
        {
            Derive(salt, associatedData, derived);
            salt.CopyTo(destination);
            derived[KeySizeInBytes..].CopyTo(destination[SaltSizeInBytes..]);
            Encrypt(
                derived[..KeySizeInBytes],
                associatedData,
                plaintext,
                destination[(SaltSizeInBytes + CommitmentSizeInBytes)..^TagSizeInBytes],
                destination[^TagSizeInBytes..]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
        }
    }

    private void Derive(ReadOnlySpan<byte> salt, AeadAssociatedData associatedData, Span<byte> derived)
    {
        // label(27) || suite(1) || salt(16) || associated data || block number(1)
        Span<byte> info = stackalloc byte[LargestStackInBytes];
        Label.CopyTo(info);
        info[Label.Length] = (byte)Suite;
        salt.CopyTo(info[(Label.Length + 1)..]);
        var fixedLength = Label.Length + 1 + SaltSizeInBytes;
        var length = fixedLength + associatedData.LengthInBytes;

        // spec: RFC 5869 §3.3 "In some applications, the input key material IKM may already be present as a
        // cryptographically strong key […]. In this case, one can skip the extract part". One block of SHA-512 gives
        // all 60 bytes.
        if (length < LargestStackInBytes)
        {
            associatedData.First.CopyTo(info[fixedLength..]);
            associatedData.Second.CopyTo(info[(fixedLength + associatedData.First.Length)..]);
            info[length] = 1;
            _key.Compute(info[..(length + 1)], default, default, default, derived);
            return;
        }

        _key.Compute(info[..fixedLength], associatedData.First, associatedData.Second, [1], derived);
    }

    private void Encrypt(
        ReadOnlySpan<byte> messageKey, AeadAssociatedData associatedData, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag)
    {
        if (Suite == EnvelopeSuite.XChaCha20Poly1305)
        {
            using var joined = new JoinedAssociatedData(associatedData);
            if (!Sodium.XChaCha20Poly1305Encrypt(messageKey, ZeroNonce, joined.Span, plaintext, ciphertext, tag))
                throw new CryptographicException("libsodium refused to encrypt.");
            return;
        }

        var context = TakeContext(messageKey);
        context.Encrypt(ZeroNonce[..12], associatedData, plaintext, ciphertext, tag);
        context.Forget();
        _context = context;
    }

    private bool TryDecrypt(
        ReadOnlySpan<byte> messageKey, AeadAssociatedData associatedData, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext)
    {
        if (Suite == EnvelopeSuite.XChaCha20Poly1305)
        {
            using var joined = new JoinedAssociatedData(associatedData);
            return Sodium.XChaCha20Poly1305Decrypt(messageKey, ZeroNonce, joined.Span, ciphertext, tag, plaintext);
        }

        var context = TakeContext(messageKey);
        var opened = context.TryDecrypt(ZeroNonce[..12], associatedData, ciphertext, tag, plaintext);
        context.Forget();
        _context = context;
        return opened;
    }

    /// <summary>Takes the thread's context off its place, so that one left in an unknown state by an exception is not used again.</summary>
    private static EvpAeadContext TakeContext(ReadOnlySpan<byte> messageKey)
    {
        var context = _context ?? new EvpAeadContext();
        _context = null;
        context.SetKey(EvpCiphers.Of(AeadAlgorithm.Aes256Gcm), messageKey);
        return context;
    }

    private readonly ref struct SealedMessage(
        CommittingAead key, ReadOnlySpan<byte> header, ReadOnlySpan<byte> context, ReadOnlySpan<byte> body)
    {
        public CommittingAead Key { get; } = key;

        public ReadOnlySpan<byte> Header { get; } = header;

        public ReadOnlySpan<byte> Context { get; } = context;

        public ReadOnlySpan<byte> Body { get; } = body;
    }

    /// <summary>Associated data in one piece, for libsodium. Not secret, so the pooled array is not wiped.</summary>
    private readonly ref struct JoinedAssociatedData
    {
        private readonly byte[]? _pooled;

        public JoinedAssociatedData(AeadAssociatedData associatedData)
        {
            if (associatedData.Second.IsEmpty)
            {
                Span = associatedData.First;
                return;
            }

            _pooled = ArrayPool<byte>.Shared.Rent(associatedData.LengthInBytes);
            associatedData.First.CopyTo(_pooled);
            associatedData.Second.CopyTo(_pooled.AsSpan(associatedData.First.Length));
            Span = _pooled.AsSpan(0, associatedData.LengthInBytes);
        }

        public ReadOnlySpan<byte> Span { get; }

        public void Dispose()
        {
            if (_pooled is not null)
                ArrayPool<byte>.Shared.Return(_pooled);
        }
    }
}
