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
    private const int LongestFieldInBits = 1024;

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

    /// <summary>Counter Length in bytes; 0 if not stated.</summary>
    public int CounterSizeInBytes { get; private init; }

    /// <summary>Random IV; null if not stated.</summary>
    public bool? RandomIv { get; private init; }

    /// <summary>Whether the padding is put on and taken off around the cipher.</summary>
    public bool IsFilledHere => Padding is PaddingMethod.ANSIX923 or PaddingMethod.ISO10126 or PaddingMethod.Zeros or PaddingMethod.SSL3;

    /// <summary>How the cipher itself pads blocks: as PKCS#7 does, which the standard calls PKCS5, or not at all.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.CryptographicParametersNotSupported"/>: another padding.</exception>
    public BlockPadding BlockPadding => Padding switch
    {
        PaddingMethod.PKCS5 => BlockPadding.Pkcs7,
        PaddingMethod.None or PaddingMethod.NotSet => BlockPadding.None,
        _ when IsFilledHere => BlockPadding.None,
        _ => throw NotSupported($"Padding Method {Padding} is not offered for {Algorithm} in mode {Mode}"),
    };

    /// <summary>Whether both say the same.</summary>
    public bool IsSame(in CipherChoice other) =>
        this with { Label = [] } == other with { Label = [] } && Label.AsSpan().SequenceEqual(other.Label.AsSpan());

    /// <summary>Reads what the request states, or, if it chooses no method, what the key's own Cryptographic Parameters say.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.CryptographicParametersNotSupported"/>.</exception>
    public static CipherChoice Of(ManagedObject key, StructureValue? requested)
    {
        var parameters = requested is not null && (requested[AttributeField.BlockCipherMode] ?? requested[AttributeField.PaddingMethod]) is not null
            ? requested
            : Of(key) ?? requested;
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
            IvSizeInBytes = Bytes(parameters, AttributeField.IVLength) is var stated and > 0
                ? stated
                : Bytes(parameters, AttributeField.FixedFieldLength) + Bytes(parameters, AttributeField.InvocationFieldLength),
            CounterSizeInBytes = Bytes(parameters, AttributeField.CounterLength),
            RandomIv = parameters[AttributeField.RandomIV] is BooleanValue random ? random.Value : null,
            TagSizeInBytes = Number(parameters, AttributeField.TagLength) ?? 0,
            InitialCounter = Number(parameters, AttributeField.InitialCounterValue),
        };
    }

    /// <summary>The refusal of what is not offered.</summary>
    public static KeyreeveException NotSupported(string what) => new(KeyreeveError.CryptographicParametersNotSupported, what + ".");

    // Of several instances the first that is not about another algorithm, such as an HMAC with the same key.
    private static StructureValue? Of(ManagedObject key)
    {
        if (key.Attributes.Find(AttributeName.CryptographicParameters) is not StructureValue first) return null;
        if (IsAbout(key, first)) return first;
        foreach (var instance in key.Attributes.All(AttributeName.CryptographicParameters))
            if (instance.Value is StructureValue other && IsAbout(key, other)) return other;
        return null;
    }

    private static bool IsAbout(ManagedObject key, StructureValue parameters) =>
        parameters[AttributeField.CryptographicAlgorithm] is not EnumerationValue stated
        || Serves(key.CryptographicAlgorithm, (CryptographicAlgorithm)stated.Value);

    private static CryptographicAlgorithm AlgorithmOf(CryptographicAlgorithm keys, CryptographicAlgorithm stated)
    {
        if (stated == CryptographicAlgorithm.NotSet) return keys;
        return Serves(keys, stated) ? stated : throw NotSupported($"The key is one of {keys}, not of {stated}");
    }

    // A key of ChaCha20 serves ChaCha20-Poly1305 as well; nothing else serves two algorithms.
    private static bool Serves(CryptographicAlgorithm keys, CryptographicAlgorithm stated) =>
        stated == keys || (keys == CryptographicAlgorithm.ChaCha20 && stated == CryptographicAlgorithm.ChaCha20Poly1305);

    private static uint Enumeration(StructureValue parameters, AttributeField field) => parameters[field] is EnumerationValue v ? v.Value : 0;

    // Lengths in bits that are no whole number of bytes belong to no cipher here.
    private static int Bytes(StructureValue parameters, AttributeField field)
    {
        var bits = Number(parameters, field) ?? 0;
        return bits % BitsPerByte == 0 && bits is >= 0 and <= LongestFieldInBits
            ? bits / BitsPerByte
            : throw new KeyreeveException(KeyreeveError.BadCryptographicParameters, $"{field} is no length that a cipher here has.");
    }

    private static int? Number(StructureValue parameters, AttributeField field) => parameters[field] is IntegerValue v ? v.Value : null;
}
