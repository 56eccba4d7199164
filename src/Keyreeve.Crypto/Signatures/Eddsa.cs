using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  EdDSA: Ed25519 and Ed448, signing the message itself ("pure")
//
//  References
//      RFC 8032, FIPS 186-5 §7
//
//  Sizes
//      Private key   32 or 57 bytes
//      Public key    32 or 57 bytes
//      Signature     64 or 114 bytes
//
//  Deterministic. Verification refuses s beyond the order, so that no signature can be changed into another valid one.
//

/// <summary>EdDSA signatures. Thread safe.</summary>
public static class Eddsa
{
    /// <summary>Length of a signature, in bytes.</summary>
    public static int SignatureSizeInBytes(EdwardsCurve curve) => 2 * curve.Algorithm().KeySizeInBytes;

    /// <summary>Signs a message.</summary>
    /// <param name="key">The private key.</param>
    /// <param name="message">The whole message: EdDSA reads it twice, so it cannot come in pieces.</param>
    public static unsafe byte[] Sign(EdwardsPrivateKey key, ReadOnlySpan<byte> message)
    {
        ArgumentNullException.ThrowIfNull(key);
        using var context = LibCrypto.Require(LibCrypto.DigestContextNew());
        LibCrypto.Require(LibCrypto.DigestSignInit(context, 0, null, 0, null, key.Handle, 0));
        var signature = new byte[SignatureSizeInBytes(key.Curve)];
        var length = (nuint)signature.Length;
        fixed (byte* output = signature, input = message)
            LibCrypto.Require(LibCrypto.DigestSign(context, output, ref length, input, (nuint)message.Length));
        return length == (nuint)signature.Length ? signature : throw LibCrypto.Failure();
    }

    /// <summary>Checks the signature of a message.</summary>
    /// <param name="key">The public key.</param>
    /// <param name="message">The message.</param>
    /// <param name="signature">The signature.</param>
    /// <returns>False when anything is wrong with it.</returns>
    public static unsafe bool Verify(EdwardsPublicKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (signature.Length != SignatureSizeInBytes(key.Curve))
            return false;
        using var context = LibCrypto.Require(LibCrypto.DigestContextNew());
        LibCrypto.Require(LibCrypto.DigestVerifyInit(context, 0, null, 0, null, key.Handle, 0));
        fixed (byte* given = signature, input = message)
        {
            return LibCrypto.Succeeded(
                LibCrypto.DigestVerify(context, given, (nuint)signature.Length, input, (nuint)message.Length));
        }
    }
}
