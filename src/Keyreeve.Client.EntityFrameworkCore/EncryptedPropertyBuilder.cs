using System.Linq.Expressions;
using Keyreeve.Client.EntityFrameworkCore.Modelling;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Keyreeve.Client.EntityFrameworkCore;

/// <summary>Says of a property that it is encrypted, in <c>OnModelCreating</c>.</summary>
public static class EncryptedEntityBuilder
{
    /// <summary>
    /// Has a property encrypted. The property itself is not mapped any more: the column belongs to a shadow property, called as the
    /// property with <c>Encrypted</c> behind, that holds the envelope. So the plaintext cannot be compared or sorted by in SQL, and a
    /// query that tries is refused instead of finding nothing.
    /// </summary>
    /// <param name="entity">The entity.</param>
    /// <param name="property">The property, of any type that JSON can hold.</param>
    /// <param name="key">Name of the key.</param>
    public static EncryptedPropertyBuilder Encrypt<TEntity>(
        this EntityTypeBuilder<TEntity> entity, Expression<Func<TEntity, object?>> property, string key)
        where TEntity : class
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        var builder = Begin(entity, property);
        builder.Property.HasAnnotation(ProtectionAnnotations.Key, key);
        return builder;
    }

    /// <summary>As <see cref="Encrypt"/>, by the rule of a data class.</summary>
    /// <param name="entity">The entity.</param>
    /// <param name="property">The property, of any type that JSON can hold.</param>
    /// <param name="dataClass">The class, which <see cref="EntityProtection.DataClasses"/> has to know.</param>
    public static EncryptedPropertyBuilder Protect<TEntity>(
        this EntityTypeBuilder<TEntity> entity, Expression<Func<TEntity, object?>> property, string dataClass)
        where TEntity : class
    {
        ArgumentException.ThrowIfNullOrEmpty(dataClass);
        var builder = Begin(entity, property);
        builder.Property.HasAnnotation(ProtectionAnnotations.DataClass, dataClass);
        return builder;
    }

    private static EncryptedPropertyBuilder Begin<TEntity>(EntityTypeBuilder<TEntity> entity, Expression<Func<TEntity, object?>> property)
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(entity);
        ArgumentNullException.ThrowIfNull(property);
        var member = MemberName.Of(property);
        entity.Ignore(member);
        var encrypted = entity.Property<UseKeyreeveIsMissing>(ProtectionAnnotations.EncryptedName(member));
        encrypted.HasAnnotation(ProtectionAnnotations.Member, member);
        return new EncryptedPropertyBuilder(encrypted);
    }
}

/// <summary>What more there is to say of an encrypted property.</summary>
public sealed class EncryptedPropertyBuilder
{
    internal EncryptedPropertyBuilder(PropertyBuilder property) => Property = property;

    internal PropertyBuilder Property { get; }

    /// <summary>The name of the column. Default: the property's.</summary>
    public EncryptedPropertyBuilder HasColumnName(string name)
    {
        Property.HasColumnName(name);
        return this;
    }

    /// <summary>
    /// Keeps a blind index in a column of its own, called as the property with <c>Index</c> behind, by which equality can be searched
    /// for. Whoever has the database sees which rows are equal.
    /// </summary>
    /// <param name="form">What counts as equal.</param>
    public EncryptedPropertyBuilder IsSearchable(BlindIndexForm form = BlindIndexForm.Exact)
    {
        if (form is not (BlindIndexForm.Exact or BlindIndexForm.IgnoreCase))
            throw new ArgumentOutOfRangeException(nameof(form));
        Property.HasAnnotation(ProtectionAnnotations.Search, form.ToString());
        return this;
    }

    /// <summary>
    /// What table and column are called in the contexts that values are bound to. Default: their names in the database. To be said
    /// before one of them is renamed, with the names that were: what was encrypted under them opens under no others.
    /// </summary>
    public EncryptedPropertyBuilder BoundTo(string table, string column)
    {
        ArgumentException.ThrowIfNullOrEmpty(table);
        ArgumentException.ThrowIfNullOrEmpty(column);
        Property.HasAnnotation(ProtectionAnnotations.Table, table);
        Property.HasAnnotation(ProtectionAnnotations.Column, column);
        return this;
    }
}
