using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>The attributes of an object as the standard's protocols show them: with those that are its identity, without those that are ours.</summary>
internal static class ShownAttributes
{
    /// <summary>Of that object.</summary>
    public static AttributeSet Of(ManagedObject managedObject)
    {
        var own = managedObject.Attributes.Instances.Where(i => !AttributeRules.IsInternal(i.Key.Name));
        return AttributeSet.From(own)
            .With(AttributeName.UniqueIdentifier, AttributeValue.Of(managedObject.Id.ToString()))
            .With(AttributeName.ObjectType, AttributeValue.Of(managedObject.ObjectType));
    }
}
