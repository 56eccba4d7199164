using System.Diagnostics.CodeAnalysis;

namespace Keyreeve.Crypto.Interop;

/// <summary>One operation with one asymmetric key; parameters as OpenSSL names them.</summary>
internal static class KeyOperation
{
    /// <summary>Signs a digest.</summary>
    /// <param name="key">The private key.</param>
    /// <param name="parameters">Padding and the like; null for none.</param>
    /// <param name="digest">What is signed.</param>
    /// <param name="maxLengthInBytes">The longest signature of this key.</param>
    public static unsafe byte[] Sign(KeyHandle key, ParameterList? parameters, ReadOnlySpan<byte> digest, int maxLengthInBytes)
    {
        using var context = LibCrypto.Require(LibCrypto.KeyContextForKey(0, key, null));
        LibCrypto.Require(LibCrypto.SignInit(context, parameters?.Pointer ?? 0));
        var signature = new byte[maxLengthInBytes];
        var length = (nuint)signature.Length;
        fixed (byte* output = signature, input = digest)
            LibCrypto.Require(LibCrypto.Sign(context, output, ref length, input, (nuint)digest.Length));
        return signature.AsSpan(0, (int)length).ToArray();
    }

    /// <summary>Checks the signature of a digest.</summary>
    public static unsafe bool Verify(
        KeyHandle key, ParameterList? parameters, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature)
    {
        using var context = LibCrypto.Require(LibCrypto.KeyContextForKey(0, key, null));
        LibCrypto.Require(LibCrypto.VerifyInit(context, parameters?.Pointer ?? 0));
        fixed (byte* given = signature, input = digest)
            return LibCrypto.Succeeded(LibCrypto.Verify(context, given, (nuint)signature.Length, input, (nuint)digest.Length));
    }

    /// <summary>Gives what a signature holds. False when it is none of this key.</summary>
    public static unsafe bool TryRecover(
        KeyHandle key, ParameterList parameters, ReadOnlySpan<byte> signature, [NotNullWhen(true)] out byte[]? recovered)
    {
        recovered = null;
        using var context = LibCrypto.Require(LibCrypto.KeyContextForKey(0, key, null));
        LibCrypto.Require(LibCrypto.VerifyRecoverInit(context, parameters.Pointer));
        Span<byte> buffer = stackalloc byte[signature.Length];
        var length = (nuint)buffer.Length;
        fixed (byte* output = buffer, given = signature)
        {
            if (!LibCrypto.Succeeded(LibCrypto.VerifyRecover(context, output, ref length, given, (nuint)signature.Length)))
                return false;
        }

        recovered = buffer[..(int)length].ToArray();
        return true;
    }

    /// <summary>Encrypts to a public key.</summary>
    public static unsafe byte[] Encrypt(KeyHandle key, ParameterList parameters, ReadOnlySpan<byte> plaintext, int lengthInBytes)
    {
        using var context = LibCrypto.Require(LibCrypto.KeyContextForKey(0, key, null));
        LibCrypto.Require(LibCrypto.EncryptInit(context, parameters.Pointer));
        var ciphertext = new byte[lengthInBytes];
        var length = (nuint)ciphertext.Length;
        // An empty plaintext is a message too, and OpenSSL wants an address for it.
        byte nothing = 0;
        fixed (byte* output = ciphertext, input = plaintext)
        {
            var source = input == null ? &nothing : input;
            LibCrypto.Require(LibCrypto.Encrypt(context, output, ref length, source, (nuint)plaintext.Length));
        }

        return length == (nuint)ciphertext.Length ? ciphertext : throw LibCrypto.Failure();
    }

    /// <summary>Decrypts with a private key. False when OpenSSL refuses, for whatever reason.</summary>
    public static bool TryDecrypt(
        KeyHandle key,
        ParameterList parameters,
        ReadOnlySpan<byte> ciphertext,
        int maxLengthInBytes,
        [NotNullWhen(true)] out SecretBytes? plaintext)
    {
        using var context = LibCrypto.Require(LibCrypto.KeyContextForKey(0, key, null));
        LibCrypto.Require(LibCrypto.DecryptInit(context, parameters.Pointer));
        return SecretOutput.TryCreate(maxLengthInBytes, new Decryption(context, ciphertext), Decryption.Run, out plaintext);
    }

    /// <summary>Agrees on a secret. False when the peer's key leads to none.</summary>
    public static bool TryDerive(KeyHandle key, KeyHandle peer, int lengthInBytes, [NotNullWhen(true)] out SecretBytes? secret)
    {
        secret = null;
        using var context = LibCrypto.Require(LibCrypto.KeyContextForKey(0, key, null));
        LibCrypto.Require(LibCrypto.DeriveInit(context));
        return LibCrypto.Succeeded(LibCrypto.DeriveSetPeer(context, peer, validate: 1))
            && SecretOutput.TryCreate(lengthInBytes, context, Derive, out secret);
    }

    /// <summary>Hashes bytes in one call.</summary>
    public static unsafe void Digest(DigestAlgorithm algorithm, ReadOnlySpan<byte> input, Span<byte> destination)
    {
        if (destination.Length != algorithm.DigestSizeInBytes())
            throw new ArgumentException("The destination has another length than the digest.", nameof(destination));
        fixed (byte* bytes = input, output = destination)
            LibCrypto.Require(LibCrypto.Digest(bytes, (nuint)input.Length, output, out _, DigestHandle.Of(algorithm), 0));
    }

    private static unsafe bool Derive(Span<byte> destination, KeyContextHandle context, out int written)
    {
        var length = (nuint)destination.Length;
        fixed (byte* output = destination)
        {
            var succeeded = LibCrypto.Succeeded(LibCrypto.Derive(context, output, ref length));
            written = succeeded ? (int)length : 0;
            return succeeded;
        }
    }

    private readonly ref struct Decryption(KeyContextHandle context, ReadOnlySpan<byte> ciphertext)
    {
        private readonly ReadOnlySpan<byte> _ciphertext = ciphertext;
        private readonly KeyContextHandle _context = context;

        public static unsafe bool Run(Span<byte> destination, Decryption state, out int written)
        {
            var length = (nuint)destination.Length;
            fixed (byte* output = destination, input = state._ciphertext)
            {
                var succeeded = LibCrypto.Succeeded(
                    LibCrypto.Decrypt(state._context, output, ref length, input, (nuint)state._ciphertext.Length));
                written = succeeded ? (int)length : 0;
                return succeeded;
            }
        }
    }
}
