using System.Formats.Asn1;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Tokens;
using Keyreeve.Crypto;
using Keyreeve.Pkcs11.Interop;

namespace Keyreeve.Pkcs11;

/// <summary>Makes keys in a token: none of which a copy was ever elsewhere, and none before it is known that the token can use it.</summary>
internal static class HsmKeyMaking
{
    private const CryptographicUsageMask Protecting = CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt;
    private const CryptographicUsageMask Authenticating = CryptographicUsageMask.MACGenerate | CryptographicUsageMask.MACVerify;
    private const CryptographicUsageMask Wrapping = CryptographicUsageMask.WrapKey | CryptographicUsageMask.UnwrapKey;

    /// <summary>Makes a key or a pair.</summary>
    /// <returns>The handle of the secret or private key, and what is kept of it.</returns>
    public static (nuint Key, TokenHandle Handle) Make(TokenSession session, TokenKeyWish wish)
    {
        RequireMechanisms(session, wish);
        if (!wish.IsPair)
        {
            var secret = MakeSecret(session, wish);
            RequireCaptive(session, secret);
            return (secret, new TokenHandle(wish.Id, session.Serial, default));
        }

        var (publicKey, privateKey) = MakePair(session, wish);
        try
        {
            RequireCaptive(session, privateKey);
            var spki = wish.Algorithm == CryptographicAlgorithm.RSA ? ReadRsa(session, publicKey) : ReadEc(session, publicKey, wish.Curve);
            session.DestroyTransient(publicKey);
            RequireConsistent(session, wish, privateKey, spki);
            return (privateKey, new TokenHandle(wish.Id, session.Serial, spki));
        }
        catch
        {
            session.Destroy(privateKey);
            throw;
        }
    }

    // A key that turns out to be of no use would be destroyed again: better said before.
    private static void RequireMechanisms(TokenSession session, TokenKeyWish wish)
    {
        var mechanisms = session.Module.ListMechanisms(session.Slot);
        foreach (var (mechanism, flags, use) in NeededFor(wish))
        {
            if (mechanisms.Contains(mechanism) && (session.Module.DescribeMechanism(session.Slot, mechanism).Flags & flags) == flags) continue;
            throw new KeyreeveException(
                KeyreeveError.CryptographicParametersNotSupported, $"The token has no {mechanism}, which a key of {wish.Algorithm} for {use} needs; no key was made.");
        }
    }

    private static IEnumerable<(MechanismType Mechanism, nuint Flags, string Use)> NeededFor(TokenKeyWish wish)
    {
        if (wish.IsPair)
        {
            var isRsa = wish.Algorithm == CryptographicAlgorithm.RSA;
            yield return (isRsa ? MechanismType.RsaPkcsKeyPairGen : MechanismType.EcKeyPairGen, Cryptoki.MechanismGenerateKeyPair, "anything");
            if (Has(wish, CryptographicUsageMask.Sign)) yield return (isRsa ? MechanismType.RsaPkcsPss : MechanismType.Ecdsa, Cryptoki.MechanismSign, "Sign");
            if (isRsa && Has(wish, CryptographicUsageMask.Decrypt | CryptographicUsageMask.UnwrapKey)) yield return (MechanismType.RsaPkcsOaep, Cryptoki.MechanismDecrypt, "Decrypt");
            if (Has(wish, CryptographicUsageMask.KeyAgreement)) throw NotMade("Key agreement", wish);
            if (!isRsa && Has(wish, CryptographicUsageMask.UnwrapKey)) throw NotMade("Unwrapping", wish);
            yield break;
        }

        switch (wish.Algorithm)
        {
            case CryptographicAlgorithm.AES when wish.LengthInBits is 128 or 192 or 256:
                yield return (MechanismType.AesKeyGen, Cryptoki.MechanismGenerate, "anything");
                if (Has(wish, Protecting)) yield return (MechanismType.AesGcm, Cryptoki.MechanismEncrypt | Cryptoki.MechanismDecrypt, "Encrypt");
                if (Has(wish, Authenticating)) yield return (MechanismType.AesCmac, Cryptoki.MechanismSign, "MAC");
                if (Has(wish, Wrapping)) yield return (MechanismType.AesKeyWrapPad, Cryptoki.MechanismWrap | Cryptoki.MechanismUnwrap, "Wrap");
                break;
            case CryptographicAlgorithm.HMACSHA256 or CryptographicAlgorithm.HMACSHA384 or CryptographicAlgorithm.HMACSHA512:
                yield return (MechanismType.GenericSecretKeyGen, Cryptoki.MechanismGenerate, "anything");
                yield return (HsmMechanisms.MechanismOf(new TokenSignature(TokenMechanism.Hmac) { Digest = DigestOf(wish.Algorithm) }), Cryptoki.MechanismSign, "MAC");
                break;
            default:
                throw NotMade("Keys", wish);
        }

        if (Has(wish, CryptographicUsageMask.DeriveKey)) throw NotMade("Derivation", wish);
    }

    // spec: PKCS#11 2.40 §4.9 "CKA_NEVER_EXTRACTABLE … CK_TRUE if key has never had the CKA_EXTRACTABLE attribute set to CK_TRUE"
    private static nuint MakeSecret(TokenSession session, TokenKeyWish wish)
    {
        var isAes = wish.Algorithm == CryptographicAlgorithm.AES;
        using var template = Captive(wish)
            .With(AttributeType.Class, Cryptoki.ClassSecretKey)
            .With(AttributeType.KeyType, isAes ? Cryptoki.KeyTypeAes : Cryptoki.KeyTypeGenericSecret)
            .With(AttributeType.ValueLength, (nuint)(wish.LengthInBits / 8))
            .With(AttributeType.Encrypt, isAes && Has(wish, CryptographicUsageMask.Encrypt))
            .With(AttributeType.Decrypt, isAes && Has(wish, CryptographicUsageMask.Decrypt))
            // Whoever may verify a code computes it; the server tells the two apart.
            .With(AttributeType.Sign, Has(wish, Authenticating))
            .With(AttributeType.Verify, Has(wish, Authenticating))
            .With(AttributeType.Wrap, isAes && Has(wish, Wrapping))
            .With(AttributeType.Unwrap, isAes && Has(wish, Wrapping));
        return session.GenerateKey(isAes ? MechanismType.AesKeyGen : MechanismType.GenericSecretKeyGen, template);
    }

    private static (nuint PublicKey, nuint PrivateKey) MakePair(TokenSession session, TokenKeyWish wish)
    {
        var isRsa = wish.Algorithm == CryptographicAlgorithm.RSA;
        using var publicTemplate = new AttributeTemplate().With(AttributeType.Token, value: false).With(AttributeType.Verify, value: true);
        if (isRsa) publicTemplate.With(AttributeType.ModulusBits, (nuint)wish.LengthInBits).With(AttributeType.PublicExponent, [1, 0, 1]);
        else publicTemplate.With(AttributeType.EcParameters, ParametersOf(wish.Curve));
        using var privateTemplate = Captive(wish)
            .With(AttributeType.Sign, Has(wish, CryptographicUsageMask.Sign))
            // What RSA unwraps is decrypted: its mechanism for unwrapping would leave a key in the token that is not ours.
            .With(AttributeType.Decrypt, isRsa && Has(wish, CryptographicUsageMask.Decrypt | CryptographicUsageMask.UnwrapKey));
        return session.GenerateKeyPair(isRsa ? MechanismType.RsaPkcsKeyPairGen : MechanismType.EcKeyPairGen, publicTemplate, privateTemplate);
    }

    private static AttributeTemplate Captive(TokenKeyWish wish) => new AttributeTemplate()
        .With(AttributeType.Label, HsmKeys.Label)
        .With(AttributeType.Id, wish.Id.ToByteArray())
        .With(AttributeType.Token, value: true)
        .With(AttributeType.Private, value: true)
        .With(AttributeType.Sensitive, value: true)
        .With(AttributeType.Extractable, value: false)
        .With(AttributeType.Modifiable, value: false);

    private static void RequireCaptive(TokenSession session, nuint key)
    {
        if (session.ReadBoolean(key, AttributeType.AlwaysSensitive)
            && session.ReadBoolean(key, AttributeType.NeverExtractable)
            && session.ReadBoolean(key, AttributeType.Local)) return;
        session.Destroy(key);
        throw new KeyreeveException(KeyreeveError.TokenUnavailable, "The token made a key that could leave it; it was destroyed again.");
    }

    internal static byte[] ReadRsa(TokenSession session, nuint publicKey)
    {
        using var read = RsaPublicKey.ImportComponents(session.ReadBytes(publicKey, AttributeType.Modulus), session.ReadBytes(publicKey, AttributeType.PublicExponent), RsaKeyPolicy.InsecureAllowSmallRsa);
        return read.ExportSubjectPublicKeyInfo();
    }

    // spec: PKCS#11 2.40 §2.3.3 CKA_EC_POINT "DER-encoding of ANSI X9.62 ECPoint value Q"; some tokens give the point as it is.
    internal static byte[] ReadEc(TokenSession session, nuint publicKey, EllipticCurve curve)
    {
        var point = session.ReadBytes(publicKey, AttributeType.EcPoint);
        if (AsnDecoder.TryReadPrimitiveOctetString(point, AsnEncodingRules.DER, out var inner, out var consumed) && consumed == point.Length) point = inner.ToArray();
        using var read = EcPublicKey.ImportPoint(curve, point);
        return read.ExportSubjectPublicKeyInfo();
    }

    // spec: FIPS 140-3 IG 10.3.A: the halves of a new pair are tried against each other before the pair is used.
    private static void RequireConsistent(TokenSession session, TokenKeyWish wish, nuint privateKey, byte[] spki)
    {
        var fits = (Has(wish, CryptographicUsageMask.Sign), wish.Algorithm == CryptographicAlgorithm.RSA) switch
        {
            (true, true) => RsaSigns(session, privateKey, spki),
            (true, false) => EcSigns(session, privateKey, spki),
            (false, true) when Has(wish, CryptographicUsageMask.Decrypt) => RsaDecrypts(session, privateKey, spki),
            // A key that does neither serves to unwrap, which gives nothing back that could be compared, or is of no use in the token.
            _ => true,
        };
        if (!fits) throw new InconsistentKeyPairException();
    }

    internal static bool RsaSigns(TokenSession session, nuint privateKey, byte[] spki)
    {
        Span<byte> digest = stackalloc byte[32];
        CryptoRandom.Fill(digest);
        using var publicKey = RsaPublicKey.ImportSubjectPublicKeyInfo(spki, RsaKeyPolicy.InsecureAllowSmallRsa);
        var how = new TokenSignature(TokenMechanism.RsaPss) { Digest = DigestAlgorithm.Sha256, MaskDigest = DigestAlgorithm.Sha256, SaltSizeInBytes = 32 };
        return RsaPss.VerifyDigest(publicKey, new RsaPssParameters(DigestAlgorithm.Sha256, DigestAlgorithm.Sha256, 32), digest, HsmMechanisms.Sign(session, privateKey, how, digest));
    }

    internal static bool EcSigns(TokenSession session, nuint privateKey, byte[] spki)
    {
        Span<byte> digest = stackalloc byte[32];
        CryptoRandom.Fill(digest);
        using var publicKey = EcPublicKey.ImportSubjectPublicKeyInfo(spki);
        var signature = HsmMechanisms.Sign(session, privateKey, new TokenSignature(TokenMechanism.Ecdsa), digest);
        return Ecdsa.VerifyDigest(publicKey, digest, signature, EcdsaSignatureFormat.P1363);
    }

    // With the hash that most tokens' OAEP knows; one that does not is taken at its word.
    private static bool RsaDecrypts(TokenSession session, nuint privateKey, byte[] spki)
    {
        Span<byte> message = stackalloc byte[16];
        CryptoRandom.Fill(message);
        using var publicKey = RsaPublicKey.ImportSubjectPublicKeyInfo(spki, RsaKeyPolicy.InsecureAllowSmallRsa);
        var ciphertext = RsaOaep.Encrypt(publicKey, RsaOaepParameters.Default(DigestAlgorithm.Sha1), message);
        try
        {
            var oaep = new TokenCipher(TokenMechanism.RsaOaep) { Digest = DigestAlgorithm.Sha1, MaskDigest = DigestAlgorithm.Sha1 };
            using var back = HsmMechanisms.Decrypt(session, privateKey, oaep, ciphertext);
            using var lease = back.Reveal();
            return lease.Span.SequenceEqual(message);
        }
        catch (Pkcs11Exception unknown) when (unknown.Value is ReturnValue.MechanismParamInvalid or ReturnValue.ArgumentsBad)
        {
            return true;
        }
        catch (Pkcs11Exception wrong) when (wrong.Value is ReturnValue.EncryptedDataInvalid or ReturnValue.EncryptedDataLenRange or ReturnValue.GeneralError or ReturnValue.FunctionFailed)
        {
            return false;
        }
    }

    internal static byte[] ParametersOf(EllipticCurve curve)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteObjectIdentifier(curve switch
        {
            EllipticCurve.P256 => "1.2.840.10045.3.1.7",
            EllipticCurve.P384 => "1.3.132.0.34",
            EllipticCurve.P521 => "1.3.132.0.35",
            _ => throw new KeyreeveException(KeyreeveError.CryptographicParametersNotSupported, $"Pairs on {curve} are not made in the token."),
        });
        return writer.Encode();
    }

    private static DigestAlgorithm DigestOf(CryptographicAlgorithm algorithm) => algorithm switch
    {
        CryptographicAlgorithm.HMACSHA256 => DigestAlgorithm.Sha256,
        CryptographicAlgorithm.HMACSHA384 => DigestAlgorithm.Sha384,
        _ => DigestAlgorithm.Sha512,
    };

    private static bool Has(TokenKeyWish wish, CryptographicUsageMask any) => (wish.Usage & any) != CryptographicUsageMask.NotSet;

    private static KeyreeveException NotMade(string what, TokenKeyWish wish) => new(
        KeyreeveError.CryptographicParametersNotSupported, $"{what} of {wish.Algorithm} with {wish.LengthInBits} bits: not in the token; no key was made.");
}
