using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  Elliptic curve Diffie-Hellman
//
//  References
//      SP 800-56A Rev. 3 §5.7.1.2 (the primitive; all curves offered have cofactor 1); SEC 1 §3.3.1
//
//  Sizes
//      Keys            P-256, P-384, P-521, secp256k1
//      Shared secret   32, 48, 66, 32 bytes: the x coordinate
//

/// <summary>Diffie-Hellman on the named curves. Thread safe.</summary>
public static class Ecdh
{
    /// <summary>Agrees on a secret. It is not uniformly random: derive keys from it, never use it as one.</summary>
    /// <param name="ownKey">The own private key.</param>
    /// <param name="peerKey">The peer's public key; that it is on the curve was checked when it was built.</param>
    /// <exception cref="ArgumentException">The keys are on different curves.</exception>
    public static SecretBytes DeriveSharedSecret(EcPrivateKey ownKey, EcPublicKey peerKey)
    {
        ArgumentNullException.ThrowIfNull(ownKey);
        ArgumentNullException.ThrowIfNull(peerKey);
        if (ownKey.Curve != peerKey.Curve)
            throw new ArgumentException("The two keys are on different curves.", nameof(peerKey));
        var size = EllipticCurveFacts.Of(ownKey.Curve).FieldSizeInBytes;
        return KeyOperation.TryDerive(ownKey.Handle, peerKey.Handle, size, out var secret) ? secret : throw LibCrypto.Failure();
    }
}
