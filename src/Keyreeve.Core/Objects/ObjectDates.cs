namespace Keyreeve.Core.Objects;

/// <summary>The dates of an object's life, which have an order.</summary>
internal static class ObjectDates
{
    /// <summary>The attributes, if their dates are in order.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidAttributeValue"/>.</exception>
    public static AttributeSet CheckOrder(AttributeSet attributes)
    {
        // spec: KMIP 2.1 §4.40 "This value MAY be equal to or later than, but SHALL NOT precede, the Activation Date."
        Require(attributes, AttributeName.ActivationDate, AttributeName.ProcessStartDate);
        // spec: KMIP 2.1 §4.41 "This value MAY be equal to or earlier than, but SHALL NOT be later than the Deactivation Date."
        Require(attributes, AttributeName.ProtectStopDate, AttributeName.DeactivationDate);
        Require(attributes, AttributeName.ActivationDate, AttributeName.DeactivationDate);
        return attributes;
    }

    private static void Require(AttributeSet attributes, AttributeName earlier, AttributeName later)
    {
        if (attributes.Find(earlier) is DateTimeValue first && attributes.Find(later) is DateTimeValue second && first.UnixSeconds > second.UnixSeconds)
            throw new KeyreeveException(KeyreeveError.InvalidAttributeValue, $"The {later} lies before the {earlier}.");
    }
}
