using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>What a key is derived of.</summary>
/// <param name="Mode">What the group allows.</param>
/// <param name="Keys">The objects, opened; the first is the key.</param>
/// <param name="Parameters">What the method needs.</param>
/// <param name="LengthInBytes">How much is wanted.</param>
internal sealed record Source(GroupMode Mode, IReadOnlyList<UsableKey> Keys, DerivationParameters Parameters, int LengthInBytes)
{
    /// <summary>The key, or the password.</summary>
    public UsableKey Key => Keys[0];

    /// <summary>Refuses a second object.</summary>
    public void RequireOneKey()
    {
        if (Keys.Count != 1) throw KeyDerivation.Invalid("This Derivation Method takes one object.");
    }

    /// <summary>Refuses Derivation Data where the object is what is derived of.</summary>
    // spec: KMIP 1.4 §11.7 "Ambiguous derivation data provided both with Derivation Data and Secret Data object: Invalid Message"
    public void RequireNoData()
    {
        if (!Parameters.DerivationData.IsEmpty)
            throw new KeyreeveException(KeyreeveError.InvalidMessage, "This Derivation Method takes the object alone, and no Derivation Data beside it.");
    }

    /// <summary>The derivation data, stated or a second object's; the caller disposes of it.</summary>
    // spec: KMIP 2.1 §7.12 "Derivation data MAY either be explicitly provided by the client with the Derivation Data field or
    // implicitly provided by providing the Unique Identifier of a Secret Data object. If both are provided, then an error SHALL
    // be returned."
    public SecretBytes Data()
    {
        if (Keys.Count > 2) throw KeyDerivation.Invalid("This Derivation Method takes a key, and Secret Data at most.");
        if (Keys.Count == 2)
        {
            if (!Parameters.DerivationData.IsEmpty)
                throw new KeyreeveException(KeyreeveError.InvalidMessage, "Derivation Data and a Secret Data object are both given.");
            return Keys[1].Object.ObjectType == ObjectType.SecretData
                ? Keys[1].Material.Clone()
                : throw KeyDerivation.Invalid("The second object is Secret Data: the derivation data.");
        }

        return Parameters.DerivationData.Length == 1
            ? SecretBytes.CopyFrom(Parameters.DerivationData[0].Span)
            : throw KeyDerivation.Invalid("This Derivation Method needs one Derivation Data.");
    }

    /// <summary>The hash: that of an HMAC key; else the one stated; else the one of the key's own Cryptographic Parameters.</summary>
    // spec: KMIP 2.1 §7.12 "If a key is derived using HMAC, then the attributes of the derivation key provide enough information
    // about the PRF, and the Cryptographic Parameters are ignored."
    public DigestAlgorithm Digest(HashingAlgorithm fallback = HashingAlgorithm.NotSet)
    {
        var own = Key.Object.Attributes.Find(AttributeName.CryptographicParameters) as StructureValue;
        var hash = HashOf(Key.Object.CryptographicAlgorithm);
        if (hash == HashingAlgorithm.NotSet) hash = StatedHash(Parameters.CryptographicParameters);
        if (hash == HashingAlgorithm.NotSet) hash = StatedHash(own);
        if (hash == HashingAlgorithm.NotSet) hash = fallback;
        return hash switch
        {
            HashingAlgorithm.SHA1 => DigestAlgorithm.Sha1,
            HashingAlgorithm.SHA224 => DigestAlgorithm.Sha224,
            HashingAlgorithm.SHA256 => DigestAlgorithm.Sha256,
            HashingAlgorithm.SHA384 => DigestAlgorithm.Sha384,
            HashingAlgorithm.SHA512 => DigestAlgorithm.Sha512,
            HashingAlgorithm.SHA512224 => DigestAlgorithm.Sha512_224,
            HashingAlgorithm.SHA512256 => DigestAlgorithm.Sha512_256,
            HashingAlgorithm.SHA3224 => DigestAlgorithm.Sha3_224,
            HashingAlgorithm.SHA3256 => DigestAlgorithm.Sha3_256,
            HashingAlgorithm.SHA3384 => DigestAlgorithm.Sha3_384,
            HashingAlgorithm.SHA3512 => DigestAlgorithm.Sha3_512,
            HashingAlgorithm.NotSet => throw KeyDerivation.Invalid("The Derivation Parameters need a Hashing Algorithm."),
            _ => throw CipherChoice.NotSupported($"The Hashing Algorithm {hash} is not offered"),
        };
    }

    /// <summary>Whether a Block Cipher Mode is stated.</summary>
    public bool States(BlockCipherMode mode) =>
        Parameters.CryptographicParameters?[AttributeField.BlockCipherMode] is EnumerationValue stated && stated.Value == (uint)mode;

    private static HashingAlgorithm StatedHash(StructureValue? parameters)
    {
        if (parameters?[AttributeField.HashingAlgorithm] is EnumerationValue hash) return (HashingAlgorithm)hash.Value;
        return parameters?[AttributeField.CryptographicAlgorithm] is EnumerationValue mac ? HashOf((CryptographicAlgorithm)mac.Value) : HashingAlgorithm.NotSet;
    }

    private static HashingAlgorithm HashOf(CryptographicAlgorithm algorithm) => algorithm switch
    {
        CryptographicAlgorithm.HMACSHA1 => HashingAlgorithm.SHA1,
        CryptographicAlgorithm.HMACSHA224 => HashingAlgorithm.SHA224,
        CryptographicAlgorithm.HMACSHA256 => HashingAlgorithm.SHA256,
        CryptographicAlgorithm.HMACSHA384 => HashingAlgorithm.SHA384,
        CryptographicAlgorithm.HMACSHA512 => HashingAlgorithm.SHA512,
        CryptographicAlgorithm.HMACSHA3224 => HashingAlgorithm.SHA3224,
        CryptographicAlgorithm.HMACSHA3256 => HashingAlgorithm.SHA3256,
        CryptographicAlgorithm.HMACSHA3384 => HashingAlgorithm.SHA3384,
        CryptographicAlgorithm.HMACSHA3512 => HashingAlgorithm.SHA3512,
        _ => HashingAlgorithm.NotSet,
    };
}

/// <summary>The function at the heart of SP 800-108: HMAC, or AES-CMAC where that is stated.</summary>
internal sealed class PseudorandomFunction : IDisposable
{
    private readonly HmacKey? _hmac;
    private readonly SecretBytes _key;

    private PseudorandomFunction(HmacKey? hmac, SecretBytes key)
    {
        _hmac = hmac;
        _key = key;
    }

    /// <summary>The length of what it gives.</summary>
    public int SizeInBytes => _hmac?.MacSizeInBytes ?? AesCmac.TagSizeInBytes;

    /// <summary>The one that key and parameters mean.</summary>
    public static PseudorandomFunction Of(Source source) =>
        source.Key.Object.CryptographicAlgorithm == CryptographicAlgorithm.AES && source.States(BlockCipherMode.CMAC)
            ? new(null, source.Key.Material)
            : new(new HmacKey(source.Digest(), source.Key.Material), source.Key.Material);

    /// <summary>Computes it; the caller wipes the result.</summary>
    public byte[] Compute(ReadOnlySpan<byte> input)
    {
        if (_hmac is null) return AesCmac.Compute(_key, input);
        var mac = new byte[SizeInBytes];
        _hmac.Compute(input, mac);
        return mac;
    }

    /// <inheritdoc/>
    public void Dispose() => _hmac?.Dispose();
}

/// <summary>Diffie-Hellman between a private and a public key that are both here; or what was encapsulated for a private key of ML-KEM.</summary>
internal static class KeyAgreement
{
    /// <summary>Agrees; the caller disposes of the result.</summary>
    public static SecretBytes Derive(Source source)
    {
        if (source.Keys is [var only] && PostQuantumForm.Of(only.Object.CryptographicAlgorithm) is var lattice && lattice != PostQuantumAlgorithm.None && lattice.IsEncapsulation())
            return KeyDerivation.Leftmost(Decapsulate(source, only), source.LengthInBytes);
        source.RequireNoData();
        if (source.Keys.Count != 2) throw KeyDerivation.Invalid("A key agreement takes a private and a public key.");
        var (privateKey, publicKey) = source.Keys[0].Object.ObjectType == ObjectType.PrivateKey
            ? (source.Keys[0], source.Keys[1])
            : (source.Keys[1], source.Keys[0]);
        if (privateKey.Object.ObjectType != ObjectType.PrivateKey || publicKey.Object.ObjectType != ObjectType.PublicKey)
            throw KeyDerivation.Invalid("A key agreement takes a private and a public key.");
        if (source.Parameters.CryptographicParameters?[AttributeField.CryptographicAlgorithm] is EnumerationValue stated
            && (CryptographicAlgorithm)stated.Value is not (CryptographicAlgorithm.ECDH or CryptographicAlgorithm.EC))
            throw CipherChoice.NotSupported($"Key agreement by {(CryptographicAlgorithm)stated.Value} is not offered; ECDH is");
        var curve = KeyForm.CurveOf(privateKey.Object.Attributes);
        if (curve != KeyForm.CurveOf(publicKey.Object.Attributes)) throw KeyDerivation.Invalid("The two keys are on different curves.");
        var secret = (KeyForm.Of(privateKey.Object.Attributes), KeyForm.Of(publicKey.Object.Attributes)) switch
        {
            (EcForm form, EcForm) => Weierstrass(form, privateKey, publicKey),
            (MontgomeryForm form, MontgomeryForm) => Montgomery(form, curve, privateKey, publicKey),
            _ => throw CipherChoice.NotSupported($"A key agreement with keys of {privateKey.Object.CryptographicAlgorithm} is not offered"),
        };
        return KeyDerivation.Leftmost(secret, source.LengthInBytes);
    }

    // The standard has no operation for it: the ciphertext is the Derivation Data, and the secret that comes out is kept like one that was
    // agreed on.
    private static SecretBytes Decapsulate(Source source, in UsableKey key)
    {
        var algorithm = PostQuantumForm.Require(key.Object.CryptographicAlgorithm);
        if (key.Object.ObjectType != ObjectType.PrivateKey) throw KeyDerivation.Invalid("Decapsulation takes a private key of ML-KEM.");
        using var data = source.Data();
        using var lease = data.Reveal();
        try
        {
            return key.Ready((int)algorithm, static (material, a) => MlKemKey.Import((PostQuantumAlgorithm)a, isPrivate: true, material)).Decapsulate(lease.Span);
        }
        catch (ArgumentException wrongLength)
        {
            throw new KeyreeveException(KeyreeveError.InvalidField, "The Derivation Data is no ciphertext of this key's parameter set: its length is wrong.", wrongLength);
        }
    }

    private static SecretBytes Weierstrass(EcForm form, in UsableKey privateKey, in UsableKey publicKey)
    {
        using var encoded = As(form, privateKey, KeyFormatType.PKCS8);
        using var own = EcPrivateKey.ImportPkcs8(encoded);
        using var point = As(form, publicKey, KeyFormatType.X509);
        using var lease = point.Reveal();
        using var peer = EcPublicKey.ImportSubjectPublicKeyInfo(lease.Span);
        return Ecdh.DeriveSharedSecret(own, peer);
    }

    private static SecretBytes Montgomery(MontgomeryForm form, RecommendedCurve name, in UsableKey privateKey, in UsableKey publicKey)
    {
        var curve = name == RecommendedCurve.CURVE25519 ? MontgomeryCurve.X25519 : MontgomeryCurve.X448;
        using var encoded = As(form, privateKey, KeyFormatType.PKCS8);
        using var own = MontgomeryPrivateKey.ImportPkcs8(curve, encoded);
        using var point = As(form, publicKey, KeyFormatType.X509);
        using var lease = point.Reveal();
        using var peer = MontgomeryPublicKey.ImportSubjectPublicKeyInfo(curve, lease.Span);
        return Xdh.TryDeriveSharedSecret(own, peer, out var secret)
            ? secret
            : throw new KeyreeveException(KeyreeveError.CryptographicFailure, "The keys do not agree on a secret.");
    }

    private static SecretBytes As(KeyForm form, in UsableKey key, KeyFormatType format) => form.Write(
        key.Object.ObjectType == ObjectType.PrivateKey, new WrittenForm(key.Object.Material!.KeyFormatType), key.Material, new WrittenForm(format)).Bytes!;
}
