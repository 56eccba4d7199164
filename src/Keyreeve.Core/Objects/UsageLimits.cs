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

    /// <summary>Whether the limits are of bytes, and not of messages.</summary>
    public static bool CountBytes(AttributeSet attributes) =>
        (attributes.Find(AttributeName.UsageLimits) as StructureValue)?[AttributeField.UsageLimitsUnit] is EnumerationValue u
        && (UsageLimitsUnit)u.Value == UsageLimitsUnit.Byte;

    /// <summary>The attributes after the key has protected so much; the same attributes if it has no limits.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.UsageAllocationRefused"/>.</exception>
    public static AttributeSet Spend(AttributeSet attributes, long lengthInBytes)
    {
        if (attributes.Find(AttributeName.UsageLimits) is not StructureValue limits) return attributes;
        var unit = limits[AttributeField.UsageLimitsUnit] is EnumerationValue u ? (UsageLimitsUnit)u.Value : UsageLimitsUnit.Object;
        return Take(attributes, limits, unit == UsageLimitsUnit.Byte ? lengthInBytes : 1, KeyreeveError.UsageAllocationRefused);
    }

    /// <summary>The attributes after so many units were given to a client to use up.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.NoUsageLimits"/>; <see cref="KeyreeveError.UsageLimitExceeded"/>.</exception>
    public static AttributeSet Allocate(AttributeSet attributes, long units) => attributes.Find(AttributeName.UsageLimits) is StructureValue limits
        ? Take(attributes, limits, units, KeyreeveError.UsageLimitExceeded)
        : throw new KeyreeveException(KeyreeveError.NoUsageLimits, "The object has no Usage Limits, so there is nothing to allocate.");

    /// <summary>How many units are left; null if there are no limits.</summary>
    public static long? Left(AttributeSet attributes) => attributes.Find(AttributeName.UsageLimits) is StructureValue limits ? CountOf(limits) : null;

    private static AttributeSet Take(AttributeSet attributes, StructureValue limits, long amount, KeyreeveError refusal)
    {
        // Compared, not subtracted: what a client asks for may be any number.
        var left = CountOf(limits);
        return amount <= left
            ? attributes.With(AttributeName.UsageLimits, With(limits, left - amount))
            : throw new KeyreeveException(refusal, "The key has been used as often as its Usage Limits allow.");
    }

    private static long CountOf(StructureValue limits) => (limits[AttributeField.UsageLimitsCount] as LongIntegerValue)?.Value ?? 0;

    private static StructureValue With(StructureValue limits, long count) => new([
        new StructureField(AttributeField.UsageLimitsTotal, limits[AttributeField.UsageLimitsTotal] ?? new LongIntegerValue(0)),
        new StructureField(AttributeField.UsageLimitsCount, new LongIntegerValue(count)),
        new StructureField(AttributeField.UsageLimitsUnit, limits[AttributeField.UsageLimitsUnit] ?? AttributeValue.Of(UsageLimitsUnit.Object)),
    ]);
}
