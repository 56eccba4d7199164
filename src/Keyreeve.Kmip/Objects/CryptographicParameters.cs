using System.Runtime.InteropServices;
using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Objects;

/// <summary>How a key is used: mode, padding, hash and their sizes. KMIP 2.1 §4.16, 1.x §3.6.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CryptographicParameters : IWireStructure<CryptographicParameters>
{
    /// <summary>Block Cipher Mode.</summary>
    public BlockCipherMode? BlockCipherMode { get; init; }

    /// <summary>Padding Method.</summary>
    public PaddingMethod? PaddingMethod { get; init; }

    /// <summary>Hashing Algorithm.</summary>
    public HashingAlgorithm? HashingAlgorithm { get; init; }

    /// <summary>Key Role Type.</summary>
    public KeyRoleType? KeyRoleType { get; init; }

    /// <summary>Digital Signature Algorithm. From KMIP 1.2.</summary>
    public DigitalSignatureAlgorithm? DigitalSignatureAlgorithm { get; init; }

    /// <summary>Cryptographic Algorithm. From KMIP 1.2.</summary>
    public CryptographicAlgorithm? CryptographicAlgorithm { get; init; }

    /// <summary>Whether the server makes the initialization vector. From KMIP 1.2.</summary>
    public bool? RandomIV { get; init; }

    /// <summary>Length of the initialization vector in bits. From KMIP 1.2.</summary>
    public int? IVLength { get; init; }

    /// <summary>Length of the authentication tag in bytes. From KMIP 1.2.</summary>
    public int? TagLength { get; init; }

    /// <summary>Length of the fixed part of a deterministic nonce in bits. From KMIP 1.2.</summary>
    public int? FixedFieldLength { get; init; }

    /// <summary>Length of the counted part of a deterministic nonce in bits. From KMIP 1.2.</summary>
    public int? InvocationFieldLength { get; init; }

    /// <summary>Length of the counter in bits. From KMIP 1.2.</summary>
    public int? CounterLength { get; init; }

    /// <summary>Where the counter begins. From KMIP 1.2.</summary>
    public int? InitialCounterValue { get; init; }

    /// <summary>Length of the salt of a PSS signature in bytes. From KMIP 1.4.</summary>
    public int? SaltLength { get; init; }

    /// <summary>Mask generation of OAEP and PSS; MGF1 if absent. From KMIP 1.4.</summary>
    public MaskGenerator? MaskGenerator { get; init; }

    /// <summary>Hash of the mask generation; SHA-1 if absent. From KMIP 1.4.</summary>
    public HashingAlgorithm? MaskGeneratorHashingAlgorithm { get; init; }

    /// <summary>The label of OAEP. From KMIP 1.4. A view of the message.</summary>
    public ReadOnlyMemory<byte>? PSource { get; init; }

    /// <summary>Trailer Field of PSS. From KMIP 1.4.</summary>
    public int? TrailerField { get; init; }

    /// <inheritdoc/>
    public static CryptographicParameters Exchange<TCodec>(ref TCodec codec, in CryptographicParameters value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            BlockCipherMode = codec.OptionalEnumeration(Tag.BlockCipherMode, value.BlockCipherMode),
            PaddingMethod = codec.OptionalEnumeration(Tag.PaddingMethod, value.PaddingMethod),
            HashingAlgorithm = codec.OptionalEnumeration(Tag.HashingAlgorithm, value.HashingAlgorithm),
            KeyRoleType = codec.OptionalEnumeration(Tag.KeyRoleType, value.KeyRoleType),
            DigitalSignatureAlgorithm = codec.Has(Tag.DigitalSignatureAlgorithm, value.DigitalSignatureAlgorithm.HasValue, ProtocolVersion.Kmip12)
                ? codec.Enumeration(Tag.DigitalSignatureAlgorithm, value.DigitalSignatureAlgorithm.GetValueOrDefault())
                : null,
            CryptographicAlgorithm = codec.Has(Tag.CryptographicAlgorithm, value.CryptographicAlgorithm.HasValue, ProtocolVersion.Kmip12)
                ? codec.Enumeration(Tag.CryptographicAlgorithm, value.CryptographicAlgorithm.GetValueOrDefault())
                : null,
            RandomIV = codec.OptionalBoolean(Tag.RandomIV, value.RandomIV),
            IVLength = codec.OptionalInteger(Tag.IVLength, value.IVLength),
            TagLength = codec.OptionalInteger(Tag.TagLength, value.TagLength),
            FixedFieldLength = codec.OptionalInteger(Tag.FixedFieldLength, value.FixedFieldLength),
            InvocationFieldLength = codec.OptionalInteger(Tag.InvocationFieldLength, value.InvocationFieldLength),
            CounterLength = codec.OptionalInteger(Tag.CounterLength, value.CounterLength),
            InitialCounterValue = codec.OptionalInteger(Tag.InitialCounterValue, value.InitialCounterValue),
            SaltLength = codec.OptionalInteger(Tag.SaltLength, value.SaltLength),
            MaskGenerator = codec.OptionalEnumeration(Tag.MaskGenerator, value.MaskGenerator),
            MaskGeneratorHashingAlgorithm = codec.OptionalEnumeration(Tag.MaskGeneratorHashingAlgorithm, value.MaskGeneratorHashingAlgorithm),
            PSource = codec.OptionalBytes(Tag.PSource, value.PSource),
            TrailerField = codec.OptionalInteger(Tag.TrailerField, value.TrailerField),
        };
}
