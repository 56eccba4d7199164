using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard.Ciphers;

/// <summary>
/// How data is encrypted: the Cryptographic Parameters of the request, or those of the key, or, if neither says anything, GCM
/// for AES and OAEP for RSA. KMIP 2.1 §4.12.
/// </summary>
internal sealed class CipherChoice
{
    private const int DefaultTagSizeInBytes = 16;

    private CipherChoice(CryptographicAlgorithm algorithm, StructureValue? parameters, GroupMode groupMode)
    {
        Algorithm = algorithm;
        GroupMode = groupMode;
        Mode = Enumeration<BlockCipherMode>(parameters, AttributeField.BlockCipherMode);
        Padding = Enumeration<PaddingMethod>(parameters, AttributeField.PaddingMethod);
        Digest = DigestOf(parameters, AttributeField.HashingAlgorithm, DigestAlgorithm.Sha256);
        MaskDigest = DigestOf(parameters, AttributeField.MaskGeneratorHashingAlgorithm, Digest);
        TagSizeInBytes = (parameters?[AttributeField.TagLength] as IntegerValue)?.Value ?? DefaultTagSizeInBytes;
        IvSizeInBytes = (parameters?[AttributeField.IVLength] as IntegerValue)?.Value;
        Label = (parameters?[AttributeField.PSource] as BytesValue)?.Value.AsMemory() ?? default;
    }

    /// <summary>The key's algorithm.</summary>
    public CryptographicAlgorithm Algorithm { get; }

    /// <summary>What the key's group allows.</summary>
    public GroupMode GroupMode { get; }

    /// <summary>The mode; not set if the algorithm has none or its default is meant.</summary>
    public BlockCipherMode Mode { get; }

    /// <summary>The padding; not set for the mode's own.</summary>
    public PaddingMethod Padding { get; }

    /// <summary>The hash of OAEP.</summary>
    public DigestAlgorithm Digest { get; }

    /// <summary>The hash of OAEP's mask.</summary>
    public DigestAlgorithm MaskDigest { get; }

    /// <summary>How long the tag of an authenticated mode is.</summary>
    public int TagSizeInBytes { get; }

    /// <summary>How long the IV is that the server chooses; null for the mode's own length.</summary>
    public int? IvSizeInBytes { get; }

    /// <summary>OAEP's label.</summary>
    public ReadOnlyMemory<byte> Label { get; }

    /// <summary>The choice for a key and a request.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.CryptographicParametersNotSupported"/>.</exception>
    public static CipherChoice For(ManagedObject key, StructureValue? requested, GroupMode groupMode)
    {
        var parameters = requested ?? key.Attributes.Find(AttributeName.CryptographicParameters) as StructureValue;
        var stated = Enumeration<CryptographicAlgorithm>(parameters, AttributeField.CryptographicAlgorithm);
        var algorithm = key.CryptographicAlgorithm == CryptographicAlgorithm.NotSet ? stated : key.CryptographicAlgorithm;
        // ChaCha20 keys are keys of both; anything else says which algorithm it is for.
        var isChaCha = algorithm == CryptographicAlgorithm.ChaCha20 && stated == CryptographicAlgorithm.ChaCha20Poly1305;
        if (stated != CryptographicAlgorithm.NotSet && stated != algorithm && !isChaCha)
            throw NotSupported($"The key is for {algorithm}, not {stated}");
        return new CipherChoice(isChaCha ? stated : algorithm, parameters, groupMode);
    }

    /// <summary>The refusal of something that is not offered.</summary>
    public static KeyreeveException NotSupported(string what) => new(KeyreeveError.CryptographicParametersNotSupported, $"{what}.");

    /// <summary>Refuses it unless the key's group is in interop mode.</summary>
    public void RequireInterop(string what) => AlgorithmRules.RequireInterop(GroupMode, what);

    private static TEnum Enumeration<TEnum>(StructureValue? parameters, AttributeField field)
        where TEnum : struct, Enum => parameters?[field] is EnumerationValue v ? (TEnum)Enum.ToObject(typeof(TEnum), v.Value) : default;

    private static DigestAlgorithm DigestOf(StructureValue? parameters, AttributeField field, DigestAlgorithm fallback)
    {
        var algorithm = Enumeration<HashingAlgorithm>(parameters, field);
        return algorithm switch
        {
            HashingAlgorithm.NotSet => fallback,
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
            _ => throw NotSupported($"{algorithm} is not offered here"),
        };
    }
}
