using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>What changes of an object's life have in common.</summary>
internal static class ObjectChanges
{
    /// <summary>Stages new attributes for an object, with the date of its last change.</summary>
    public static void StageAttributes(this OperationScope scope, ManagedObject managedObject, AttributeSet attributes) =>
        scope.Update(managedObject with { Attributes = attributes.With(AttributeName.LastChangeDate, AttributeValue.Of(scope.Now)) });

    /// <summary>An object without a State (a template) has no life to change.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidObjectType"/>.</exception>
    public static void RequireLife(ManagedObject managedObject)
    {
        if (managedObject.State == State.NotSet)
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"Objects of type {managedObject.ObjectType} have no State.");
    }

    /// <summary>The refusal of an operation that the object's State forbids.</summary>
    public static KeyreeveException WrongState(ManagedObject managedObject, string what) => managedObject.State is State.Destroyed or State.DestroyedCompromised
        ? new KeyreeveException(KeyreeveError.ObjectDestroyed, "The object was destroyed.")
        : new KeyreeveException(KeyreeveError.WrongKeyLifecycleState, $"An object that is {managedObject.State} cannot be {what}.");
}
