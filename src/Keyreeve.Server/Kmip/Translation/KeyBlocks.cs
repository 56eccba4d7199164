using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Crypto;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Ttlv;
using Own = Keyreeve.Core.Objects;
using Wire = Keyreeve.Kmip.Objects;

namespace Keyreeve.Server.Kmip.Translation;

/// <summary>Key Blocks between the wire and Core: secrets leave the message for locked memory, and come back into buffers that are wiped.</summary>
/// <param name="version">The version of the message.</param>
/// <param name="wiped">Registers a buffer to be wiped when the message has been answered.</param>
internal sealed class KeyBlocks(ProtocolVersion version, Func<byte[], byte[]> wiped) : IKeyValueEncoding
{
    // The standard's transparent formats name their parts by tags of the same names.
    private static readonly FrozenDictionary<Tag, KeyComponent> ToComponent = Enum.GetValues<KeyComponent>()
        .Where(c => c != KeyComponent.None).ToFrozenDictionary(c => Enum.Parse<Tag>(c.ToString()));

    private static readonly FrozenDictionary<KeyComponent, Tag> ToTag = ToComponent.ToFrozenDictionary(p => p.Value, p => p.Key);

    // spec: KMIP 2.1 §3.4 to §3.12: the fields in the order of all these tables.
    private static readonly KeyComponent[] Order =
    [
        KeyComponent.Key, KeyComponent.Modulus, KeyComponent.PrivateExponent, KeyComponent.PublicExponent, KeyComponent.P, KeyComponent.Q,
        KeyComponent.G, KeyComponent.J, KeyComponent.X, KeyComponent.Y, KeyComponent.PrimeExponentP, KeyComponent.PrimeExponentQ,
        KeyComponent.CRTCoefficient, KeyComponent.D, KeyComponent.QString,
    ];

    /// <summary>The version of the message.</summary>
    public ProtocolVersion Version => version;

    /// <summary>A Key Block of a request; the caller disposes of it.</summary>
    public Own.KeyBlock ToCore(in Wire.KeyBlock block)
    {
        var format = (Own.KeyFormatType)block.KeyFormatType;
        var value = block.KeyValue;
        var material = value?.Wrapped is { } wrapped ? SecretBytes.CopyFrom(wrapped.Span) : null;
        TransparentKey? transparent = null;
        if (value is { Wrapped: null } clear)
        {
            if (clear.KeyMaterial.Type == TtlvType.Structure) transparent = ToTransparent(format, clear.KeyMaterial);
            else if (clear.KeyMaterial.Type == TtlvType.ByteString) material = SecretBytes.CopyFrom(clear.KeyMaterial.Encoded.Span);
            else throw new KeyreeveException(KeyreeveError.InvalidField, "Key Material is a Byte String or a structure.");
        }

        return new Own.KeyBlock
        {
            KeyFormatType = format,
            KeyCompressionType = block.KeyCompressionType is { } compression ? (uint)KnownValues.Require(Tag.KeyCompressionType, compression) : 0,
            Material = material,
            Transparent = transparent,
            Attributes = ToSet(AttributeTranslator.ToCore(value?.Attributes)),
            CryptographicAlgorithm = (Own.CryptographicAlgorithm)block.CryptographicAlgorithm.GetValueOrDefault(),
            CryptographicLength = block.CryptographicLength.GetValueOrDefault(),
            Wrapping = block.KeyWrappingData is { } wrapping ? ToCore(wrapping) with { KeyValueIsStructure = value is { Wrapped: null } } : null,
        };
    }

    /// <summary>A Key Block for a response.</summary>
    public Wire.KeyBlock ToWire(Own.KeyBlock block) => new()
    {
        KeyFormatType = (Keyreeve.Kmip.KeyFormatType)block.KeyFormatType,
        KeyCompressionType = block.KeyCompressionType == 0 ? null : (KeyCompressionType)block.KeyCompressionType,
        KeyValue = ToKeyValue(block),
        CryptographicAlgorithm = block.CryptographicAlgorithm == Own.CryptographicAlgorithm.NotSet ? null : (Keyreeve.Kmip.CryptographicAlgorithm)block.CryptographicAlgorithm,
        CryptographicLength = block.CryptographicLength == 0 ? null : block.CryptographicLength,
        KeyWrappingData = block.Wrapping is { } wrapping ? ToWire(wrapping) : null,
    };

    /// <summary>What a template holds: what clients state for new objects, but not what the server sets on all.</summary>
    public Keyreeve.Kmip.Attributes.AttributeList ToTemplate(AttributeSet attributes) => AttributeTranslator.ToWire(
        attributes.Instances.Where(i => !AttributeRules.IsInternal(i.Key.Name) && AttributeRules.For(i.Key).IsStatedByClient), version);

    /// <summary>How a Get wants the key wrapped.</summary>
    public Own.KeyWrappingSpecification ToCore(Wire.KeyWrappingSpecification specification) => new()
    {
        WrappingMethod = (Own.WrappingMethod)specification.WrappingMethod,
        EncryptionKey = ToCore(specification.EncryptionKeyInformation),
        MACSignatureKey = ToCore(specification.MACSignatureKeyInformation),
        AttributeNames = [.. specification.AttributeNames.Select(n => AttributeTranslator.ToKey(Keyreeve.Kmip.Attributes.AttributeReference.FromName(n)))],
        EncodingOption = (Own.EncodingOption)specification.EncodingOption.GetValueOrDefault(),
    };

    /// <inheritdoc/>
    public SecretBytes Encode(Own.KeyBlock keyBlock)
    {
        using var writer = new TtlvWriter();
        var clear = ToKeyValue(keyBlock) ?? throw new ArgumentException("There is no Key Value.", nameof(keyBlock));
        KmipCodec.Encode(writer, Tag.KeyValue, clear, version);
        return SecretBytes.CopyFrom(writer.WrittenSpan);
    }

    /// <inheritdoc/>
    public bool TryDecode(SecretBytes encoded, Own.KeyFormatType keyFormatType, [NotNullWhen(true)] out Own.KeyBlock? keyBlock)
    {
        keyBlock = null;
        var bytes = wiped(new byte[encoded.LengthInBytes]);
        using (var lease = encoded.Reveal()) lease.Span.CopyTo(bytes);
        try
        {
            var fields = new FieldReader(bytes, version);
            var value = fields.Structure(Tag.KeyValue, default(Wire.KeyValue));
            fields.ThrowIfNotEmpty();
            keyBlock = ToCore(new Wire.KeyBlock { KeyFormatType = (Keyreeve.Kmip.KeyFormatType)keyFormatType, KeyValue = value });
            return true;
        }
        catch (TtlvException)
        {
            return false;
        }
    }

    /// <summary>A secret in a buffer that is wiped when the message has been answered.</summary>
    public byte[] Copy(SecretBytes secret)
    {
        var bytes = wiped(new byte[secret.LengthInBytes]);
        using var lease = secret.Reveal();
        lease.Span.CopyTo(bytes);
        return bytes;
    }

    private static AttributeSet ToSet(ImmutableArray<AttributeInstance> instances) => AttributeTranslator.ToSet(instances);

    private Wire.KeyValue? ToKeyValue(Own.KeyBlock block)
    {
        if (block.Wrapping is { KeyValueIsStructure: false } && block.Material is { } wrapped) return Wire.KeyValue.FromWrapped(Copy(wrapped));
        if (version.Has(VersionTrait.SendsContainersAsWrapped) && block is { KeyFormatType: Own.KeyFormatType.PKCS12, Material: { } container })
            return Wire.KeyValue.FromWrapped(Copy(container));
        var attributes = block.Attributes.Instances.IsEmpty ? null : AttributeTranslator.ToWire(block.Attributes.Instances, version);
        if (block.Transparent is { } transparent) return new Wire.KeyValue { KeyMaterial = ToStructure(transparent), Attributes = attributes };
        return block.Material is { } material ? new Wire.KeyValue { KeyMaterial = KmipValue.Bytes(Copy(material)), Attributes = attributes } : null;
    }

    private static TransparentKey ToTransparent(Own.KeyFormatType format, KmipValue structure)
    {
        var components = new Dictionary<KeyComponent, SecretBytes>();
        var curve = Own.RecommendedCurve.NotSet;
        foreach (var field in structure.Fields)
        {
            if (field is { Tag: Tag.RecommendedCurve, Value.Type: TtlvType.Enumeration }) curve = (Own.RecommendedCurve)field.Value.AsEnumeration();
            else if (ToComponent.TryGetValue(field.Tag, out var component) && field.Value.Type == TypeOf(field.Tag))
            {
                if (components.ContainsKey(component)) throw NotOf(field.Tag, KeyreeveError.InvalidMessage, "stands twice in");
                components[component] = SecretBytes.CopyFrom(Magnitude(field.Value));
            }
            else throw NotOf(field.Tag, KeyreeveError.InvalidField, "does not belong into");
        }

        return new TransparentKey(format, components) { RecommendedCurve = curve };
    }

    // spec: KMIP 2.1 §3.4 to §3.12: a symmetric key and a point are Byte Strings, all numbers Big Integers.
    private static TtlvType TypeOf(Tag component) => component is Tag.Key or Tag.QString ? TtlvType.ByteString : TtlvType.BigInteger;

    private static KeyreeveException NotOf(Tag component, KeyreeveError error, string how) => new(error, $"{NameTables.DisplayName(component)} {how} this Key Material.");

    private static ReadOnlySpan<byte> Magnitude(KmipValue value) => value.Type == TtlvType.BigInteger
        ? value.Encoded.Span.TrimStart((byte)0)
        : value.Encoded.Span;

    /// <summary>Key Material as a structure.</summary>
    public KmipValue ToStructure(TransparentKey key)
    {
        var fields = new List<KmipField>();
        if (key.RecommendedCurve != Own.RecommendedCurve.NotSet) fields.Add((Tag.RecommendedCurve, KmipValue.Enumeration((uint)key.RecommendedCurve)));
        foreach (var (component, secret) in key.Components.OrderBy(c => Array.IndexOf(Order, c.Key))) fields.Add((ToTag[component], ToValue(component, secret)));
        var structure = KmipValue.Structure([.. fields]);
        if (System.Runtime.InteropServices.MemoryMarshal.TryGetArray(structure.Encoded, out var array)) wiped(array.Array!);
        return structure;
    }

    private KmipValue ToValue(KeyComponent component, SecretBytes secret)
    {
        if (component is KeyComponent.Key or KeyComponent.QString) return KmipValue.Bytes(Copy(secret));
        byte[] bytes;
        using (var lease = secret.Reveal())
        {
            // Big Integers are signed: a leading zero keeps the number positive.
            var zero = lease.Span is [>= 0x80, ..] ? 1 : 0;
            bytes = wiped(new byte[zero + secret.LengthInBytes]);
            lease.Span.CopyTo(bytes.AsSpan(zero));
        }

        var value = KmipValue.BigInteger(bytes);
        if (System.Runtime.InteropServices.MemoryMarshal.TryGetArray(value.Encoded, out var array)) wiped(array.Array!);
        return value;
    }

    private WrappingKeyInformation? ToCore(Wire.WrappingKey? key) => key is not { } stated
        ? null
        : new WrappingKeyInformation(stated.UniqueIdentifier.ToString(), Parameters.ToCore(stated.CryptographicParameters, version));

    private Own.KeyWrappingData ToCore(Wire.KeyWrappingData wrapping) => new()
    {
        WrappingMethod = (Own.WrappingMethod)wrapping.WrappingMethod,
        EncryptionKey = ToCore(wrapping.EncryptionKeyInformation),
        MACSignatureKey = ToCore(wrapping.MACSignatureKeyInformation),
        MACSignature = [.. wrapping.MACSignature.GetValueOrDefault().Span],
        IVCounterNonce = [.. wrapping.IVCounterNonce.GetValueOrDefault().Span],
        EncodingOption = (Own.EncodingOption)wrapping.EncodingOption.GetValueOrDefault(),
    };

    private Wire.KeyWrappingData ToWire(Own.KeyWrappingData wrapping) => new()
    {
        WrappingMethod = (Keyreeve.Kmip.WrappingMethod)wrapping.WrappingMethod,
        EncryptionKeyInformation = ToWire(wrapping.EncryptionKey),
        MACSignatureKeyInformation = ToWire(wrapping.MACSignatureKey),
        MACSignature = OrNothing(wrapping.MACSignature),
        IVCounterNonce = OrNothing(wrapping.IVCounterNonce),
        EncodingOption = wrapping.EncodingOption == Own.EncodingOption.NotSet ? null : (Keyreeve.Kmip.EncodingOption)wrapping.EncodingOption,
    };

    private Wire.WrappingKey? ToWire(WrappingKeyInformation? key) => key is null
        ? null
        : new Wire.WrappingKey
        {
            UniqueIdentifier = Keyreeve.Kmip.UniqueIdentifier.From(key.UniqueIdentifier),
            CryptographicParameters = Parameters.ToWire(key.CryptographicParameters, version),
        };

    // The type is written out: a bare null would become memory that is empty.
    private static ReadOnlyMemory<byte>? OrNothing(ImmutableArray<byte> bytes) =>
        bytes.IsDefaultOrEmpty ? default(ReadOnlyMemory<byte>?) : bytes.AsMemory();
}
