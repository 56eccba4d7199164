using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>Cryptographic Parameters, read: how data is to be encrypted under a key. KMIP 2.1 §4.16.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CipherChoice
{
    private const int BitsPerByte = 8;

    /// <summary>The algorithm: that of the key.</summary>
    public CryptographicAlgorithm Algorithm { get; private init; }

    /// <summary>Block Cipher Mode.</summary>
    public BlockCipherMode Mode { get; private init; }

    /// <summary>Padding Method.</summary>
    public PaddingMethod Padding { get; private init; }

    /// <summary>Hashing Algorithm.</summary>
    public HashingAlgorithm Hash { get; private init; }

    /// <summary>Mask Generator Hashing Algorithm.</summary>
    public HashingAlgorithm MaskHash { get; private init; }

    /// <summary>P Source: the label of OAEP.</summary>
    public ImmutableArray<byte> Label { get; private init; }

    /// <summary>IV Length in bytes; 0 if not stated.</summary>
    public int IvSizeInBytes { get; private init; }

    /// <summary>Tag Length in bytes; 0 if not stated.</summary>
    public int TagSizeInBytes { get; private init; }

    /// <summary>Initial Counter Value; null if not stated.</summary>
    public int? InitialCounter { get; private init; }

    /// <summary>Whether blocks are padded as PKCS#7 does, which the standard calls PKCS5.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.CryptographicParametersNotSupported"/>: another padding.</exception>
    public BlockPadding BlockPadding => Padding switch
    {
        PaddingMethod.PKCS5 => BlockPadding.Pkcs7,
        PaddingMethod.None or PaddingMethod.NotSet => BlockPadding.None,
        _ => throw NotSupported($"Padding Method {Padding} is not offered for {Algorithm} in mode {Mode}"),
    };

    /// <summary>Reads what the request states, or, if it chooses no method, what the key's own Cryptographic Parameters say.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.CryptographicParametersNotSupported"/>.</exception>
    public static CipherChoice Of(ManagedObject key, StructureValue? requested)
    {
        var parameters = requested is not null && (requested[AttributeField.BlockCipherMode] ?? requested[AttributeField.PaddingMethod]) is not null
            ? requested
            : key.Attributes.Find(AttributeName.CryptographicParameters) as StructureValue ?? requested;
        var choice = new CipherChoice { Algorithm = key.CryptographicAlgorithm, Label = [] };
        if (parameters is null) return choice;
        return choice with
        {
            Algorithm = AlgorithmOf(choice.Algorithm, (CryptographicAlgorithm)Enumeration(parameters, AttributeField.CryptographicAlgorithm)),
            Mode = (BlockCipherMode)Enumeration(parameters, AttributeField.BlockCipherMode),
            Padding = (PaddingMethod)Enumeration(parameters, AttributeField.PaddingMethod),
            Hash = (HashingAlgorithm)Enumeration(parameters, AttributeField.HashingAlgorithm),
            MaskHash = (HashingAlgorithm)Enumeration(parameters, AttributeField.MaskGeneratorHashingAlgorithm),
            Label = parameters[AttributeField.PSource] is BytesValue label ? label.Value : [],
            IvSizeInBytes = Number(parameters, AttributeField.IVLength) is { } bits ? bits / BitsPerByte : 0,
            TagSizeInBytes = Number(parameters, AttributeField.TagLength) ?? 0,
            InitialCounter = Number(parameters, AttributeField.InitialCounterValue),
        };
    }

    /// <summary>The refusal of what is not offered.</summary>
    public static KeyreeveException NotSupported(string what) => new(KeyreeveError.CryptographicParametersNotSupported, what + ".");

    private static CryptographicAlgorithm AlgorithmOf(CryptographicAlgorithm keys, CryptographicAlgorithm stated)
    {
        if (stated == CryptographicAlgorithm.NotSet || stated == keys) return keys;

        // A key of ChaCha20 serves ChaCha20-Poly1305 as well; nothing else serves two algorithms.
        return keys == CryptographicAlgorithm.ChaCha20 && stated == CryptographicAlgorithm.ChaCha20Poly1305
            ? stated
            : throw NotSupported($"The key is one of {keys}, not of {stated}");
    }

    private static uint Enumeration(StructureValue parameters, AttributeField field) => parameters[field] is EnumerationValue v ? v.Value : 0;

    private static int? Number(StructureValue parameters, AttributeField field) => parameters[field] is IntegerValue v ? v.Value : null;
}
