namespace Keyreeve.Crypto.Interop;

/// <summary>One pass of a symmetric cipher over a message. Lengths are the caller's to validate; not thread safe.</summary>
internal sealed class CipherContext : IDisposable
{
    private readonly CipherContextHandle _handle;

    private CipherContext(CipherContextHandle handle) => _handle = handle;

    /// <summary>Readies a cipher, with padding off.</summary>
    public static CipherContext Start(string cipherName, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, CipherDirection direction)
    {
        var context = new CipherContext(LibCrypto.Require(LibCrypto.CipherContextNew()));
        try
        {
            context.Initialize(CipherHandle.Of(cipherName), key, iv, direction);
            return context;
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    /// <summary>Readies an AEAD cipher whose nonce is not of the cipher's default length.</summary>
    public static unsafe CipherContext StartWithIvLength(
        string cipherName, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, CipherDirection direction)
    {
        var context = new CipherContext(LibCrypto.Require(LibCrypto.CipherContextNew()));
        try
        {
            context.Initialize(CipherHandle.Of(cipherName), default, default, direction);
            context.Control(LibCrypto.CipherControlSetIvLength, iv.Length);
            fixed (byte* keyBytes = key, ivBytes = iv)
                LibCrypto.Require(LibCrypto.CipherInit(context._handle, 0, keyBytes, ivBytes, (int)direction, 0));
            return context;
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    /// <summary>Has the cipher add and remove PKCS#7 padding.</summary>
    public void EnablePkcs7Padding() => LibCrypto.Require(LibCrypto.CipherContextSetPadding(_handle, 1));

    /// <summary>Processes bytes. False means that the cipher refused the input, which only unwrapping and XTS do.</summary>
    public unsafe bool TryUpdate(ReadOnlySpan<byte> input, Span<byte> output, out int written)
    {
        fixed (byte* from = input, to = output)
        {
            if (LibCrypto.Succeeded(LibCrypto.CipherUpdate(_handle, to, out written, from, input.Length)))
                return true;
            written = 0;
            return false;
        }
    }

    /// <summary>Processes bytes.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The cipher refused the input.</exception>
    public unsafe int Update(ReadOnlySpan<byte> input, Span<byte> output)
    {
        // An empty span pins to a null pointer, which OpenSSL reads as a request to finish.
        if (input.IsEmpty)
            return 0;
        fixed (byte* from = input, to = output)
        {
            LibCrypto.Require(LibCrypto.CipherUpdate(_handle, to, out var written, from, input.Length));
            return written;
        }
    }

    /// <summary>Takes bytes that are authenticated only.</summary>
    public unsafe void Authenticate(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
            return;
        fixed (byte* from = input)
            LibCrypto.Require(LibCrypto.CipherUpdate(_handle, null, out _, from, input.Length));
    }

    /// <summary>Ends the message. False on bad padding, on a last block that is not whole, on a wrong tag.</summary>
    public unsafe bool TryFinal(Span<byte> output, out int written)
    {
        // Some ciphers insist on a place to write nothing to.
        byte nowhere;
        fixed (byte* to = output)
        {
            if (LibCrypto.Succeeded(LibCrypto.CipherFinal(_handle, to == null ? &nowhere : to, out written)))
                return true;
            written = 0;
            return false;
        }
    }

    /// <summary>Reads the tag of a finished authenticated encryption.</summary>
    public unsafe void GetTag(Span<byte> tag)
    {
        fixed (byte* to = tag)
            LibCrypto.Require(LibCrypto.CipherContextControl(_handle, LibCrypto.CipherControlGetTag, tag.Length, to));
    }

    public void Dispose() => _handle.Dispose();

    private unsafe void Control(int type, int argument) =>
        LibCrypto.Require(LibCrypto.CipherContextControl(_handle, type, argument, null));

    private unsafe void Initialize(CipherHandle cipher, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, CipherDirection direction)
    {
        LibCrypto.CipherContextSetFlags(_handle, LibCrypto.CipherFlagWrapAllow);
        fixed (byte* keyBytes = key, ivBytes = iv)
            LibCrypto.Require(LibCrypto.CipherInit(_handle, cipher, keyBytes, ivBytes, (int)direction, 0));
        LibCrypto.Require(LibCrypto.CipherContextSetPadding(_handle, 0));
    }
}

/// <summary>Which way a cipher runs; the values are those of EVP_CipherInit.</summary>
internal enum CipherDirection
{
    Decrypt = 0,
    Encrypt = 1,
}
