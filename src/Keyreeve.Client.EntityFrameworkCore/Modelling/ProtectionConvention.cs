using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Metadata.Conventions;

namespace Keyreeve.Client.EntityFrameworkCore.Modelling;

/// <summary>Makes of each marked property its column of envelopes, and where it is searchable the column of its blind index.</summary>
internal sealed class ProtectionConvention(DataClassRules? rules, bool hasIndexKey) : IModelFinalizingConvention
{
    private const BindingFlags Members = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    public void ProcessModelFinalizing(IConventionModelBuilder modelBuilder, IConventionContext<IConventionModelBuilder> context)
    {
        // Base types first: what they have is not added again below them.
        foreach (var entity in ((IMutableModel)modelBuilder.Metadata).GetEntityTypes().OrderBy(static e => e.GetAllBaseTypes().Count()).ToArray())
        {
            var parts = new List<RecordPart>();
            foreach (var pending in entity.GetDeclaredProperties().Where(static p => p.ClrType == typeof(UseKeyreeveIsMissing)).ToArray())
                Encrypt(entity, pending, parts);
            foreach (var member in MarkedOf(entity.ClrType, entity.BaseType?.ClrType))
                Encrypt(entity, member, parts);
            foreach (var record in parts.GroupBy(static part => part.Rule))
                EncryptRecord(entity, record.Key, [.. record]);
            foreach (var complex in entity.GetDeclaredComplexProperties())
                RefuseMarked(complex);
        }
    }

    private static IEnumerable<PropertyInfo> MarkedOf(Type type, Type? mappedBase)
    {
        for (var declaring = type; declaring is not null && declaring != mappedBase; declaring = declaring.BaseType)
        {
            foreach (var member in declaring.GetProperties(Members).Where(static p => p.IsDefined(typeof(ProtectedAttribute))))
                yield return member;
        }
    }

    private static void RefuseMarked(IMutableComplexProperty complex)
    {
        if (MarkedOf(complex.ComplexType.ClrType, null).FirstOrDefault() is { } member)
            throw Refused($"{member.DeclaringType}.{member.Name} is marked Protected within a complex type, whose rows have no key of their own. Make it an entity or an owned type.");
    }

    private void Encrypt(IMutableEntityType entity, IMutableProperty pending, List<RecordPart> parts)
    {
        var annotations = pending.GetAnnotations().ToArray();
        var column = pending.GetColumnName();
        var member = FindMember(entity, (string)pending[ProtectionAnnotations.Member]!);
        entity.RemoveProperty(pending);
        if (pending[ProtectionAnnotations.DataClass] is string dataClass && RuleOf(dataClass, entity, member) is { Level: ProtectionLevel.Record } rule)
        {
            parts.Add(new RecordPart(member, rule, pending[ProtectionAnnotations.Search] is not null, annotations));
            return;
        }

        var encrypted = AddEncrypted(entity, member);
        foreach (var annotation in annotations)
            encrypted.SetAnnotation(annotation.Name, annotation.Value);
        if (string.Equals(column, encrypted.Name, StringComparison.Ordinal))
            encrypted.SetColumnName(member.Name);
        Complete(entity, encrypted, member);
    }

    private void Encrypt(IMutableEntityType entity, PropertyInfo member, List<RecordPart> parts)
    {
        if (entity.FindProperty(ProtectionAnnotations.EncryptedName(member.Name)) is not null || parts.Any(part => part.Member == member))
            return;
        var mark = member.GetCustomAttribute<ProtectedAttribute>()!;
        var rule = RuleOf(mark.DataClass, entity, member);
        if (rule.Level == ProtectionLevel.Record)
        {
            parts.Add(new RecordPart(member, rule, mark.Searchable, []));
            return;
        }

        if (rule.Level == ProtectionLevel.Volume)
        {
            // The storage under the database encrypts: the property is mapped as any other.
            entity.RemoveIgnored(member.Name);
            entity.AddProperty(member);
            return;
        }

        var encrypted = AddEncrypted(entity, member);
        encrypted.SetColumnName(member.Name);
        encrypted.SetAnnotation(ProtectionAnnotations.Member, member.Name);
        encrypted.SetAnnotation(ProtectionAnnotations.DataClass, mark.DataClass);
        if (mark.Searchable)
            encrypted.SetAnnotation(ProtectionAnnotations.Search, nameof(BlindIndexForm.Exact));
        Complete(entity, encrypted, member);
    }

    /// <summary>All of an object's properties of a class: one envelope, of the JSON that has them by name.</summary>
    private static void EncryptRecord(IMutableEntityType entity, DataClassRule rule, RecordPart[] parts)
    {
        foreach (var part in parts)
        {
            RequireEncryptable(entity, part.Member);
            if (part.IsSearchable)
                throw Refused($"{entity.DisplayName()}.{part.Member.Name} is searchable, and the data class '{rule.Name}' is protected by record, in which nothing can be searched for.");
        }

        var name = ProtectionAnnotations.RecordName(rule.Name);
        if (entity.FindProperty(name) is not null)
            name = entity.ShortName() + name;
        var record = entity.AddProperty(name, typeof(string));
        record.IsNullable = parts.All(static part => IsNullable(part.Member));
        // What the parts say of their column, they say of the record's.
        foreach (var annotation in parts.SelectMany(static part => part.Annotations))
        {
            if (record.FindAnnotation(annotation.Name) is { } said && !Equals(said.Value, annotation.Value) && annotation.Name is not ProtectionAnnotations.Member)
                throw Refused($"{entity.DisplayName()}: properties of the data class '{rule.Name}' are one column, and it is said to be two.");
            record.SetAnnotation(annotation.Name, annotation.Value);
        }

        record.SetAnnotation(ProtectionAnnotations.Member, string.Join(',', parts.Select(static part => part.Member.Name).Order(StringComparer.Ordinal)));
        record.SetAnnotation(ProtectionAnnotations.Record, "json");
        record.SetAnnotation(ProtectionAnnotations.DataClass, rule.Name);
        record.SetAnnotation(ProtectionAnnotations.Key, rule.Key);
    }

    private static IMutableProperty AddEncrypted(IMutableEntityType entity, PropertyInfo member)
    {
        RequireEncryptable(entity, member);
        var name = ProtectionAnnotations.EncryptedName(member.Name);
        var encrypted = entity.AddProperty(name, member.PropertyType == typeof(byte[]) ? typeof(byte[]) : typeof(string));
        encrypted.IsNullable = IsNullable(member);
        return encrypted;
    }

    private static void RequireEncryptable(IMutableEntityType entity, PropertyInfo member)
    {
        if (entity.FindPrimaryKey() is null)
            throw Refused($"{entity.DisplayName()} has no primary key, to which values of {member.Name} could be bound.");
        if (entity.IsMappedToJson())
            throw Refused($"{entity.DisplayName()} is mapped to JSON, whose parts have no key of their own: {member.Name} cannot be encrypted there.");
        if (member.SetMethod is null)
            throw Refused($"{entity.DisplayName()}.{member.Name} has no setter, by which a decrypted value could be put there.");
    }

    private void Complete(IMutableEntityType entity, IMutableProperty encrypted, PropertyInfo member)
    {
        if (encrypted[ProtectionAnnotations.DataClass] is string dataClass)
        {
            var rule = RuleOf(dataClass, entity, member);
            if (rule.Level != ProtectionLevel.Field)
                throw Refused($"{entity.DisplayName()}.{member.Name}: the data class '{dataClass}' is protected by {rule.Level}, not here.");
            if (encrypted[ProtectionAnnotations.Search] is not null && !rule.IsSearchAllowed)
                throw Refused($"{entity.DisplayName()}.{member.Name} is searchable, which the data class '{dataClass}' does not allow.");
            encrypted.SetAnnotation(ProtectionAnnotations.Key, rule.Key);
        }

        if (encrypted[ProtectionAnnotations.Search] is not null)
            AddIndex(entity, encrypted, member);
    }

    private void AddIndex(IMutableEntityType entity, IMutableProperty encrypted, PropertyInfo member)
    {
        if (!hasIndexKey)
            throw Refused($"{entity.DisplayName()}.{member.Name} is searchable, and EntityProtection has no IndexKey.");
        var index = entity.AddProperty(ProtectionAnnotations.IndexName(member.Name), typeof(string));
        index.SetColumnName(encrypted.GetColumnName() + "Index");
        index.SetMaxLength(BlindIndexKey.TokenLength);
        index.IsNullable = true;
        index.SetAnnotation(ProtectionAnnotations.IndexOf, encrypted.Name);
        entity.AddIndex(index);
    }

    private DataClassRule RuleOf(string dataClass, IMutableEntityType entity, PropertyInfo member)
    {
        if (rules is null)
            throw Refused($"{entity.DisplayName()}.{member.Name} belongs to the data class '{dataClass}', and EntityProtection has no DataClasses.");
        return rules.Find(dataClass) ?? throw Refused($"{entity.DisplayName()}.{member.Name} belongs to the data class '{dataClass}', which has no rule.");
    }

    private static PropertyInfo FindMember(IMutableEntityType entity, string name) =>
        MarkableOf(entity.ClrType, name) ?? throw Refused($"{entity.DisplayName()} has no property {name}.");

    private static PropertyInfo? MarkableOf(Type? type, string name) =>
        type is null ? null : type.GetProperty(name, Members) ?? MarkableOf(type.BaseType, name);

    private static bool IsNullable(PropertyInfo member) => member.PropertyType.IsValueType
        ? Nullable.GetUnderlyingType(member.PropertyType) is not null
        : new NullabilityInfoContext().Create(member).ReadState != NullabilityState.NotNull;

    private static KeyreeveClientException Refused(string message) => new(ClientError.InvalidOptions, message, null);

    /// <summary>A property whose class is protected by record, and what the model says of its column.</summary>
    private sealed record RecordPart(PropertyInfo Member, DataClassRule Rule, bool IsSearchable, IReadOnlyList<IAnnotation> Annotations);
}
