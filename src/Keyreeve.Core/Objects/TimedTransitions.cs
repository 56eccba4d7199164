namespace Keyreeve.Core.Objects;

/// <summary>
/// The transitions between States that happen at a date without anybody asking. They take effect whenever an object is
/// read; they are written down when it is next changed, or when somebody looks for a State.
/// </summary>
public static class TimedTransitions
{
    private static readonly AttributeValue ByDate = AttributeValue.Of(
        new StructureField(AttributeField.DeactivationReasonCode, AttributeValue.Of(DeactivationReasonCode.DeactivationDate)));

    /// <summary>When the object's State is next going to change by itself; null if never.</summary>
    public static DateTimeOffset? Next(ManagedObject managedObject)
    {
        ArgumentNullException.ThrowIfNull(managedObject);
        return managedObject.NextTransition is var next && next == long.MaxValue ? null : new DateTimeValue(next).Time;
    }

    /// <summary>Whether <see cref="Apply"/> would change the object.</summary>
    public static bool IsDue(ManagedObject managedObject, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(managedObject);
        return managedObject.NextTransition <= now.ToUnixTimeSeconds();
    }

    /// <summary>The object in the State it has at <paramref name="now"/>; the same object if that is the State it says.</summary>
    public static ManagedObject Apply(ManagedObject managedObject, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(managedObject);
        while (IsDue(managedObject, now))
        {
            // spec: KMIP 2.1 §4.57 State "4: The transition from Pre-Active to Active … [when] the object has an Activation
            // Date in the future … at that date"; "6: Active to Deactivated … [at] the Deactivation Date".
            var next = managedObject.State == State.PreActive ? State.Active : State.Deactivated;
            var attributes = managedObject.Attributes.With(AttributeName.State, AttributeValue.Of(next));
            // KMIP 3.0 says why as well; an object that was deactivated at a client's word has that client's reason.
            if (next == State.Deactivated) attributes = attributes.With(AttributeName.DeactivationReason, ByDate);
            managedObject = managedObject with { Attributes = attributes };
        }

        return managedObject;
    }

    /// <summary>The next transition in seconds since 1970, or <see cref="long.MaxValue"/>.</summary>
    internal static long NextInUnixSeconds(AttributeSet attributes, State state) => state switch
    {
        State.PreActive => DateOf(attributes, AttributeName.ActivationDate),
        State.Active => DateOf(attributes, AttributeName.DeactivationDate),
        _ => long.MaxValue,
    };

    private static long DateOf(AttributeSet attributes, AttributeName name) =>
        attributes.Find(name) is DateTimeValue date ? date.UnixSeconds : long.MaxValue;
}
