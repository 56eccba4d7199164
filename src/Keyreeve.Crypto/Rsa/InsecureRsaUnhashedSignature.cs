using System.Diagnostics.CodeAnalysis;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  RSASSA-PKCS1-v1_5 over bytes as they are, without DigestInfo
//
//  References
//      RFC 8017 §9.2 step 5, with T the caller's bytes; PKCS#11 calls it CKM_RSA_PKCS
//
//  Sizes
//      Message     0 bytes to the modulus less 11
//      Signature   as long as the modulus
//
//  Nothing says which hash the bytes came from, or whether they are one: whoever has them signed may later claim either.
//

/// <summary>RSA signatures with PKCS#1 v1.5 padding over bytes that the caller has hashed and encoded, or not. Thread safe.</summary>
public static class InsecureRsaUnhashedSignature
{
    /// <summary>The padding's least length, in bytes.</summary>
    public const int OverheadInBytes = 11;

    /// <summary>Signs bytes as they are.</summary>
    /// <exception cref="ArgumentException">The modulus is too short for the bytes.</exception>
    public static byte[] Sign(RsaPrivateKey key, ReadOnlySpan<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(key);
        RsaPublicKey.RequireUnrestricted(key.PublicKey);
        if (bytes.Length > key.PublicKey.ModulusSizeInBytes - OverheadInBytes)
            throw new ArgumentException("The modulus is too short for so many bytes.", nameof(bytes));
        using var list = ToList();
        return KeyOperation.Sign(key.Handle, list, bytes, key.PublicKey.ModulusSizeInBytes);
    }

    /// <summary>Checks the signature of bytes as they are.</summary>
    /// <returns>False when anything is wrong with it.</returns>
    /// <exception cref="ArgumentException">The key is for PSS only.</exception>
    public static bool Verify(RsaPublicKey key, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> signature)
    {
        ArgumentNullException.ThrowIfNull(key);
        RsaPublicKey.RequireUnrestricted(key);
        if (signature.Length != key.ModulusSizeInBytes)
            return false;
        using var list = ToList();
        return KeyOperation.Verify(key.Handle, list, bytes, signature);
    }

    /// <summary>Gives the bytes that were signed, which the signature holds.</summary>
    /// <returns>False when the signature is not one of this key.</returns>
    /// <exception cref="ArgumentException">The key is for PSS only.</exception>
    public static bool TryRecover(RsaPublicKey key, ReadOnlySpan<byte> signature, [NotNullWhen(true)] out byte[]? bytes)
    {
        ArgumentNullException.ThrowIfNull(key);
        RsaPublicKey.RequireUnrestricted(key);
        bytes = null;
        if (signature.Length != key.ModulusSizeInBytes)
            return false;
        using var list = ToList();
        return KeyOperation.TryRecover(key.Handle, list, signature, out bytes);
    }

    private static ParameterList ToList() => new ParameterList().AddText("pad-mode"u8, "pkcs1");
}
