using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Keyreeve.Crypto;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Keyreeve.Client.EntityFrameworkCore.Modelling;

/// <summary>An encrypted column of a finished model: where its plaintext is, under which key, and to what its values are bound.</summary>
internal sealed class EncryptedColumn
{
    private static readonly ConditionalWeakTable<IEntityType, StrongBox<ImmutableArray<EncryptedColumn>>> Known = [];

    private readonly ImmutableArray<PropertyInfo> _members;
    private readonly string _table;
    private readonly string _column;
    private readonly string? _dataClass;
    private readonly IReadOnlyList<IProperty> _primaryKey;

    private EncryptedColumn(IEntityType entity, IProperty encrypted)
    {
        Property = encrypted;
        IndexProperty = entity.GetProperties().FirstOrDefault(p => string.Equals(p[ProtectionAnnotations.IndexOf] as string, encrypted.Name, StringComparison.Ordinal));
        IsRecord = encrypted[ProtectionAnnotations.Record] is string;
        Key = (string)encrypted[ProtectionAnnotations.Key]!;
        var declaring = (IEntityType)encrypted.DeclaringType;
        _members = [.. ProtectionAnnotations.MembersOf(encrypted).Select(name => FindMember(declaring.ClrType, name))];
        _table = (string?)encrypted[ProtectionAnnotations.Table] ?? declaring.GetTableName() ?? declaring.ShortName();
        _column = (string?)encrypted[ProtectionAnnotations.Column] ?? encrypted.GetColumnName();
        _dataClass = (string?)encrypted[ProtectionAnnotations.DataClass];
        _primaryKey = entity.FindPrimaryKey()!.Properties;
        Search = encrypted[ProtectionAnnotations.Search] is string form ? Enum.Parse<BlindIndexForm>(form) : BlindIndexForm.None;
    }

    /// <summary>The shadow property that holds the envelope.</summary>
    public IProperty Property { get; }

    /// <summary>The shadow property that holds the blind index; null where there is none.</summary>
    public IProperty? IndexProperty { get; }

    /// <summary>Whether it holds several properties of the class, encrypted together as JSON.</summary>
    public bool IsRecord { get; }

    /// <summary>Name of the key.</summary>
    public string Key { get; }

    /// <summary>What counts as equal in a search; <see cref="BlindIndexForm.None"/> where none is possible.</summary>
    public BlindIndexForm Search { get; }

    /// <summary>The type of the plaintext.</summary>
    public Type Type => IsRecord ? typeof(JsonObject) : _members[0].PropertyType;

    /// <summary>To what tokens of the blind index are bound.</summary>
    public EncryptionContext IndexContext => EncryptionContext.Of(("table", _table), ("column", _column));

    /// <summary>The encrypted columns of an entity, those of its base types among them.</summary>
    public static ImmutableArray<EncryptedColumn> Of(IEntityType entity) => Known.GetValue(entity, static e => new StrongBox<ImmutableArray<EncryptedColumn>>(
        [.. e.GetProperties().Where(static p => p[ProtectionAnnotations.Member] is string).Select(p => new EncryptedColumn(e, p))])).Value;

    /// <summary>The column of a property.</summary>
    /// <exception cref="ArgumentException">The property is not encrypted.</exception>
    public static EncryptedColumn Of(IEntityType entity, string member) =>
        Of(entity).FirstOrDefault(column => column._members.Any(m => string.Equals(m.Name, member, StringComparison.Ordinal)))
        ?? throw new ArgumentException($"{entity.DisplayName()}.{member} is not encrypted.", nameof(member));

    /// <summary>The plaintext of an object: the property's value, or for a record its properties as JSON; null where nothing has a value.</summary>
    public object? Read(object entity) => IsRecord ? RecordOf(entity) : _members[0].GetValue(entity);

    /// <summary>Puts a plaintext where <see cref="Read"/> takes it from; what is null and cannot be there is left as it is.</summary>
    public void Write(object entity, object? value)
    {
        if (!IsRecord)
        {
            if (value is not null || Property.IsNullable)
                _members[0].SetValue(entity, value);
            return;
        }

        // A property that came into the class after the record was written is not in it.
        foreach (var member in _members)
        {
            if (value is JsonObject record && record[member.Name] is { } part)
                member.SetValue(entity, part.Deserialize(member.PropertyType));
        }
    }

    /// <summary>To what a row's value is bound: table, column, primary key and, where there is one, the data class.</summary>
    /// <param name="valueOf">Gives the value of a part of the primary key.</param>
    public EncryptionContext ContextOf(Func<IProperty, object?> valueOf)
    {
        var pairs = new List<KeyValuePair<string, string>> { new("table", _table), new("column", _column) };
        for (var i = 0; i < _primaryKey.Count; i++)
        {
            var name = _primaryKey.Count == 1 ? "row" : string.Create(CultureInfo.InvariantCulture, $"row.{i}");
            pairs.Add(new(name, TextOf(_primaryKey[i], valueOf(_primaryKey[i]))));
        }

        if (_dataClass is not null)
            pairs.Add(new("class", _dataClass));
        return EncryptionContext.Create(pairs);
    }

    /// <summary>Names the column, never a value.</summary>
    public override string ToString() => $"EncryptedColumn({_table}.{_column})";

    private JsonObject? RecordOf(object entity)
    {
        var record = new JsonObject();
        foreach (var member in _members)
        {
            if (member.GetValue(entity) is { } value)
                record.Add(member.Name, JsonSerializer.SerializeToNode(value, member.PropertyType));
        }

        return record.Count == 0 ? null : record;
    }

    private string TextOf(IProperty part, object? value) => (part.GetTypeMapping().Converter is { } converter ? converter.ConvertToProvider(value) : value) switch
    {
        string text => text,
        Guid id => id.ToString("D"),
        byte[] bytes => Convert.ToHexStringLower(bytes),
        DateTime time => time.ToString("O", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToString("O", CultureInfo.InvariantCulture),
        DateOnly date => date.ToString("O", CultureInfo.InvariantCulture),
        TimeOnly time => time.ToString("O", CultureInfo.InvariantCulture),
        Enum word => Convert.ToInt64(word, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new KeyreeveClientException(ClientError.InvalidOptions, $"{this}: the primary key's {part.Name} has no value, or one of a type that contexts have no text for.", null),
    };

    private static PropertyInfo FindMember(Type? type, string name) => type is null
        ? throw new InvalidOperationException($"There is no property {name}.")
        : type.GetProperty(name, BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly) ?? FindMember(type.BaseType, name);
}
