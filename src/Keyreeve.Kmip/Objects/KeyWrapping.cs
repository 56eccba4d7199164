using System.Collections.Immutable;
using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Objects;

/// <summary>The key that encrypts, MACs or signs a wrapped key, and how: Encryption Key Information and MAC/Signature Key
/// Information alike. KMIP 2.1 §3.3.</summary>
public readonly struct WrappingKey : IWireStructure<WrappingKey>
{
    /// <summary>The key.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <summary>How it is used.</summary>
    public CryptographicParameters? CryptographicParameters { get; init; }

    /// <inheritdoc/>
    public static WrappingKey Exchange<TCodec>(ref TCodec codec, in WrappingKey value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            CryptographicParameters = codec.OptionalStructure(Tag.CryptographicParameters, value.CryptographicParameters),
        };
}

/// <summary>How a key value was wrapped. KMIP 2.1 §3.3.</summary>
public sealed class KeyWrappingData : IWireStructure<KeyWrappingData>
{
    /// <summary>Encrypted, MACed or signed, and in which order.</summary>
    public WrappingMethod WrappingMethod { get; init; }

    /// <summary>The key that encrypts.</summary>
    public WrappingKey? EncryptionKeyInformation { get; init; }

    /// <summary>The key that MACs or signs.</summary>
    public WrappingKey? MACSignatureKeyInformation { get; init; }

    /// <summary>The MAC or signature.</summary>
    public ReadOnlyMemory<byte>? MACSignature { get; init; }

    /// <summary>The initialization vector, if the method has one.</summary>
    public ReadOnlyMemory<byte>? IVCounterNonce { get; init; }

    /// <summary>What was wrapped: the key material alone, or the Key Value as TTLV, if absent. From KMIP 1.1.</summary>
    public EncodingOption? EncodingOption { get; init; }

    /// <inheritdoc/>
    public static KeyWrappingData Exchange<TCodec>(ref TCodec codec, in KeyWrappingData value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            WrappingMethod = codec.Enumeration(Tag.WrappingMethod, value.WrappingMethod),
            EncryptionKeyInformation = codec.OptionalStructure(Tag.EncryptionKeyInformation, value.EncryptionKeyInformation),
            MACSignatureKeyInformation = codec.OptionalStructure(Tag.MACSignatureKeyInformation, value.MACSignatureKeyInformation),
            MACSignature = codec.OptionalBytes(Tag.MACSignature, value.MACSignature),
            IVCounterNonce = codec.OptionalBytes(Tag.IVCounterNonce, value.IVCounterNonce),
            EncodingOption = codec.OptionalEnumeration(Tag.EncodingOption, value.EncodingOption),
        };
}

/// <summary>How a key is to be wrapped before it is returned. KMIP 2.1 §7.18.</summary>
public sealed class KeyWrappingSpecification : IWireStructure<KeyWrappingSpecification>
{
    /// <summary>Encrypt, MAC or sign, and in which order.</summary>
    public WrappingMethod WrappingMethod { get; init; }

    /// <summary>The key that encrypts.</summary>
    public WrappingKey? EncryptionKeyInformation { get; init; }

    /// <summary>The key that MACs or signs.</summary>
    public WrappingKey? MACSignatureKeyInformation { get; init; }

    /// <summary>Attributes to be wrapped with the key, by the names of KMIP 1.x, which KMIP 2.x keeps here.</summary>
    public ImmutableArray<string> AttributeNames { get; init; } = [];

    /// <summary>What to wrap: the key material alone, or the Key Value as TTLV, if absent. From KMIP 1.1.</summary>
    public EncodingOption? EncodingOption { get; init; }

    /// <inheritdoc/>
    public static KeyWrappingSpecification Exchange<TCodec>(ref TCodec codec, in KeyWrappingSpecification value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            WrappingMethod = codec.Enumeration(Tag.WrappingMethod, value.WrappingMethod),
            EncryptionKeyInformation = codec.OptionalStructure(Tag.EncryptionKeyInformation, value.EncryptionKeyInformation),
            MACSignatureKeyInformation = codec.OptionalStructure(Tag.MACSignatureKeyInformation, value.MACSignatureKeyInformation),
            AttributeNames = codec.Texts(Tag.AttributeName, value.AttributeNames),
            EncodingOption = codec.OptionalEnumeration(Tag.EncodingOption, value.EncodingOption),
        };
}
