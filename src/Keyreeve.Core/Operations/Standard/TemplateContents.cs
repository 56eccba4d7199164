using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>What a template of KMIP 1.x gives to the objects made of it. KMIP 1.2 §2.2.6.</summary>
internal static class TemplateContents
{
    /// <summary>The contents, as the template keeps them.</summary>
    public static AttributeValue Of(AttributeSet contents) => AttributeValue.Of((ReadOnlySpan<byte>)AttributeSetCodec.Encode(contents));

    /// <summary>The contents that a template keeps; of one that keeps none apart, its attributes.</summary>
    public static AttributeSet In(ManagedObject template) =>
        template.Attributes.Find(AttributeName.TemplateContents) is BytesValue kept && AttributeSetCodec.TryDecode(kept.Value.AsSpan(), out var contents)
            ? contents
            : template.Attributes;

    /// <summary>What a template gives to an object of this type.</summary>
    public static AttributeSet For(ObjectType objectType, ManagedObject template) =>
        AttributeSet.From(In(template).Instances.Where(i => IsGiven(objectType, i.Key)));

    /// <summary>The attributes of a template together with those stated beside it: the latter count, but of what may have several
    /// values all do, the template's first.</summary>
    public static AttributeSet Merge(AttributeSet template, AttributeSet stated)
    {
        var merged = AttributeSet.Empty;
        foreach (var instance in template.Instances)
            if (!stated.Has(instance.Key) || AttributeRules.For(instance.Key).IsMultiInstance) merged = merged.Add(instance.Key, instance.Value);
        foreach (var instance in stated.Instances) merged = merged.Add(instance.Key, instance.Value);
        return merged;
    }

    private static bool IsGiven(ObjectType objectType, AttributeKey key)
    {
        // A template's own Name and dates are not those of what is made of it.
        if (key.Name == AttributeName.Name) return false;
        var rule = AttributeRules.For(key);
        return rule.IsStatedByClient && (rule.AppliesTo & AttributeRules.FlagOf(objectType)) != ObjectTypes.None;
    }
}
