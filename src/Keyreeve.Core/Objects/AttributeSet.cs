using System.Collections.Immutable;

namespace Keyreeve.Core.Objects;

/// <summary>Which attribute: one of the standard's, or a custom one by vendor and name.</summary>
/// <param name="Name">The attribute.</param>
/// <param name="Vendor">For <see cref="AttributeName.Custom"/>: the Vendor Identification; <c>x</c> and <c>y</c> for the
/// custom attributes of KMIP 1.x, set by client and server. Otherwise null.</param>
/// <param name="CustomName">For <see cref="AttributeName.Custom"/>: its name without the vendor. Otherwise null.</param>
public readonly record struct AttributeKey(AttributeName Name, string? Vendor = null, string? CustomName = null) : IComparable<AttributeKey>
{
    /// <summary>The key of one of the standard's attributes.</summary>
    public static implicit operator AttributeKey(AttributeName name) => new(name);

    /// <summary>The key of a custom attribute.</summary>
    public static AttributeKey Custom(string vendor, string name) => new(AttributeName.Custom, vendor, name);

    /// <inheritdoc/>
    public int CompareTo(AttributeKey other)
    {
        // As numbers: Enum.CompareTo boxes both.
        var order = ((int)Name).CompareTo((int)other.Name);
        if (order == 0) order = string.CompareOrdinal(Vendor, other.Vendor);
        return order != 0 ? order : string.CompareOrdinal(CustomName, other.CustomName);
    }

    /// <inheritdoc/>
    public override string ToString() => Name == AttributeName.Custom ? $"{Vendor}-{CustomName}" : Name.ToString();
}

/// <summary>One instance of an attribute.</summary>
/// <param name="Key">Which attribute.</param>
/// <param name="Index">Its index among the attribute's instances, from 0; it stays when another instance is deleted
/// (KMIP 1.4 §2.1.1).</param>
/// <param name="Value">Its value.</param>
public readonly record struct AttributeInstance(AttributeKey Key, int Index, AttributeValue Value);

/// <summary>The attributes of one object: an immutable set, ordered by attribute and index.</summary>
public sealed class AttributeSet
{
    private readonly ImmutableArray<AttributeInstance> _instances;

    private AttributeSet(ImmutableArray<AttributeInstance> instances) => _instances = instances;

    /// <summary>No attributes.</summary>
    public static AttributeSet Empty { get; } = new([]);

    /// <summary>All instances, ordered by attribute and index.</summary>
    public ImmutableArray<AttributeInstance> Instances => _instances;

    /// <summary>Builds a set from instances in any order.</summary>
    /// <exception cref="ArgumentException">Two instances have the same key and index.</exception>
    public static AttributeSet From(IEnumerable<AttributeInstance> instances)
    {
        var sorted = instances.OrderBy(i => i.Key).ThenBy(i => i.Index).ToImmutableArray();
        for (var i = 1; i < sorted.Length; i++)
            if (sorted[i].Key == sorted[i - 1].Key && sorted[i].Index == sorted[i - 1].Index)
                throw new ArgumentException($"Attribute {sorted[i].Key} has two instances with index {sorted[i].Index}.", nameof(instances));
        return new AttributeSet(sorted);
    }

    internal static AttributeSet FromSorted(ImmutableArray<AttributeInstance> sorted) => new(sorted);

    /// <summary>The instances of one attribute, by index.</summary>
    public ReadOnlySpan<AttributeInstance> All(AttributeKey key)
    {
        var start = LowerBound(key);
        var end = start;
        while (end < _instances.Length && _instances[end].Key == key) end++;
        return _instances.AsSpan()[start..end];
    }

    /// <summary>The value of the attribute's first instance, or null.</summary>
    public AttributeValue? Find(AttributeKey key)
    {
        var all = All(key);
        return all.IsEmpty ? null : all[0].Value;
    }

    /// <summary>Whether the attribute has an instance.</summary>
    public bool Has(AttributeKey key) => !All(key).IsEmpty;

    /// <summary>The set with this attribute having exactly this one value.</summary>
    public AttributeSet With(AttributeKey key, AttributeValue value) =>
        new(Without(key)._instances.Insert(LowerBound(key), new AttributeInstance(key, 0, value)));

    /// <summary>The set with one more instance of the attribute, at the next free index.</summary>
    public AttributeSet Add(AttributeKey key, AttributeValue value)
    {
        var all = All(key);
        var index = all.IsEmpty ? 0 : all[^1].Index + 1;
        return new AttributeSet(_instances.Insert(LowerBound(key) + all.Length, new AttributeInstance(key, index, value)));
    }

    /// <summary>The set with the instance at that index replaced.</summary>
    /// <exception cref="ArgumentException">There is no such instance.</exception>
    public AttributeSet Replace(AttributeKey key, int index, AttributeValue value)
    {
        var position = PositionOf(key, index);
        return new AttributeSet(_instances.SetItem(position, new AttributeInstance(key, index, value)));
    }

    /// <summary>The set without any instance of the attribute.</summary>
    public AttributeSet Without(AttributeKey key)
    {
        var count = All(key).Length;
        return count == 0 ? this : new AttributeSet(_instances.RemoveRange(LowerBound(key), count));
    }

    /// <summary>The set without the instance at that index; the others keep theirs.</summary>
    /// <exception cref="ArgumentException">There is no such instance.</exception>
    public AttributeSet Without(AttributeKey key, int index) => new(_instances.RemoveAt(PositionOf(key, index)));

    /// <summary>The set in two: what does not fulfil the condition, and what does.</summary>
    public (AttributeSet Others, AttributeSet Chosen) Split(Func<AttributeKey, bool> isChosen)
    {
        ArgumentNullException.ThrowIfNull(isChosen);
        var chosen = _instances.RemoveAll(i => !isChosen(i.Key));
        return chosen.IsEmpty ? (this, Empty) : (new AttributeSet(_instances.RemoveAll(i => isChosen(i.Key))), new AttributeSet(chosen));
    }

    /// <summary>The instances of both sets.</summary>
    /// <exception cref="ArgumentException">An instance is in both.</exception>
    public AttributeSet Merge(AttributeSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return From([.. _instances, .. other._instances]);
    }

    private int PositionOf(AttributeKey key, int index)
    {
        for (var i = LowerBound(key); i < _instances.Length && _instances[i].Key == key; i++)
            if (_instances[i].Index == index) return i;
        throw new ArgumentException($"Attribute {key} has no instance with index {index}.", nameof(index));
    }

    private int LowerBound(AttributeKey key)
    {
        var low = 0;
        var high = _instances.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_instances[middle].Key.CompareTo(key) < 0) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
