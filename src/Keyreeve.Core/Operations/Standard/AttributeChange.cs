using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>What every change of attributes does besides: companions follow, dates stay in order, the change is dated.</summary>
internal static class AttributeChange
{
    /// <summary>Stages the object with its changed attributes.</summary>
    /// <param name="scope">The request.</param>
    /// <param name="managedObject">The object as read.</param>
    /// <param name="changed">Its attributes, changed.</param>
    public static void Stage(OperationScope scope, ManagedObject managedObject, AttributeSet changed)
    {
        changed = ObjectDates.CheckOrder(WithCompanions(changed))
            .With(AttributeName.LastChangeDate, AttributeValue.Of(scope.Now));
        scope.Update(managedObject with { Attributes = changed });
    }

    /// <summary>The value as it is stored.</summary>
    // spec: KMIP 2.1 §4.59 "the Usage Limits Count is set to the Usage Limits Total value".
    public static AttributeValue Stored(AttributeKey key, AttributeValue value) =>
        key.Name == AttributeName.UsageLimits && value is StructureValue limits ? UsageLimits.Full(limits) : value;

    // spec: KMIP 2.1 §4.3 "Always Sensitive … SHALL be … False if Sensitive has ever been set to False"; §4.35 likewise.
    private static AttributeSet WithCompanions(AttributeSet attributes)
    {
        if (attributes.Find(AttributeName.Sensitive) is BooleanValue { Value: false })
            attributes = attributes.With(AttributeName.AlwaysSensitive, AttributeValue.Of(value: false));
        if (attributes.Find(AttributeName.Extractable) is BooleanValue { Value: true })
            attributes = attributes.With(AttributeName.NeverExtractable, AttributeValue.Of(value: false));
        return attributes;
    }
}
