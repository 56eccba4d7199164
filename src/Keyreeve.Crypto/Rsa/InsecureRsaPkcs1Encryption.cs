using System.Diagnostics.CodeAnalysis;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  RSAES-PKCS1-v1_5
//
//  References
//      RFC 8017 §7.2; draft-irtf-cfrg-rsa-guidance §7 (implicit rejection)
//
//  Sizes
//      Plaintext    0 bytes to the modulus less 11
//      Ciphertext   as long as the modulus
//
//  Whoever learns whether the padding of a chosen ciphertext was right can decrypt with the key (Bleichenbacher 1998). So
//  nobody learns it: a wrong padding gives a plaintext too, random in bytes and length, always the same for the same
//  ciphertext, and takes as long. What that is good for is for the protocol above to find out.
//

/// <summary>RSA encryption with PKCS#1 v1.5 padding, for KMIP clients that know no other. Thread safe.</summary>
public static class InsecureRsaPkcs1Encryption
{
    /// <summary>The least number of bytes that padding takes.</summary>
    public const int OverheadInBytes = 11;

    /// <summary>Encrypts to a public key.</summary>
    /// <param name="key">The public key.</param>
    /// <param name="plaintext">At most the modulus less 11 bytes.</param>
    /// <exception cref="ArgumentException">The plaintext is too long, or the key is for PSS only.</exception>
    public static byte[] Encrypt(RsaPublicKey key, ReadOnlySpan<byte> plaintext)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (plaintext.Length > key.ModulusSizeInBytes - OverheadInBytes)
            throw new ArgumentException("The plaintext is too long for this modulus.", nameof(plaintext));
        RsaPublicKey.RequireUnrestricted(key);
        using var list = new ParameterList().AddText("pad-mode"u8, "pkcs1");
        return KeyOperation.Encrypt(key.Handle, list, plaintext, key.ModulusSizeInBytes);
    }

    /// <summary>Decrypts with a private key; the caller disposes the plaintext.</summary>
    /// <param name="key">The private key.</param>
    /// <param name="ciphertext">As long as the modulus, and below it.</param>
    /// <param name="plaintext">The plaintext; or, when the padding is wrong, something random in its place.</param>
    /// <returns>False only when length or value of the ciphertext are impossible, which everybody can see.</returns>
    public static bool TryDecrypt(
        RsaPrivateKey key, ReadOnlySpan<byte> ciphertext, [NotNullWhen(true)] out SecretBytes? plaintext) =>
        TryDecrypt(key, ciphertext, out plaintext, out _);

    /// <summary>The same, telling on the side whether the padding was right: for tests, which hold it against vectors.</summary>
    internal static bool TryDecrypt(
        RsaPrivateKey key,
        ReadOnlySpan<byte> ciphertext,
        [NotNullWhen(true)] out SecretBytes? plaintext,
        out bool dangerousIsPaddingRight)
    {
        ArgumentNullException.ThrowIfNull(key);
        plaintext = null;
        dangerousIsPaddingRight = false;
        var size = key.PublicKey.ModulusSizeInBytes;
        if (ciphertext.Length != size || ciphertext.SequenceCompareTo(key.PublicKey.Modulus) >= 0)
            return false;
        using var list = new ParameterList().AddText("pad-mode"u8, "none");
        if (!KeyOperation.TryDecrypt(key.Handle, list, ciphertext, size, out var encoded))
            return false;
        using (encoded)
        using (var synthetic = ImplicitRejection.Derive(key, ciphertext))
        {
            plaintext = ImplicitRejection.Select(encoded, synthetic, out dangerousIsPaddingRight);
            return true;
        }
    }
}
