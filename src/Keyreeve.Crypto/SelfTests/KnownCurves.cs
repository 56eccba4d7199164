namespace Keyreeve.Crypto;

/// <summary>The known answers of elliptic curves: their private keys count up from 1, or from 0.</summary>
internal static class KnownCurves
{
    /// <summary>The message, if the known signature and a new one verify.</summary>
    public static byte[] Verifies(EllipticCurve curve, DigestAlgorithm digest, string signature)
    {
        using var key = Own(curve);
        return Known.Proven(
            Ecdsa.Verify(key.PublicKey, digest, Known.Message, Convert.FromHexString(signature), EcdsaSignatureFormat.Der)
            && Ecdsa.Verify(key.PublicKey, digest, Known.Message, Ecdsa.Sign(key, digest, Known.Message, EcdsaSignatureFormat.Der), EcdsaSignatureFormat.Der));
    }

    /// <summary>What is agreed on with a known point.</summary>
    public static byte[] Agrees(EllipticCurve curve, string peer)
    {
        using var key = Own(curve);
        using var other = EcPublicKey.ImportPoint(curve, Convert.FromHexString(peer));
        return Known.Bytes(Ecdh.DeriveSharedSecret(key, other));
    }

    /// <summary>What is agreed on with a known key.</summary>
    public static byte[] Agrees(MontgomeryCurve curve, string peer)
    {
        using var scalar = Known.Key(curve == MontgomeryCurve.X25519 ? 32 : 56);
        using var key = MontgomeryPrivateKey.Import(curve, scalar);
        using var other = MontgomeryPublicKey.Import(curve, Convert.FromHexString(peer));
        return Xdh.TryDeriveSharedSecret(key, other, out var secret) ? Known.Bytes(secret) : [];
    }

    /// <summary>The signature, which is the same every time, if it verifies.</summary>
    public static byte[] Signs(EdwardsCurve curve)
    {
        using var seed = Known.Key(curve == EdwardsCurve.Ed25519 ? 32 : 57);
        using var key = EdwardsPrivateKey.Import(curve, seed);
        var signature = Eddsa.Sign(key, Known.Message);
        return Eddsa.Verify(key.PublicKey, Known.Message, signature) ? signature : [];
    }

    private static EcPrivateKey Own(EllipticCurve curve)
    {
        var scalar = curve switch
        {
            EllipticCurve.P384 => CountingFromOne(48),
            // The order begins with seven zero bits.
            EllipticCurve.P521 => [0, .. CountingFromOne(65)],
            _ => CountingFromOne(32),
        };
        using var secret = SecretBytes.CopyFrom(scalar);
        return EcPrivateKey.ImportScalar(curve, secret);
    }

    private static byte[] CountingFromOne(int size) => [.. Enumerable.Range(1, size).Select(static i => (byte)i)];
}
