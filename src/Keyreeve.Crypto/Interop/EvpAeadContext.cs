using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Keyreeve.Crypto.Interop;

/// <summary>An EVP_CIPHER_CTX for an AEAD cipher. One thread at a time: two at once get silently wrong output.</summary>
internal sealed unsafe class EvpAeadContext : SafeHandle
{
    private const int DefaultNonceSizeInBytes = 12;

    private int _nonceSizeInBytes = DefaultNonceSizeInBytes;

    public EvpAeadContext()
        : base(0, ownsHandle: true)
    {
        SetHandle(LibCrypto.EvpCipherCtxNew());
        Check(IsInvalid ? 0 : 1);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Fetches a cipher for the life of the process.</summary>
    /// <exception cref="CryptographicException">OpenSSL's providers do not offer it.</exception>
    public static nint FetchCipher(string name)
    {
        var cipher = LibCrypto.EvpCipherFetch(0, name, null);
        if (cipher != 0)
            return cipher;
        LibCrypto.ErrClear();
        throw new CryptographicException($"OpenSSL offers no {name}.");
    }

    /// <summary>Expands a key. The context keeps it until <see cref="Forget"/> or disposal, both of which wipe it.</summary>
    public void SetKey(nint cipher, ReadOnlySpan<byte> key)
    {
        fixed (byte* keyBytes = key)
            Check(LibCrypto.EvpCipherInit(handle, cipher, 0, keyBytes, null, encrypt: 1));
    }

    /// <summary>Encrypts one message. The associated data are the two parts, one after the other.</summary>
    public void Encrypt(
        ReadOnlySpan<byte> nonce, AeadAssociatedData associatedData, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag)
    {
        var written = 0;
        Check(Begin(nonce, associatedData, encrypt: 1));
        fixed (byte* from = plaintext, to = ciphertext, tagBytes = tag)
        {
            if (!plaintext.IsEmpty)
                Check(LibCrypto.EvpCipherUpdate(handle, to, &written, from, plaintext.Length));
            byte nothing;
            var more = 0;
            Check(LibCrypto.EvpCipherFinal(handle, &nothing, &more));
            Check(LibCrypto.EvpCipherCtxCtrl(handle, LibCrypto.EvpCtrlAeadGetTag, tag.Length, tagBytes));
            Check(written == plaintext.Length && more == 0 ? 1 : 0);
        }
    }

    /// <summary>Decrypts one message; whatever is wrong, the plaintext is zero and the answer false.</summary>
    public bool TryDecrypt(
        ReadOnlySpan<byte> nonce, AeadAssociatedData associatedData, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext)
    {
        if (TryDecryptCore(nonce, associatedData, ciphertext, tag, plaintext))
            return true;
        CryptographicOperations.ZeroMemory(plaintext);
        LibCrypto.ErrClear();
        return false;
    }

    /// <summary>Wipes the expanded key; the context can be given another.</summary>
    public void Forget()
    {
        _nonceSizeInBytes = DefaultNonceSizeInBytes;
        Check(LibCrypto.EvpCipherCtxReset(handle));
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        LibCrypto.EvpCipherCtxFree(handle);
        return true;
    }

    private bool TryDecryptCore(
        ReadOnlySpan<byte> nonce, AeadAssociatedData associatedData, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext)
    {
        if (Begin(nonce, associatedData, encrypt: 0) != 1)
            return false;
        fixed (byte* from = ciphertext, to = plaintext, tagBytes = tag)
        {
            var written = 0;
            if (LibCrypto.EvpCipherCtxCtrl(handle, LibCrypto.EvpCtrlAeadSetTag, tag.Length, tagBytes) != 1)
                return false;
            if (!ciphertext.IsEmpty && LibCrypto.EvpCipherUpdate(handle, to, &written, from, ciphertext.Length) != 1)
                return false;
            byte nothing;
            var more = 0;
            return LibCrypto.EvpCipherFinal(handle, &nothing, &more) == 1 && written == ciphertext.Length;
        }
    }

    private int Begin(ReadOnlySpan<byte> nonce, AeadAssociatedData associatedData, int encrypt)
    {
        if (nonce.Length != _nonceSizeInBytes)
        {
            if (LibCrypto.EvpCipherCtxCtrl(handle, LibCrypto.EvpCtrlAeadSetIvLength, nonce.Length, null) != 1)
                return 0;
            _nonceSizeInBytes = nonce.Length;
        }

        fixed (byte* nonceBytes = nonce)
        {
            if (LibCrypto.EvpCipherInit(handle, 0, 0, null, nonceBytes, encrypt) != 1)
                return 0;
        }

        return Authenticate(associatedData.First) == 1 ? Authenticate(associatedData.Second) : 0;
    }

    private int Authenticate(ReadOnlySpan<byte> associatedData)
    {
        if (associatedData.IsEmpty)
            return 1;
        var ignored = 0;
        fixed (byte* from = associatedData)
            return LibCrypto.EvpCipherUpdate(handle, null, &ignored, from, associatedData.Length);
    }

    private static void Check(int result)
    {
        if (result == 1)
            return;
        LibCrypto.ErrClear();
        throw new CryptographicException("OpenSSL refused an operation of an AEAD cipher.");
    }
}
