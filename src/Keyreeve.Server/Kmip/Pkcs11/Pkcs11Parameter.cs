using Keyreeve.Core;
using Keyreeve.Core.Objects;

namespace Keyreeve.Server.Kmip.Pkcs11;

/// <summary>The parameter of a mechanism, read.</summary>
internal sealed record Pkcs11Parameter
{
    private const int IvSizeInBytes = 16;
    private const int BitsPerByte = 8;
    private const ulong DataSpecified = 1;

    /// <summary>The IV; null if the mechanism has none.</summary>
    public ReadOnlyMemory<byte>? Iv { get; private init; }

    /// <summary>Additional data.</summary>
    public ReadOnlyMemory<byte> AdditionalData { get; private init; }

    /// <summary>The length of the tag.</summary>
    public int TagSizeInBytes { get; private init; }

    /// <summary>What a KMIP operation is told; null with digests.</summary>
    public StructureValue? CryptographicParameters { get; private init; }

    /// <summary>Reads CK_MECHANISM.</summary>
    /// <param name="reader">At its beginning.</param>
    /// <param name="mechanism">The mechanism; null if this library has no such.</param>
    /// <returns>The parameter; null if it is none of this mechanism's.</returns>
    // spec: KMIP Profiles 2.1 §5.18.1: the type, whether a parameter follows, and the parameter with its length.
    public static Pkcs11Parameter? Read(Pkcs11Reader reader, out Pkcs11Mechanism? mechanism)
    {
        mechanism = Pkcs11Mechanism.All.GetValueOrDefault(reader.Number());
        var parameter = new Pkcs11Reader(reader.Flag() ? reader.Bytes() : ReadOnlyMemory<byte>.Empty);
        if (mechanism is null) return null;
        try
        {
            var read = Read(mechanism, parameter);
            return parameter.IsAtEnd ? read : null;
        }
        catch (KeyreeveException malformed) when (malformed.Error == KeyreeveError.Pkcs11CodecError)
        {
            return null;
        }
    }

    private static Pkcs11Parameter? Read(Pkcs11Mechanism mechanism, Pkcs11Reader parameter) => mechanism switch
    {
        { Scheme: Pkcs11Scheme.Digest } => new(),
        { Scheme: Pkcs11Scheme.AuthenticatedCipher } => Gcm(mechanism, parameter),
        { Scheme: Pkcs11Scheme.BlockCipher, Mode: BlockCipherMode.CBC } => Cbc(mechanism, parameter),
        { Scheme: Pkcs11Scheme.RsaOaep } => Oaep(parameter),
        { Scheme: Pkcs11Scheme.RsaSignature, Padding: PaddingMethod.PSS } => Pss(mechanism, parameter),
        _ => new() { CryptographicParameters = Structure(Common(mechanism)) },
    };

    // An IV comes as it is, or as an array does: behind its count.
    private static Pkcs11Parameter Cbc(Pkcs11Mechanism mechanism, Pkcs11Reader parameter) => new()
    {
        Iv = parameter.Remaining == IvSizeInBytes ? parameter.Take(IvSizeInBytes).ToArray() : parameter.Bytes().ToArray(),
        CryptographicParameters = Structure(Common(mechanism)),
    };

    // CK_GCM_PARAMS: pIv, ulIvLen, ulIvBits, pAAD, ulAADLen, ulTagBits
    private static Pkcs11Parameter? Gcm(Pkcs11Mechanism mechanism, Pkcs11Reader parameter)
    {
        var iv = parameter.Bytes().ToArray();
        var ivBits = parameter.Number();
        var additionalData = parameter.Bytes().ToArray();
        var tagBits = parameter.Number();
        if ((ivBits != 0 && ivBits != (ulong)iv.Length * BitsPerByte) || tagBits % BitsPerByte != 0 || tagBits > 128) return null;
        return new()
        {
            Iv = iv,
            AdditionalData = additionalData,
            TagSizeInBytes = (int)tagBits / BitsPerByte,
            CryptographicParameters = Structure([.. Common(mechanism), new(AttributeField.TagLength, AttributeValue.Of((int)tagBits / BitsPerByte))]),
        };
    }

    // CK_RSA_PKCS_OAEP_PARAMS: hashAlg, mgf, source, pSourceData, ulSourceDataLen
    private static Pkcs11Parameter? Oaep(Pkcs11Reader parameter)
    {
        var (hash, mask, source) = (HashOf(parameter.Number()), MaskOf(parameter.Number()), parameter.Number());
        var label = parameter.Bytes();
        if (hash == HashingAlgorithm.NotSet || mask == HashingAlgorithm.NotSet || (source != DataSpecified && !(source == 0 && label.IsEmpty))) return null;
        var fields = new List<StructureField>
        {
            new(AttributeField.PaddingMethod, AttributeValue.Of(PaddingMethod.OAEP)),
            new(AttributeField.HashingAlgorithm, AttributeValue.Of(hash)),
            new(AttributeField.MaskGeneratorHashingAlgorithm, AttributeValue.Of(mask)),
        };
        if (!label.IsEmpty) fields.Add(new(AttributeField.PSource, AttributeValue.Of(label.Span)));
        return new() { CryptographicParameters = Structure(fields) };
    }

    // CK_RSA_PKCS_PSS_PARAMS: hashAlg, mgf, sLen
    private static Pkcs11Parameter? Pss(Pkcs11Mechanism mechanism, Pkcs11Reader parameter)
    {
        var (hash, mask, salt) = (HashOf(parameter.Number()), MaskOf(parameter.Number()), parameter.LastNumber());
        if (hash != mechanism.Hash || mask == HashingAlgorithm.NotSet || salt > 512) return null;
        return new()
        {
            CryptographicParameters = Structure(
                [.. Common(mechanism), new(AttributeField.MaskGeneratorHashingAlgorithm, AttributeValue.Of(mask)), new(AttributeField.SaltLength, AttributeValue.Of((int)salt))]),
        };
    }

    private static IEnumerable<StructureField> Common(Pkcs11Mechanism mechanism)
    {
        if (mechanism.Mode != BlockCipherMode.NotSet) yield return new(AttributeField.BlockCipherMode, AttributeValue.Of(mechanism.Mode));
        if (mechanism.Padding != PaddingMethod.NotSet) yield return new(AttributeField.PaddingMethod, AttributeValue.Of(mechanism.Padding));
        if (mechanism.Hash != HashingAlgorithm.NotSet) yield return new(AttributeField.HashingAlgorithm, AttributeValue.Of(mechanism.Hash));
        if (mechanism.Mac != CryptographicAlgorithm.NotSet) yield return new(AttributeField.CryptographicAlgorithm, AttributeValue.Of(mechanism.Mac));
    }

    private static StructureValue Structure(IEnumerable<StructureField> fields) => new([.. fields]);

    private static HashingAlgorithm HashOf(ulong mechanism) =>
        Pkcs11Mechanism.All.TryGetValue(mechanism, out var known) && known.Scheme == Pkcs11Scheme.Digest ? known.Hash : HashingAlgorithm.NotSet;

    // CKG_MGF1_…
    private static HashingAlgorithm MaskOf(ulong generator) => generator switch
    {
        1 => HashingAlgorithm.SHA1,
        2 => HashingAlgorithm.SHA256,
        3 => HashingAlgorithm.SHA384,
        4 => HashingAlgorithm.SHA512,
        5 => HashingAlgorithm.SHA224,
        _ => HashingAlgorithm.NotSet,
    };
}
