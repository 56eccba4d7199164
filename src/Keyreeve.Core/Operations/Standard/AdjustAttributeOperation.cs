using System.Numerics;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Changes an attribute by what it is.</summary>
public sealed record AdjustAttributeRequest
{
    /// <summary>Which object.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>Which attribute.</summary>
    public required AttributeKey Key { get; init; }

    /// <summary>How.</summary>
    public required AdjustmentType AdjustmentType { get; init; }

    /// <summary>By how much; null for one.</summary>
    public AttributeValue? AdjustmentValue { get; init; }
}

/// <summary>The object whose attribute was adjusted.</summary>
/// <param name="Id">The object.</param>
public sealed record AdjustAttributeResponse(UniqueIdentifier Id);

/// <summary>Adds to, subtracts from or negates an attribute, in one step that nobody else's change gets into.</summary>
public sealed class AdjustAttributeOperation : ObjectOperation<AdjustAttributeRequest, AdjustAttributeResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.AdjustAttribute;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(AdjustAttributeRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override ValueTask<AdjustAttributeResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, AdjustAttributeRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        var present = found.Attributes.All(request.Key);
        if (present.Length > 1)
            throw new KeyreeveException(KeyreeveError.AttributeMultiValued, $"Attribute {request.Key} has several values; modify one of them.");
        var before = present.IsEmpty ? Nothing(request) : present[0].Value;
        var value = AttributeChange.Checked(scope, found, request.Key, Adjusted(request, before));
        if (!present.IsEmpty && AttributeRules.For(request.Key).Change == ClientRight.Once)
            throw new KeyreeveException(KeyreeveError.AttributeReadOnly, $"Attribute {request.Key} cannot be changed once set.");
        AttributeChange.Stage(scope, found, found.Attributes.With(request.Key, value));
        return ValueTask.FromResult(new AdjustAttributeResponse(found.Id));
    }

    // spec: KMIP 2.1 §6.1.3 "If the object did not have value for the attribute, the previous value is assumed to be a 0 for
    // numeric types and intervals, or false for Boolean, otherwise an error is raised."
    private static AttributeValue Nothing(AdjustAttributeRequest request) => AttributeRules.For(request.Key).Kind switch
    {
        AttributeKind.Integer => new IntegerValue(0),
        AttributeKind.LongInteger => new LongIntegerValue(0),
        AttributeKind.BigInteger => new BigIntegerValue(BigInteger.Zero),
        AttributeKind.Interval => new IntervalValue(0),
        AttributeKind.Boolean => new BooleanValue(Value: false),
        // A custom attribute has the type of what it is adjusted by.
        AttributeKind.None when request.AdjustmentValue is IntegerValue => new IntegerValue(0),
        AttributeKind.None when request.AdjustmentValue is LongIntegerValue => new LongIntegerValue(0),
        AttributeKind.None when request.AdjustmentValue is BigIntegerValue => new BigIntegerValue(BigInteger.Zero),
        AttributeKind.None when request.AdjustmentValue is IntervalValue => new IntervalValue(0),
        _ => throw new KeyreeveException(KeyreeveError.AttributeNotFound, $"The object has no attribute {request.Key} to adjust."),
    };

    private static AttributeValue Adjusted(AdjustAttributeRequest request, AttributeValue before)
    {
        if (request.AdjustmentType == AdjustmentType.Negate) return Negated(request, before);
        if (request.AdjustmentType is not (AdjustmentType.Increment or AdjustmentType.Decrement))
            throw new KeyreeveException(KeyreeveError.InvalidField, "An Adjustment Type is Increment, Decrement or Negate.");
        var amount = AmountOf(request, before);
        var after = NumberOf(before) + (request.AdjustmentType == AdjustmentType.Increment ? amount : -amount);
        return Like(before, after) ?? throw OutOfRange(request);
    }

    // spec: KMIP 2.1 §11.1 "Negate the value. Applies to Integer, Long Integers, Big Integer and Boolean types."
    private static AttributeValue Negated(AdjustAttributeRequest request, AttributeValue before) => before switch
    {
        BooleanValue truth => new BooleanValue(!truth.Value),
        IntegerValue or LongIntegerValue or BigIntegerValue => Like(before, -NumberOf(before)!.Value) ?? throw OutOfRange(request),
        _ => throw Unsuitable(request),
    };

    // spec: KMIP 2.1 §11.1 "The default is parameter is 1 for numeric types, 1 second for Date Time, and 1 microsecond for Date
    // Time Extended."
    private static BigInteger AmountOf(AdjustAttributeRequest request, AttributeValue before)
    {
        if (NumberOf(before) is null) throw Unsuitable(request);
        return request.AdjustmentValue switch
        {
            null => BigInteger.One,
            var stated when stated.GetType() == before.GetType() => NumberOf(stated)!.Value,
            // To a date an interval is added as well as seconds in any number.
            IntervalValue seconds when before is DateTimeValue => seconds.Seconds,
            IntervalValue seconds when before is DateTimeExtendedValue => seconds.Seconds * new BigInteger(1_000_000),
            IntegerValue or LongIntegerValue => NumberOf(request.AdjustmentValue)!.Value,
            _ => throw Unsuitable(request),
        };
    }

    private static BigInteger? NumberOf(AttributeValue value) => value switch
    {
        IntegerValue v => v.Value,
        LongIntegerValue v => v.Value,
        BigIntegerValue v => v.Value,
        IntervalValue v => v.Seconds,
        DateTimeValue v => v.UnixSeconds,
        DateTimeExtendedValue v => v.UnixMicroseconds,
        _ => null,
    };

    // A value of the same type; null if it has no such number.
    private static AttributeValue? Like(AttributeValue before, BigInteger? number) => (before, number) switch
    {
        (IntegerValue, { } n) when n >= int.MinValue && n <= int.MaxValue => new IntegerValue((int)n),
        (LongIntegerValue, { } n) when n >= long.MinValue && n <= long.MaxValue => new LongIntegerValue((long)n),
        (BigIntegerValue, { } n) => new BigIntegerValue(n),
        (IntervalValue, { } n) when n >= 0 && n <= uint.MaxValue => new IntervalValue((uint)n),
        (DateTimeValue, { } n) when n >= long.MinValue && n <= long.MaxValue => new DateTimeValue((long)n),
        (DateTimeExtendedValue, { } n) when n >= long.MinValue && n <= long.MaxValue => new DateTimeExtendedValue((long)n),
        _ => null,
    };

    private static KeyreeveException Unsuitable(AdjustAttributeRequest request) =>
        new(KeyreeveError.InvalidDataType, $"Attribute {request.Key} cannot be adjusted so: its type does not suit.");

    private static KeyreeveException OutOfRange(AdjustAttributeRequest request) =>
        new(KeyreeveError.NumericRange, $"Attribute {request.Key} would be out of range.");
}
