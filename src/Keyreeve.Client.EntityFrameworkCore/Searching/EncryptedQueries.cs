using System.Linq.Expressions;
using Keyreeve.Client.EntityFrameworkCore.Modelling;
using Keyreeve.Client.EntityFrameworkCore.Saving;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Keyreeve.Client.EntityFrameworkCore;

/// <summary>Searches encrypted columns.</summary>
public static class EncryptedQueries
{
    /// <summary>
    /// The rows whose encrypted property equals a value, found by its blind index. What counts as equal was said by
    /// <see cref="EncryptedPropertyBuilder.IsSearchable"/>.
    /// </summary>
    /// <param name="set">The rows.</param>
    /// <param name="property">The property, such as <c>c =&gt; c.Email</c>.</param>
    /// <param name="value">The value; null finds the rows that have none.</param>
    /// <exception cref="ArgumentException">The property is not encrypted, or not searchable.</exception>
    public static IQueryable<TEntity> WhereEncryptedEquals<TEntity, TValue>(
        this DbSet<TEntity> set, Expression<Func<TEntity, TValue>> property, TValue value)
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(property);
        var context = ((IInfrastructure<IServiceProvider>)set).GetService<ICurrentDbContext>().Context;
        var column = EncryptedColumn.Of(set.EntityType, MemberName.Of(property));
        if (column.IndexProperty is not { } index)
            throw new ArgumentException($"{column} has no blind index: IsSearchable was not said of it.", nameof(property));
        var token = value is null ? null : FieldCodec.TokenOf(EntityProtection.Of(context), column, value);
        var name = index.Name;
        return set.Where(row => EF.Property<string?>(row, name) == token);
    }
}
