using System.Formats.Asn1;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>One of the four curves of RFC 7748 and RFC 8032, whose keys are bare bytes.</summary>
/// <param name="NativeName">OpenSSL's name of the algorithm.</param>
/// <param name="ObjectIdentifier">Its OID (RFC 8410 §3); it has no parameters.</param>
/// <param name="KeySizeInBytes">Length of a private and of a public key.</param>
internal sealed record RawKeyAlgorithm(string NativeName, string ObjectIdentifier, int KeySizeInBytes)
{
    public static readonly RawKeyAlgorithm X25519 = new("X25519", "1.3.101.110", 32);
    public static readonly RawKeyAlgorithm X448 = new("X448", "1.3.101.111", 56);
    public static readonly RawKeyAlgorithm Ed25519 = new("ED25519", "1.3.101.112", 32);
    public static readonly RawKeyAlgorithm Ed448 = new("ED448", "1.3.101.113", 57);
}

/// <summary>The formats of keys on those curves (RFC 8410), and the way to OpenSSL's objects.</summary>
internal static class Rfc8410
{
    /// <summary>Reads a SubjectPublicKeyInfo; gives the public key's bytes.</summary>
    /// <exception cref="InvalidKeyException">Malformed, or of another algorithm.</exception>
    public static byte[] ReadSubjectPublicKeyInfo(RawKeyAlgorithm algorithm, ReadOnlySpan<byte> der)
    {
        try
        {
            var envelope = KeyEnvelope.ReadSubjectPublicKeyInfo(der);
            RequireAlgorithm(algorithm, envelope);
            return envelope.Key.ToArray();
        }
        catch (AsnContentException e)
        {
            throw new InvalidKeyException("The public key is not a SubjectPublicKeyInfo in DER.", e);
        }
    }

    /// <summary>Reads a PKCS#8 private key and builds it, holding a public half that it carries against it.</summary>
    /// <exception cref="InvalidKeyException">Malformed, of another algorithm, or with halves that do not match.</exception>
    public static KeyHandle ReadPkcs8(RawKeyAlgorithm algorithm, SecretBytes pkcs8)
    {
        ArgumentNullException.ThrowIfNull(pkcs8);
        using var lease = pkcs8.Reveal();
        try
        {
            var envelope = KeyEnvelope.ReadPrivateKeyInfo(lease.Span);
            RequireAlgorithm(algorithm, envelope);
            // CurvePrivateKey ::= OCTET STRING   (RFC 8410 §7), so that the key lies in two octet strings
            var inner = new DerReader(envelope.Key);
            var key = inner.ReadOctets();
            inner.RequireEnd();
            return FromPrivate(algorithm, key, envelope.PublicKey);
        }
        catch (AsnContentException e)
        {
            throw new InvalidKeyException("The private key is not PKCS#8 in DER.", e);
        }
    }

    /// <summary>Builds a private key.</summary>
    /// <param name="algorithm">Its algorithm.</param>
    /// <param name="key">Its bytes.</param>
    /// <param name="publicKey">The public half to hold against it; empty when there is none.</param>
    /// <exception cref="InvalidKeyException">A wrong length, or halves that do not match.</exception>
    public static unsafe KeyHandle FromPrivate(RawKeyAlgorithm algorithm, ReadOnlySpan<byte> key, ReadOnlySpan<byte> publicKey)
    {
        if (key.Length != algorithm.KeySizeInBytes)
            throw new InvalidKeyException($"A private key of {algorithm.NativeName} has {algorithm.KeySizeInBytes} bytes.");
        fixed (byte* bytes = key)
        {
            var handle = LibCrypto.Require(
                LibCrypto.KeyFromRawPrivate(0, algorithm.NativeName, null, bytes, (nuint)key.Length));
            if (publicKey.IsEmpty || publicKey.SequenceEqual(PublicKeyOf(algorithm, handle)))
                return handle;
            handle.Dispose();
            throw new InvalidKeyException("The public key does not belong to the private key.");
        }
    }

    /// <summary>Builds a public key.</summary>
    /// <exception cref="InvalidKeyException">A wrong length.</exception>
    public static unsafe KeyHandle FromPublic(RawKeyAlgorithm algorithm, ReadOnlySpan<byte> key)
    {
        if (key.Length != algorithm.KeySizeInBytes)
            throw new InvalidKeyException($"A public key of {algorithm.NativeName} has {algorithm.KeySizeInBytes} bytes.");
        fixed (byte* bytes = key)
            return LibCrypto.Require(LibCrypto.KeyFromRawPublic(0, algorithm.NativeName, null, bytes, (nuint)key.Length));
    }

    /// <summary>The public key's bytes.</summary>
    public static unsafe byte[] PublicKeyOf(RawKeyAlgorithm algorithm, KeyHandle key)
    {
        var output = new byte[algorithm.KeySizeInBytes];
        var length = (nuint)output.Length;
        fixed (byte* bytes = output)
            LibCrypto.Require(LibCrypto.KeyGetRawPublic(key, bytes, ref length));
        return output;
    }

    /// <summary>The private key's bytes.</summary>
    public static SecretBytes PrivateKeyOf(RawKeyAlgorithm algorithm, KeyHandle key) =>
        SecretBytes.Create(algorithm.KeySizeInBytes, key, static (destination, handle) => ReadPrivate(handle, destination));

    private static unsafe void ReadPrivate(KeyHandle key, Span<byte> destination)
    {
        var length = (nuint)destination.Length;
        fixed (byte* bytes = destination)
            LibCrypto.Require(LibCrypto.KeyGetRawPrivate(key, bytes, ref length));
    }

    // spec: RFC 8410 §3 "the parameters MUST be absent"
    private static void RequireAlgorithm(RawKeyAlgorithm algorithm, KeyEnvelope envelope)
    {
        if (!envelope.Algorithm.Equals(algorithm.ObjectIdentifier, StringComparison.Ordinal))
            throw new InvalidKeyException($"The key is not a key of {algorithm.NativeName}.");
        if (!envelope.Parameters.IsEmpty)
            throw new InvalidKeyException($"A key of {algorithm.NativeName} has no parameters.");
    }
}
