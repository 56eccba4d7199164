using System.Collections;
using System.Collections.Immutable;

namespace Keyreeve.Kmip.Attributes;

/// <summary>One instance of an attribute, the same for every version of the protocol. Its value is a view of the message.</summary>
/// <param name="Reference">Which attribute.</param>
/// <param name="Value">Its value.</param>
/// <param name="Index">Its index among the attribute's instances; KMIP 1.x alone has it, and there it means 0 when absent.</param>
public readonly record struct KmipAttribute(AttributeReference Reference, KmipValue Value, int? Index = null)
{
    /// <summary>Type and length of the value; never the value.</summary>
    public override string ToString() => $"{Reference}: {Value}";
}

/// <summary>
/// Attributes as a request or response carries them: what KMIP 1.x calls a Template-Attribute and KMIP 2.x Attributes.
/// Immutable.
/// </summary>
public sealed class AttributeList : IReadOnlyList<KmipAttribute>
{
    /// <summary>Attributes in this order.</summary>
    public AttributeList(params ImmutableArray<KmipAttribute> attributes)
        : this(attributes, [])
    {
    }

    /// <summary>Attributes in this order, and the templates that give more.</summary>
    public AttributeList(ImmutableArray<KmipAttribute> attributes, ImmutableArray<KmipValue> templateNames)
    {
        Attributes = attributes;
        TemplateNames = templateNames;
    }

    /// <summary>No attributes.</summary>
    public static AttributeList Empty { get; } = new([], []);

    /// <summary>The attributes in their order.</summary>
    public ImmutableArray<KmipAttribute> Attributes { get; }

    /// <summary>The names of Template objects: structures of Name Value and Name Type. KMIP 1.x alone has them, deprecated from
    /// 1.3 on.</summary>
    public ImmutableArray<KmipValue> TemplateNames { get; }

    /// <inheritdoc/>
    public int Count => Attributes.Length;

    /// <inheritdoc/>
    public KmipAttribute this[int index] => Attributes[index];

    /// <summary>The value of the attribute's first instance, or null.</summary>
    public KmipValue? Find(AttributeReference reference)
    {
        foreach (var attribute in Attributes)
            if (attribute.Reference == reference) return attribute.Value;
        return null;
    }

    /// <summary>The attributes one after the other; nothing is allocated.</summary>
    public ImmutableArray<KmipAttribute>.Enumerator GetEnumerator() => Attributes.GetEnumerator();

    IEnumerator<KmipAttribute> IEnumerable<KmipAttribute>.GetEnumerator() => ((IEnumerable<KmipAttribute>)Attributes).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable)Attributes).GetEnumerator();
}
