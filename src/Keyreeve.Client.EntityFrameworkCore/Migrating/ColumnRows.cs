using System.Linq.Expressions;
using System.Reflection;
using Keyreeve.Client.EntityFrameworkCore.Modelling;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query;

namespace Keyreeve.Client.EntityFrameworkCore.Migrating;

/// <summary>Reads and writes the rows of a column past the objects of the model, in the order of the primary key.</summary>
internal sealed class ColumnRows<TEntity>
    where TEntity : class
{
    private static readonly MethodInfo PropertyMethod = typeof(EF).GetMethod(nameof(EF.Property))!;

    private readonly DbContext _context;
    private readonly IReadOnlyList<IProperty> _key;
    private readonly IProperty? _source;
    private readonly ParameterExpression _row = Expression.Parameter(typeof(TEntity), "row");

    public ColumnRows(DbContext context, EncryptedColumn column, string? from)
    {
        _context = context;
        Column = column;
        var entity = context.Model.FindEntityType(typeof(TEntity))!;
        _key = entity.FindPrimaryKey()!.Properties;
        if (from is not null)
            _source = entity.FindProperty(from) ?? throw new ArgumentException($"{entity.DisplayName()} has no mapped property {from}.", nameof(from));
        var plain = (_source ?? column.Property).ClrType;
        if (Bare(plain) != Bare(column.Type))
            throw new ArgumentException($"{column} has values of {Bare(column.Type).Name}, and {_source?.Name ?? "the column"} holds {Bare(plain).Name}: say From, the property that has the plaintext.", nameof(from));
    }

    public EncryptedColumn Column { get; }

    /// <summary>Whether the column that is encrypted holds the plaintext.</summary>
    public bool IsInPlace => _source is null;

    private IQueryable<TEntity> All => _context.Set<TEntity>().AsNoTracking().IgnoreQueryFilters();

    public Task<long> CountAsync(CancellationToken cancellationToken) => All.Where(HasValue()).LongCountAsync(cancellationToken);

    public async Task<IReadOnlyList<ColumnRow>> ReadAfterAsync(object?[]? last, int count, CancellationToken cancellationToken)
    {
        var query = All.Where(HasValue());
        if (last is not null)
            query = query.Where(Lambda<bool>(IsAfter(last)));
        var wanted = new List<Expression> { ValueOf(Column.Property) };
        wanted.Add(_source is null ? Expression.Constant(null) : ValueOf(_source));
        wanted.Add(Column.IndexProperty is null ? Expression.Constant(null) : ValueOf(Column.IndexProperty));
        wanted.AddRange(_key.Select(ValueOf));
        var select = Lambda<object?[]>(Expression.NewArrayInit(typeof(object), wanted.Select(static e => Expression.Convert(e, typeof(object)))));
        var rows = await InOrder(query).Take(count).Select(select).ToListAsync(cancellationToken).ConfigureAwait(false);
        return [.. rows.Select(static row => new ColumnRow(row[3..], row[1], row[0], (string?)row[2]))];
    }

    /// <summary>Writes a row if it still holds what was read; otherwise false.</summary>
    public async Task<bool> TryWriteAsync(ColumnRow row, object stored, string? token, CancellationToken cancellationToken)
    {
        var query = All.Where(Lambda<bool>(IsRow(row.Key))).Where(Lambda<bool>(Equal(Column.Property, row.Stored)));
        var written = stored is byte[] bytes
            ? await query.ExecuteUpdateAsync(set => Set(set, bytes, token), cancellationToken).ConfigureAwait(false)
            : await query.ExecuteUpdateAsync(set => Set(set, (string)stored, token), cancellationToken).ConfigureAwait(false);
        return written == 1;
    }

    /// <summary>The value of a part of a row's key, by which contexts are made.</summary>
    public object? PartOf(ColumnRow row, IProperty part)
    {
        for (var i = 0; i < _key.Count; i++)
        {
            if (_key[i] == part)
                return row.Key[i];
        }

        return null;
    }

    private void Set<TColumn>(UpdateSettersBuilder<TEntity> set, TColumn stored, string? token)
    {
        set.SetProperty(Lambda<TColumn>(ValueOf(Column.Property)), stored);
        if (Column.IndexProperty is { } index)
            set.SetProperty(Lambda<string?>(ValueOf(index)), token);
    }

    private Expression<Func<TEntity, bool>> HasValue()
    {
        var value = ValueOf(_source ?? Column.Property);
        return value.Type.IsValueType && Nullable.GetUnderlyingType(value.Type) is null
            ? Lambda<bool>(Expression.Constant(true))
            : Lambda<bool>(Expression.NotEqual(value, Expression.Constant(null, value.Type)));
    }

    private IQueryable<TEntity> InOrder(IQueryable<TEntity> query)
    {
        for (var i = 0; i < _key.Count; i++)
        {
            var by = ValueOf(_key[i]);
            var call = Expression.Call(typeof(Queryable), i == 0 ? nameof(Queryable.OrderBy) : nameof(Queryable.ThenBy), [typeof(TEntity), by.Type], query.Expression, Expression.Quote(Expression.Lambda(by, _row)));
            query = query.Provider.CreateQuery<TEntity>(call);
        }

        return query;
    }

    // (a, b) > (x, y) is a > x, or a = x and b > y.
    private Expression IsAfter(object?[] last)
    {
        Expression after = Expression.Constant(false);
        for (var i = _key.Count - 1; i >= 0; i--)
            after = Expression.OrElse(IsGreater(_key[i], last[i]), Expression.AndAlso(Equal(_key[i], last[i]), after));
        return after;
    }

    private Expression IsRow(object?[] key) => _key.Select((part, i) => (Expression)Equal(part, key[i])).Aggregate(Expression.AndAlso);

    private BinaryExpression IsGreater(IProperty part, object? value)
    {
        var (left, right) = (ValueOf(part), Parameter(value, part.ClrType));
        if (part.ClrType != typeof(string) && part.ClrType.IsPrimitive)
            return Expression.GreaterThan(left, right);
        var compare = part.ClrType.GetMethod(nameof(IComparable.CompareTo), [part.ClrType])
            ?? throw new NotSupportedException($"Keys of {part.ClrType.Name} cannot be put in order: {Column} cannot be encrypted in batches.");
        return Expression.GreaterThan(Expression.Call(left, compare, right), Expression.Constant(0));
    }

    private BinaryExpression Equal(IProperty property, object? value) => Expression.Equal(ValueOf(property), Parameter(value, property.ClrType));

    private Expression ValueOf(IProperty property) =>
        Expression.Call(PropertyMethod.MakeGenericMethod(property.ClrType), _row, Expression.Constant(property.Name));

    // A field of an object, not a constant: so it becomes a parameter of the command, and no value stands in its text.
    private static MemberExpression Parameter(object? value, Type type)
    {
        var holder = Activator.CreateInstance(typeof(Holder<>).MakeGenericType(typeof(TEntity), type))!;
        var field = holder.GetType().GetField(nameof(Holder<int>.Value))!;
        field.SetValue(holder, value);
        return Expression.Field(Expression.Constant(holder), field);
    }

    private Expression<Func<TEntity, TResult>> Lambda<TResult>(Expression body) => Expression.Lambda<Func<TEntity, TResult>>(body, _row);

    private static Type Bare(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    private sealed class Holder<T>
    {
        public T Value = default!;
    }
}
