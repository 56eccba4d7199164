using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Users;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>What every change of attributes by a client has in common: what is checked, and what follows from it.</summary>
internal static class AttributeChange
{
    /// <summary>Stages the object with its changed attributes; companions follow, dates stay in order, and take effect.</summary>
    /// <param name="scope">The request.</param>
    /// <param name="managedObject">The object as read.</param>
    /// <param name="changed">Its attributes, changed.</param>
    public static void Stage(OperationScope scope, ManagedObject managedObject, AttributeSet changed)
    {
        changed = ObjectDates.CheckOrder(WithCompanions(changed)).With(AttributeName.LastChangeDate, AttributeValue.Of(scope.Now));
        RequireDistinctNames(changed);

        // spec: KMIP 2.1 §4.57, transitions 4 and 6: "A client successfully issues a Modify Attribute operation, modifying the
        // Activation Date to a date in the past, or the current date".
        scope.Update(TimedTransitions.Apply(managedObject with { Attributes = changed }, scope.Now));
    }

    /// <summary>Checks a new value, and gives it the form in which it is stored.</summary>
    /// <exception cref="KeyreeveException">The client may not give the object this value.</exception>
    public static AttributeValue Checked(OperationScope scope, ManagedObject managedObject, AttributeKey key, AttributeValue value)
    {
        AttributeRules.CheckChange(managedObject, key, value, scope.Now);
        RequireNotLoosened(scope, managedObject, key.Name, value);
        RequireOwnUsers(scope, managedObject, key.Name);
        if (key.Name != AttributeName.UsageLimits) return value;
        RequireUnusedLimits(managedObject);
        return UsageLimits.Full((StructureValue)value);
    }

    /// <summary>The same; that which links a credential to a user is one that the caller may link.</summary>
    public static async ValueTask<AttributeValue> CheckedAsync(
        OperationScope scope, ManagedObject managedObject, AttributeKey key, AttributeValue value, CancellationToken cancellationToken)
    {
        var accepted = Checked(scope, managedObject, key, value);
        if (key.Name == AttributeName.Link && managedObject.ObjectType is (ObjectType.User or ObjectType.Group))
            await CreateUserOperation.RequireCredentialAsync(scope, accepted, cancellationToken);
        return accepted;
    }

    /// <summary>Whether an instance is one of those that a request means by one of their fields.</summary>
    /// <param name="instance">The instance.</param>
    /// <param name="among">The field, such as the type of a Link; null: every instance is meant.</param>
    public static bool IsAmong(AttributeInstance instance, StructureField? among) =>
        among is not { } field || (instance.Value is StructureValue structure && structure[field.Field] == field.Value);

    /// <summary>Refuses to touch Usage Limits of which something has been used.</summary>
    // spec: KMIP 2.1 §4.59 "Modifiable by client: Yes (… as long as Get Usage Allocation has not been performed)"
    public static void RequireUnusedLimits(ManagedObject managedObject)
    {
        if (managedObject.Attributes.Find(AttributeName.UsageLimits) is StructureValue limits && UsageLimits.IsUsed(limits))
            throw new KeyreeveException(KeyreeveError.AttributeReadOnly, "The Usage Limits are in use and cannot be changed any more.");
    }

    // The standard lets clients change both ways. In a strict group what was protected stays so: whoever may change attributes
    // could otherwise have the key leave, and change them back.
    private static void RequireNotLoosened(OperationScope scope, ManagedObject managedObject, AttributeName name, AttributeValue value)
    {
        var loosened = (name, value) switch
        {
            (AttributeName.Sensitive, BooleanValue { Value: false }) => managedObject.Attributes.Find(name) is BooleanValue { Value: true },
            (AttributeName.Extractable, BooleanValue { Value: true }) => managedObject.Attributes.Find(name) is BooleanValue { Value: false },
            _ => false,
        };
        if (loosened && managedObject.IsInToken)
            throw new KeyreeveException(KeyreeveError.AttributeReadOnly, $"The key lives in the token, and never leaves it; {name} says so.");
        if (loosened && scope.Engine.Modes.Of(managedObject.Group) != GroupMode.InsecureInterop)
            throw new KeyreeveException(KeyreeveError.AttributeReadOnly, $"In a strict key group {name} is not loosened again.");
    }

    // Whoever links a credential of his own to somebody else's user could speak for that user by it.
    private static void RequireOwnUsers(OperationScope scope, ManagedObject managedObject, AttributeName name)
    {
        if (name == AttributeName.Link && managedObject.ObjectType is (ObjectType.User or ObjectType.Group) && !scope.May(OperationName.CreateUser, managedObject))
            throw new KeyreeveException(KeyreeveError.PermissionDenied, "The links of users and groups, credentials among them, are for who may create users.");
    }

    // spec: KMIP 2.1 §4.3 "The server SHALL set it to False if the Sensitive attribute has ever been set to False"; §4.33
    // likewise for Never Extractable.
    private static AttributeSet WithCompanions(AttributeSet attributes)
    {
        if (attributes.Find(AttributeName.Sensitive) is BooleanValue { Value: false })
            attributes = attributes.With(AttributeName.AlwaysSensitive, AttributeValue.Of(value: false));
        if (attributes.Find(AttributeName.Extractable) is BooleanValue { Value: true })
            attributes = attributes.With(AttributeName.NeverExtractable, AttributeValue.Of(value: false));
        return attributes;
    }

    private static void RequireDistinctNames(AttributeSet attributes)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var instance in attributes.All(AttributeName.Name))
        {
            if (instance.Value is StructureValue name && name[AttributeField.NameValue] is TextValue text && !names.Add(text.Value))
                throw new KeyreeveException(KeyreeveError.NonUniqueName, $"The object has the Name '{text.Value}' already.");
        }
    }
}
