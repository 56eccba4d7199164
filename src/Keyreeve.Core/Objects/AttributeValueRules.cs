using System.Collections.Frozen;
using System.Text;

namespace Keyreeve.Core.Objects;

/// <summary>What values attributes may have: kinds, fields of structures, and limits of size.</summary>
internal static class AttributeValueRules
{
    /// <summary>Longest text or byte string in an attribute, in bytes.</summary>
    public const int LongestValueInBytes = 1 << 16;

    /// <summary>Most bytes all attributes of an object may take, encoded.</summary>
    public const int LargestSetInBytes = 1 << 18;

    private static readonly FrozenDictionary<AttributeName, StructureRule> Structures = new Dictionary<AttributeName, StructureRule>
    {
        [AttributeName.Name] = new([(AttributeField.NameValue, AttributeKind.Text), (AttributeField.NameType, AttributeKind.Enumeration)], []),
        [AttributeName.AlternativeName] = new(
            [(AttributeField.AlternativeNameValue, AttributeKind.Text), (AttributeField.AlternativeNameType, AttributeKind.Enumeration)], []),
        [AttributeName.Link] = new(
            [(AttributeField.LinkType, AttributeKind.Enumeration), (AttributeField.LinkedObjectIdentifier, AttributeKind.Text)], []),
        [AttributeName.ApplicationSpecificInformation] = new(
            [(AttributeField.ApplicationNamespace, AttributeKind.Text)], [(AttributeField.ApplicationData, AttributeKind.Text)]),
        [AttributeName.KeyValueLocation] = new(
            [(AttributeField.KeyValueLocationValue, AttributeKind.Text), (AttributeField.KeyValueLocationType, AttributeKind.Enumeration)], []),
        [AttributeName.RotateName] = new(
            [(AttributeField.RotateNameValue, AttributeKind.Text), (AttributeField.RotateNameType, AttributeKind.Enumeration)], []),
        [AttributeName.UsageLimits] = new(
            [(AttributeField.UsageLimitsTotal, AttributeKind.LongInteger), (AttributeField.UsageLimitsUnit, AttributeKind.Enumeration)],
            [(AttributeField.UsageLimitsCount, AttributeKind.LongInteger)]),
        [AttributeName.CryptographicDomainParameters] = new(
            [], [(AttributeField.Qlength, AttributeKind.Integer), (AttributeField.RecommendedCurve, AttributeKind.Enumeration)]),
        [AttributeName.CryptographicParameters] = new([], [
            (AttributeField.BlockCipherMode, AttributeKind.Enumeration), (AttributeField.PaddingMethod, AttributeKind.Enumeration),
            (AttributeField.HashingAlgorithm, AttributeKind.Enumeration), (AttributeField.KeyRoleType, AttributeKind.Enumeration),
            (AttributeField.DigitalSignatureAlgorithm, AttributeKind.Enumeration),
            (AttributeField.CryptographicAlgorithm, AttributeKind.Enumeration), (AttributeField.RandomIV, AttributeKind.Boolean),
            (AttributeField.IVLength, AttributeKind.Integer), (AttributeField.TagLength, AttributeKind.Integer),
            (AttributeField.FixedFieldLength, AttributeKind.Integer), (AttributeField.InvocationFieldLength, AttributeKind.Integer),
            (AttributeField.CounterLength, AttributeKind.Integer), (AttributeField.InitialCounterValue, AttributeKind.Integer),
            (AttributeField.SaltLength, AttributeKind.Integer), (AttributeField.MaskGenerator, AttributeKind.Enumeration),
            (AttributeField.MaskGeneratorHashingAlgorithm, AttributeKind.Enumeration), (AttributeField.PSource, AttributeKind.Bytes),
            (AttributeField.TrailerField, AttributeKind.Integer)]),
        [AttributeName.RandomNumberGenerator] = new(
            [(AttributeField.RNGAlgorithm, AttributeKind.Enumeration)],
            [
                (AttributeField.CryptographicAlgorithm, AttributeKind.Enumeration), (AttributeField.CryptographicLength, AttributeKind.Integer),
                (AttributeField.HashingAlgorithm, AttributeKind.Enumeration), (AttributeField.DRBGAlgorithm, AttributeKind.Enumeration),
                (AttributeField.RecommendedCurve, AttributeKind.Enumeration), (AttributeField.FIPS186Variation, AttributeKind.Enumeration),
                (AttributeField.PredictionResistance, AttributeKind.Boolean),
            ]),
    }.ToFrozenDictionary();

    /// <summary>Checks a value that a client states.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidAttributeValue"/>.</exception>
    public static void Check(AttributeKey key, AttributeRule rule, AttributeValue value)
    {
        CheckKind(key, rule, value);
        CheckSizes(key, value, 0);
        if (value is StructureValue structure && Structures.TryGetValue(key.Name, out var fields)) CheckFields(key, fields, structure);
        if (value is EnumerationValue { Value: 0 }) throw Invalid(key, "0 is no value of an enumeration");
        if (key.Name == AttributeName.CryptographicLength && value is IntegerValue { Value: <= 0 }) throw Invalid(key, "a length is positive");
        if (key.Name == AttributeName.Custom) CheckCustomKey(key);
        if (key.Name == AttributeName.UsageLimits && value is StructureValue limits
            && limits[AttributeField.UsageLimitsTotal] is LongIntegerValue { Value: < 0 }) throw Invalid(key, "the total is negative");
    }

    /// <summary>Checks that a value is of the attribute's type.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidAttributeValue"/>.</exception>
    public static void CheckKind(AttributeKey key, AttributeRule rule, AttributeValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (rule.Kind != AttributeKind.None && AttributeSetCodec.KindOf(value) != rule.Kind) throw Invalid(key, $"it has to be of type {rule.Kind}");
    }

    private static void CheckFields(AttributeKey key, StructureRule rule, StructureValue structure)
    {
        var seen = new HashSet<AttributeField>();
        foreach (var field in structure.Fields)
        {
            if (!seen.Add(field.Field)) throw Invalid(key, $"field {field.Field} occurs twice");
            if (!rule.Kinds.TryGetValue(field.Field, out var kind)) throw Invalid(key, $"it has no field {field.Field}");
            if (AttributeSetCodec.KindOf(field.Value) != kind) throw Invalid(key, $"field {field.Field} has to be of type {kind}");
            if (field.Value is EnumerationValue { Value: 0 }) throw Invalid(key, $"field {field.Field}: 0 is no value of an enumeration");
        }

        foreach (var required in rule.Required)
            if (!seen.Contains(required)) throw Invalid(key, $"field {required} is missing");
        if (rule.Required.Count > 0 && structure[rule.Required[0]] is TextValue { Value: "" }) throw Invalid(key, "it is empty");
    }

    private static void CheckSizes(AttributeKey key, AttributeValue value, int depth)
    {
        switch (value)
        {
            case TextValue { Value: var text } when Encoding.UTF8.GetByteCount(text) > LongestValueInBytes:
            case BytesValue { Value.Length: > LongestValueInBytes }:
                throw Invalid(key, $"more than {LongestValueInBytes} bytes");
            case TextValue { Value: var text } when !IsUnicode(text):
                throw Invalid(key, "it is not Unicode text");
            case BigIntegerValue { Value: var number } when number.GetByteCount() > LongestValueInBytes:
                throw Invalid(key, $"more than {LongestValueInBytes} bytes");
            case StructureValue when depth >= AttributeSetCodec.MaxDepth:
                throw Invalid(key, "it is nested too deep");
            case StructureValue structure:
                foreach (var field in structure.Fields) CheckSizes(key, field.Value, depth + 1);
                break;
        }
    }

    // spec: KMIP 2.1 §4.60 "Vendor Identification … (with usage limited to alphanumeric, underscore and period …)"
    private static void CheckCustomKey(AttributeKey key)
    {
        if (string.IsNullOrEmpty(key.CustomName) || key.CustomName.Length > 1024 || !IsUnicode(key.CustomName))
            throw new KeyreeveException(KeyreeveError.InvalidAttribute, "A custom attribute has a name of 1 to 1024 characters.");
        if (string.IsNullOrEmpty(key.Vendor) || key.Vendor.Length > 256 || !key.Vendor.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.'))
            throw new KeyreeveException(KeyreeveError.InvalidAttribute, "A Vendor Identification has letters, digits, '_' and '.', at most 256.");
    }

    private static bool IsUnicode(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }

        return true;
    }

    private static KeyreeveException Invalid(AttributeKey key, string why) =>
        new(KeyreeveError.InvalidAttributeValue, $"The value of attribute {key} is not valid: {why}.");

    private sealed class StructureRule(
        IReadOnlyList<(AttributeField Field, AttributeKind Kind)> required, IReadOnlyList<(AttributeField Field, AttributeKind Kind)> optional)
    {
        public IReadOnlyList<AttributeField> Required { get; } = [.. required.Select(r => r.Field)];

        public FrozenDictionary<AttributeField, AttributeKind> Kinds { get; } =
            required.Concat(optional).ToFrozenDictionary(f => f.Field, f => f.Kind);
    }
}
