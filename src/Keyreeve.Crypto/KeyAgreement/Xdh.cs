using System.Diagnostics.CodeAnalysis;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  X25519 and X448
//
//  References
//      RFC 7748
//
//  Sizes
//      Private key     32 or 56 bytes
//      Public key      32 or 56 bytes; any bytes are one
//      Shared secret   32 or 56 bytes
//

/// <summary>Diffie-Hellman on the Montgomery curves. Thread safe.</summary>
public static class Xdh
{
    /// <summary>Agrees on a secret. It is not uniformly random: derive keys from it, never use it as one.</summary>
    /// <param name="ownKey">The own private key.</param>
    /// <param name="peerKey">The peer's public key.</param>
    /// <param name="secret">The secret.</param>
    /// <returns>False when the peer's key is of low order, which would make the secret zero whatever our key.</returns>
    /// <exception cref="ArgumentException">The keys are on different curves.</exception>
    // spec: RFC 7748 §6.1 "Both MAY check, without leaking extra information about the value of K, whether K is the all-zero
    // value and abort if so"
    public static bool TryDeriveSharedSecret(
        MontgomeryPrivateKey ownKey, MontgomeryPublicKey peerKey, [NotNullWhen(true)] out SecretBytes? secret)
    {
        ArgumentNullException.ThrowIfNull(ownKey);
        ArgumentNullException.ThrowIfNull(peerKey);
        if (ownKey.Curve != peerKey.Curve)
            throw new ArgumentException("The two keys are on different curves.", nameof(peerKey));
        return KeyOperation.TryDerive(ownKey.Handle, peerKey.Handle, ownKey.Curve.Algorithm().KeySizeInBytes, out secret);
    }

    /// <summary>Whether a key's two halves agree on the same secret with another pair.</summary>
    internal static bool AgreesWithItself(MontgomeryPrivateKey key)
    {
        var algorithm = key.Curve.Algorithm();
        using var other = NativeKey.Generate(algorithm.NativeName, parameters: null);
        if (!KeyOperation.TryDerive(key.Handle, other, algorithm.KeySizeInBytes, out var ours))
            return false;
        using (ours)
        {
            if (!KeyOperation.TryDerive(other, key.PublicKey.Handle, algorithm.KeySizeInBytes, out var theirs))
                return false;
            using (theirs)
                return ours.Equals(theirs);
        }
    }
}
