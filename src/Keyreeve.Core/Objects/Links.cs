namespace Keyreeve.Core.Objects;

/// <summary>The Link attributes of an object. KMIP 2.1 §4.31.</summary>
internal static class Links
{
    /// <summary>The objects that links of a type lead to.</summary>
    public static List<UniqueIdentifier> Of(AttributeSet attributes, LinkType type)
    {
        var ids = new List<UniqueIdentifier>();
        foreach (var instance in attributes.All(AttributeName.Link))
            if (IsOf(instance.Value, type) && Target(instance.Value) is { } id) ids.Add(id);
        return ids;
    }

    /// <summary>Adds a link.</summary>
    public static AttributeSet With(this AttributeSet attributes, LinkType type, UniqueIdentifier to) => attributes.Add(AttributeName.Link, Value(type, to));

    /// <summary>Has the link of a type lead elsewhere; adds it if there is none.</summary>
    public static AttributeSet WithOnly(this AttributeSet attributes, LinkType type, UniqueIdentifier to)
    {
        foreach (var instance in attributes.All(AttributeName.Link))
            if (IsOf(instance.Value, type)) return attributes.Replace(AttributeName.Link, instance.Index, Value(type, to));
        return attributes.With(type, to);
    }

    /// <summary>Has the link of a type to one object lead to another; adds it if there is none. Others of its type stay.</summary>
    public static AttributeSet WithMoved(this AttributeSet attributes, LinkType type, UniqueIdentifier from, UniqueIdentifier to)
    {
        foreach (var instance in attributes.All(AttributeName.Link))
            if (IsOf(instance.Value, type) && Target(instance.Value) == from) return attributes.Replace(AttributeName.Link, instance.Index, Value(type, to));
        return attributes.With(type, to);
    }

    /// <summary>Removes the links of a type.</summary>
    public static AttributeSet Without(this AttributeSet attributes, LinkType type)
    {
        var others = attributes.All(AttributeName.Link).ToArray().Where(i => !IsOf(i.Value, type)).ToList();
        return others.Aggregate(attributes.Without(AttributeName.Link), static (set, i) => set.Add(AttributeName.Link, i.Value));
    }

    /// <summary>A link.</summary>
    public static AttributeValue Value(LinkType type, UniqueIdentifier to) => AttributeValue.Of(
        new StructureField(AttributeField.LinkType, AttributeValue.Of(type)),
        new StructureField(AttributeField.LinkedObjectIdentifier, AttributeValue.Of(to.ToString())));

    private static bool IsOf(AttributeValue link, LinkType type) =>
        link is StructureValue structure && structure[AttributeField.LinkType] is EnumerationValue kind && kind.Value == (uint)type;

    private static UniqueIdentifier? Target(AttributeValue link) =>
        (link as StructureValue)?[AttributeField.LinkedObjectIdentifier] is TextValue text && UniqueIdentifier.TryParse(text.Value, out var id) ? id : null;
}
