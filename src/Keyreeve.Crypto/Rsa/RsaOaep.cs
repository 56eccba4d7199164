using System.Diagnostics.CodeAnalysis;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  RSAES-OAEP
//
//  References
//      RFC 8017 §7.1, SP 800-56B Rev. 2 §7.2.2
//
//  Sizes
//      Plaintext    0 bytes to the modulus less twice the digest less 2
//      Ciphertext   as long as the modulus
//      Label        any; usually empty
//

/// <summary>The choices of OAEP (RFC 8017 §7.1).</summary>
/// <param name="Digest">Hashes the label.</param>
/// <param name="MaskDigest">Hashes within MGF1; the same, or, as Java has it by default, SHA-1.</param>
public readonly record struct RsaOaepParameters(DigestAlgorithm Digest, DigestAlgorithm MaskDigest)
{
    /// <summary>The usual choice for a digest: the same in MGF1.</summary>
    public static RsaOaepParameters Default(DigestAlgorithm digest) => new(digest, digest);
}

/// <summary>RSA encryption with OAEP padding, for keys and other short secrets. Thread safe.</summary>
public static class RsaOaep
{
    /// <summary>The longest plaintext, in bytes; negative when the modulus is too short for the digest.</summary>
    public static int MaxPlaintextSizeInBytes(RsaPublicKey key, RsaOaepParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.ModulusSizeInBytes - (2 * parameters.Digest.DigestSizeInBytes()) - 2;
    }

    /// <summary>Encrypts to a public key.</summary>
    /// <param name="key">The public key.</param>
    /// <param name="parameters">The choices, which the decrypting side must share.</param>
    /// <param name="plaintext">At most <see cref="MaxPlaintextSizeInBytes"/> bytes.</param>
    /// <param name="label">What the decrypting side must know too.</param>
    /// <exception cref="ArgumentException">The plaintext is too long, or the key is for PSS only.</exception>
    public static byte[] Encrypt(
        RsaPublicKey key, RsaOaepParameters parameters, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> label = default)
    {
        if (plaintext.Length > MaxPlaintextSizeInBytes(key, parameters))
            throw new ArgumentException("The plaintext is too long for this modulus and digest.", nameof(plaintext));
        RsaPublicKey.RequireUnrestricted(key);
        using var list = ToList(parameters, label);
        return KeyOperation.Encrypt(key.Handle, list, plaintext, key.ModulusSizeInBytes);
    }

    /// <summary>Decrypts with a private key; the caller disposes the plaintext.</summary>
    /// <param name="key">The private key.</param>
    /// <param name="parameters">The choices of the encryption.</param>
    /// <param name="ciphertext">As long as the modulus.</param>
    /// <param name="plaintext">The plaintext.</param>
    /// <param name="label">The label of the encryption.</param>
    /// <returns>False when anything is wrong; what, is not told (RFC 8017 §7.1.2).</returns>
    public static bool TryDecrypt(
        RsaPrivateKey key,
        RsaOaepParameters parameters,
        ReadOnlySpan<byte> ciphertext,
        [NotNullWhen(true)] out SecretBytes? plaintext,
        ReadOnlySpan<byte> label = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        plaintext = null;
        // spec: RFC 8017 §7.1.2 step 1 "If the length of the ciphertext C is not k octets, output "decryption error""
        if (ciphertext.Length != key.PublicKey.ModulusSizeInBytes || MaxPlaintextSizeInBytes(key.PublicKey, parameters) < 0)
            return false;
        using var list = ToList(parameters, label);
        return KeyOperation.TryDecrypt(key.Handle, list, ciphertext, key.PublicKey.ModulusSizeInBytes, out plaintext);
    }

    private static ParameterList ToList(RsaOaepParameters parameters, ReadOnlySpan<byte> label)
    {
        var list = new ParameterList()
            .AddText("pad-mode"u8, "oaep")
            .AddText("digest"u8, parameters.Digest.NativeName())
            .AddText("mgf1-digest"u8, parameters.MaskDigest.NativeName());
        return label.IsEmpty ? list : list.AddOctets("oaep-label"u8, label);
    }
}
