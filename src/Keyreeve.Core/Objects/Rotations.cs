namespace Keyreeve.Core.Objects;

/// <summary>When keys that rotate by themselves are due.</summary>
public static class Rotations
{
    private static readonly ObjectType[] Rotating = [ObjectType.SymmetricKey, ObjectType.PrivateKey, ObjectType.PublicKey, ObjectType.Certificate];

    /// <summary>When the object is next to be replaced by the server; null if never.</summary>
    // spec: KMIP 2.1 §4.51 "If set and Rotate Automatic is set to True, then automatic rotation of the Managed Object is performed
    // by the server when the difference between the Initial Date of the Managed Object and the current server time reaches or
    // exceeds this value."
    public static DateTimeOffset? Next(ManagedObject managedObject)
    {
        ArgumentNullException.ThrowIfNull(managedObject);
        var attributes = managedObject.Attributes;
        return Rotating.Contains(managedObject.ObjectType)
            && IsLatest(managedObject)
            && managedObject.State is State.PreActive or State.Active
            && attributes.Find(AttributeName.RotateAutomatic) is BooleanValue { Value: true }
            && attributes.Find(AttributeName.RotateInterval) is IntervalValue { Seconds: > 0 } interval
            && attributes.Find(AttributeName.InitialDate) is DateTimeValue made
                ? new DateTimeValue(made.UnixSeconds + interval.Seconds).Time
                : null;
    }

    // A certificate is no version of a key; its renewal is linked to it.
    private static bool IsLatest(ManagedObject managedObject) => managedObject.ObjectType == ObjectType.Certificate
        ? Links.Of(managedObject.Attributes, LinkType.ReplacementObjectLink).Count == 0
        : managedObject.IsCurrentVersion;

    /// <summary>Whether the object is to be replaced now. What is archived, disabled or going to be destroyed waits.</summary>
    public static bool IsDue(ManagedObject managedObject, DateTimeOffset now) =>
        Next(managedObject) <= now && !managedObject.IsArchived && !managedObject.IsDisabled && managedObject.DestructionDate is null;

    /// <summary>The private key of the pair that a half belongs to; null if nothing says which.</summary>
    public static UniqueIdentifier? PrivateKeyOf(ManagedObject half)
    {
        ArgumentNullException.ThrowIfNull(half);
        if (half.ObjectType == ObjectType.PrivateKey) return half.Id;
        return Links.Of(half.Attributes, LinkType.PrivateKeyLink) is [var id, ..] ? id : null;
    }
}
