using System.Collections.Immutable;
using System.Numerics;

namespace Keyreeve.Core.Objects;

/// <summary>What belongs to an object's value but is no attribute of the standard, kept as attributes of ours.</summary>
internal static class KeptExtras
{
    /// <summary>How a key is wrapped, as it is kept.</summary>
    public static AttributeValue Of(KeyWrappingData wrapping)
    {
        var fields = ImmutableArray.CreateBuilder<StructureField>();
        fields.Add(new StructureField(AttributeField.WrappingMethod, AttributeValue.Of(wrapping.WrappingMethod)));
        AddKey(fields, wrapping.EncryptionKey, AttributeField.EncryptionKeyIdentifier, AttributeField.EncryptionKeyParameters);
        AddKey(fields, wrapping.MACSignatureKey, AttributeField.MACSignatureKeyIdentifier, AttributeField.MACSignatureKeyParameters);
        if (!wrapping.MACSignature.IsEmpty) fields.Add(new StructureField(AttributeField.MACSignature, new BytesValue(wrapping.MACSignature)));
        if (!wrapping.IVCounterNonce.IsEmpty) fields.Add(new StructureField(AttributeField.IVCounterNonce, new BytesValue(wrapping.IVCounterNonce)));
        if (wrapping.EncodingOption != EncodingOption.NotSet)
            fields.Add(new StructureField(AttributeField.EncodingOption, AttributeValue.Of(wrapping.EncodingOption)));
        if (wrapping.KeyValueIsStructure) fields.Add(new StructureField(AttributeField.KeyValueIsStructure, AttributeValue.Of(value: true)));
        return new StructureValue(fields.DrainToImmutable());
    }

    /// <summary>How the object's key is wrapped; null if it is not.</summary>
    public static KeyWrappingData? WrappingOf(ManagedObject managedObject) =>
        managedObject.Attributes.Find(AttributeName.KeyWrappingData) is not StructureValue kept ? null : new KeyWrappingData
        {
            WrappingMethod = (WrappingMethod)Enumeration(kept, AttributeField.WrappingMethod),
            EncryptionKey = KeyOf(kept, AttributeField.EncryptionKeyIdentifier, AttributeField.EncryptionKeyParameters),
            MACSignatureKey = KeyOf(kept, AttributeField.MACSignatureKeyIdentifier, AttributeField.MACSignatureKeyParameters),
            MACSignature = Bytes(kept, AttributeField.MACSignature),
            IVCounterNonce = Bytes(kept, AttributeField.IVCounterNonce),
            EncodingOption = (EncodingOption)Enumeration(kept, AttributeField.EncodingOption),
            KeyValueIsStructure = kept[AttributeField.KeyValueIsStructure] is BooleanValue { Value: true },
        };

    /// <summary>Which part of a split key an object is, as it is kept.</summary>
    public static AttributeValue Of(SplitKeyDescription split)
    {
        var fields = ImmutableArray.CreateBuilder<StructureField>();
        fields.Add(new StructureField(AttributeField.SplitKeyParts, AttributeValue.Of(split.Parts)));
        fields.Add(new StructureField(AttributeField.KeyPartIdentifier, AttributeValue.Of(split.PartIdentifier)));
        fields.Add(new StructureField(AttributeField.SplitKeyThreshold, AttributeValue.Of(split.Threshold)));
        fields.Add(new StructureField(AttributeField.SplitKeyMethod, AttributeValue.Of(split.Method)));
        if (split.PrimeFieldSize is { } prime) fields.Add(new StructureField(AttributeField.PrimeFieldSize, new BigIntegerValue(prime)));
        if (split.Polynomial != SplitKeyPolynomial.NotSet)
            fields.Add(new StructureField(AttributeField.SplitKeyPolynomial, AttributeValue.Of(split.Polynomial)));
        if (split.Source is not { } source) return new StructureValue(fields.DrainToImmutable());

        fields.Add(new StructureField(AttributeField.SplitIdentifier, AttributeValue.Of((ReadOnlySpan<byte>)source.Split.ToByteArray())));
        fields.Add(new StructureField(AttributeField.KeyFormatType, AttributeValue.Of(source.KeyFormatType)));
        fields.Add(new StructureField(AttributeField.SplitLength, AttributeValue.Of(source.LengthInBytes)));
        return new StructureValue(fields.DrainToImmutable());
    }

    /// <summary>Which part of a split key the object is; null for others.</summary>
    public static SplitKeyDescription? SplitOf(ManagedObject managedObject) =>
        managedObject.Attributes.Find(AttributeName.SplitKeyDescription) is not StructureValue kept ? null : new SplitKeyDescription(
            Number(kept, AttributeField.SplitKeyParts),
            Number(kept, AttributeField.KeyPartIdentifier),
            Number(kept, AttributeField.SplitKeyThreshold),
            (SplitKeyMethod)Enumeration(kept, AttributeField.SplitKeyMethod),
            kept[AttributeField.PrimeFieldSize] is BigIntegerValue { Value: var prime } ? prime : (BigInteger?)null)
        {
            Polynomial = (SplitKeyPolynomial)Enumeration(kept, AttributeField.SplitKeyPolynomial),
            Source = kept[AttributeField.SplitIdentifier] is not BytesValue { Value: var split } ? null : new SplitSource(
                UniqueIdentifier.FromBytes(split.AsSpan()),
                (KeyFormatType)Enumeration(kept, AttributeField.KeyFormatType),
                Number(kept, AttributeField.SplitLength)),
        };

    private static void AddKey(
        ImmutableArray<StructureField>.Builder fields, WrappingKeyInformation? key, AttributeField identifier, AttributeField parameters)
    {
        if (key is null) return;
        fields.Add(new StructureField(identifier, AttributeValue.Of(key.UniqueIdentifier)));
        if (key.CryptographicParameters is { } stated) fields.Add(new StructureField(parameters, stated));
    }

    private static WrappingKeyInformation? KeyOf(StructureValue kept, AttributeField identifier, AttributeField parameters) =>
        kept[identifier] is TextValue id ? new WrappingKeyInformation(id.Value, kept[parameters] as StructureValue) : null;

    private static uint Enumeration(StructureValue kept, AttributeField field) => kept[field] is EnumerationValue v ? v.Value : 0;

    private static int Number(StructureValue kept, AttributeField field) => kept[field] is IntegerValue v ? v.Value : 0;

    private static ImmutableArray<byte> Bytes(StructureValue kept, AttributeField field) => kept[field] is BytesValue v ? v.Value : [];
}
