namespace Keyreeve.Core.Objects;

/// <summary>The attribute Usage Limits: how much a key may still protect.</summary>
internal static class UsageLimits
{
    /// <summary>Limits of which nothing is used yet: the count is the total.</summary>
    public static StructureValue Full(StructureValue limits) =>
        With(limits, (limits[AttributeField.UsageLimitsTotal] as LongIntegerValue)?.Value ?? 0);

    /// <summary>Whether something has been used.</summary>
    public static bool IsUsed(StructureValue limits) =>
        limits[AttributeField.UsageLimitsTotal] is LongIntegerValue total
        && limits[AttributeField.UsageLimitsCount] is LongIntegerValue count && count.Value != total.Value;

    /// <summary>The attributes after the key has protected so much; the same attributes if it has no limits.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.UsageAllocationRefused"/>.</exception>
    public static AttributeSet Spend(AttributeSet attributes, long lengthInBytes)
    {
        if (attributes.Find(AttributeName.UsageLimits) is not StructureValue limits) return attributes;
        var unit = limits[AttributeField.UsageLimitsUnit] is EnumerationValue u ? (UsageLimitsUnit)u.Value : UsageLimitsUnit.Object;
        var amount = unit == UsageLimitsUnit.Byte ? lengthInBytes : 1;
        var left = ((limits[AttributeField.UsageLimitsCount] as LongIntegerValue)?.Value ?? 0) - amount;
        return left >= 0
            ? attributes.With(AttributeName.UsageLimits, With(limits, left))
            : throw new KeyreeveException(KeyreeveError.UsageAllocationRefused, "The key has been used as often as its Usage Limits allow.");
    }

    private static StructureValue With(StructureValue limits, long count) => new([
        new StructureField(AttributeField.UsageLimitsTotal, limits[AttributeField.UsageLimitsTotal] ?? new LongIntegerValue(0)),
        new StructureField(AttributeField.UsageLimitsCount, new LongIntegerValue(count)),
        new StructureField(AttributeField.UsageLimitsUnit, limits[AttributeField.UsageLimitsUnit] ?? AttributeValue.Of(UsageLimitsUnit.Object)),
    ]);
}
