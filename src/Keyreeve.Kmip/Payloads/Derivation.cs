using System.Collections.Immutable;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Objects;

namespace Keyreeve.Kmip.Payloads;

/// <summary>Derive Key makes a key or secret data of others. KMIP 2.1 §6.1.14, 1.x §4.6 (1.0: §4.5). Holds views of the message.</summary>
public sealed class DeriveKeyRequest : IRequestPayload<DeriveKeyRequest, DeriveKeyResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.DeriveKey;

    /// <summary>What to make: a symmetric key or secret data.</summary>
    public ObjectType ObjectType { get; init; }

    /// <summary>What it is made of; at least one.</summary>
    public ImmutableArray<UniqueIdentifier> UniqueIdentifiers { get; init; } = [];

    /// <summary>How.</summary>
    public DerivationMethod DerivationMethod { get; init; }

    /// <summary>What the method needs.</summary>
    public DerivationParameters DerivationParameters { get; init; }

    /// <summary>The attributes it shall have.</summary>
    public AttributeList Attributes { get; init; } = AttributeList.Empty;

    /// <inheritdoc/>
    public static DeriveKeyRequest Exchange<TCodec>(ref TCodec codec, in DeriveKeyRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            ObjectType = codec.Enumeration(Tag.ObjectType, value.ObjectType),
            UniqueIdentifiers = codec.Identifiers(Tag.UniqueIdentifier, value.UniqueIdentifiers),
            DerivationMethod = codec.Enumeration(Tag.DerivationMethod, value.DerivationMethod),
            DerivationParameters = codec.Structure(Tag.DerivationParameters, value.DerivationParameters),
            Attributes = codec.Attributes(Tag.TemplateAttribute, Tag.Attributes, value.Attributes),
        };
}

/// <summary>What a derivation needs. KMIP 2.1 §7.12. Holds views of the message.</summary>
public readonly record struct DerivationParameters : IWireStructure<DerivationParameters>
{
    /// <summary>Hash, cipher and mode of the method.</summary>
    public CryptographicParameters? CryptographicParameters { get; init; }

    /// <summary>Initialization Vector.</summary>
    public ReadOnlyMemory<byte>? InitializationVector { get; init; }

    /// <summary>What is hashed, encrypted and the like; several from KMIP 2.1 on.</summary>
    public ImmutableArray<KmipValue> DerivationData { get; init; }

    /// <summary>The salt.</summary>
    public ReadOnlyMemory<byte>? Salt { get; init; }

    /// <summary>How much work it takes.</summary>
    public int? IterationCount { get; init; }

    /// <inheritdoc/>
    public static DerivationParameters Exchange<TCodec>(ref TCodec codec, in DerivationParameters value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            CryptographicParameters = codec.OptionalStructure(Tag.CryptographicParameters, value.CryptographicParameters),
            InitializationVector = codec.OptionalBytes(Tag.InitializationVector, value.InitializationVector),
            DerivationData = codec.Values(Tag.DerivationData, value.DerivationData),
            Salt = codec.OptionalBytes(Tag.Salt, value.Salt),
            IterationCount = codec.OptionalInteger(Tag.IterationCount, value.IterationCount),
        };
}

/// <summary>What was derived.</summary>
public sealed record DeriveKeyResponse : IWireStructure<DeriveKeyResponse>
{
    /// <summary>The new object.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <summary>Attributes that the server set of its own. KMIP 1.x alone.</summary>
    public AttributeList? ImplicitAttributes { get; init; }

    /// <inheritdoc/>
    public static DeriveKeyResponse Exchange<TCodec>(ref TCodec codec, in DeriveKeyResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            ImplicitAttributes = codec.ImplicitAttributes(Tag.TemplateAttribute, value.ImplicitAttributes),
        };
}
