using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>What a Locate asks for, as conditions for the index and as a test of the object itself.</summary>
internal sealed class LocateMatch
{
    private readonly LocateRequest _request;
    private readonly List<IGrouping<AttributeKey, AttributeValue>> _criteria;

    /// <summary>Of that request.</summary>
    /// <exception cref="KeyreeveException">A criterion is no attribute, or a date is stated more than twice.</exception>
    public LocateMatch(LocateRequest request)
    {
        _request = request;
        _criteria = [.. request.Attributes.GroupBy(a => a.Key, a => a.Value)];
        foreach (var criterion in _criteria)
        {
            var rule = AttributeRules.For(criterion.Key);
            foreach (var value in criterion) AttributeValueRules.CheckKind(criterion.Key, rule, value);
            if (IsRange(criterion) && criterion.Count() > 2)
                throw new KeyreeveException(KeyreeveError.InvalidField, $"{criterion.Key} is stated more than twice; two values are a range.");
            if (criterion.Key.Name == AttributeName.UniqueIdentifier)
                Id = criterion.First() is TextValue text && UniqueIdentifier.TryParse(text.Value, out var id) ? id : default;
        }
    }

    /// <summary>The one object that can match, if its Unique Identifier is asked for.</summary>
    public UniqueIdentifier? Id { get; }

    /// <summary>
    /// Sets of conditions; what matches satisfies one of them. A State that is asked for may be one that a date has brought
    /// about and nobody has written down: such objects are looked for by that date.
    /// </summary>
    public IEnumerable<IReadOnlyList<IndexCondition>> Alternatives(IReadOnlyList<GroupName>? visible, DateTimeOffset now)
    {
        var conditions = new List<IndexCondition>();
        IReadOnlyList<IndexCondition>? state = null;
        if (visible is not null) conditions.Add(IndexTerms.WithinGroups(visible));
        foreach (var criterion in _criteria)
        {
            if (criterion.Key.Name == AttributeName.State) state = [.. ConditionsOf(criterion)];
            else conditions.AddRange(ConditionsOf(criterion));
        }

        if (state is null) return [conditions];
        return [[.. conditions, .. state], [.. conditions, IndexTerms.TransitionUntil(now)]];
    }

    /// <summary>Whether the object is what is asked for.</summary>
    public bool Holds(ManagedObject managedObject, bool mayGet)
    {
        var shown = VisibleAttributes.Of(managedObject, mayGet);
        return IsStored(managedObject)
            && _criteria.TrueForAll(c => Holds(shown, c))
            && (_request.ObjectGroupMember != ObjectGroupMember.GroupMemberFresh || shown.Find(AttributeName.Fresh) is BooleanValue { Value: true });
    }

    // spec: KMIP 2.1 §6.1.28 "Storage Status Mask: … online, archived or destroyed; if omitted, then only online objects".
    private bool IsStored(ManagedObject managedObject)
    {
        var mask = _request.StorageStatusMask == StorageStatusMask.NotSet ? StorageStatusMask.OnLineStorage : _request.StorageStatusMask;
        if (managedObject.State is State.Destroyed or State.DestroyedCompromised) return mask.HasFlag(StorageStatusMask.DestroyedStorage);
        return mask.HasFlag(managedObject.Attributes.Has(AttributeName.ArchiveDate) ? StorageStatusMask.ArchivalStorage : StorageStatusMask.OnLineStorage);
    }

    private static IEnumerable<IndexCondition> ConditionsOf(IGrouping<AttributeKey, AttributeValue> criterion)
    {
        // What an object does not have, the index cannot tell.
        if (TakesUndefined(criterion)) return [];
        if (!IsRange(criterion)) return criterion.SelectMany(value => IndexTerms.ConditionsFor(criterion.Key, value, out _));
        var (from, to) = Bounds(criterion);
        return [IndexTerms.Range(criterion.Key, from, to)];
    }

    private static bool Holds(AttributeSet shown, IGrouping<AttributeKey, AttributeValue> criterion)
    {
        if (TakesUndefined(criterion) && !shown.Has(criterion.Key)) return true;
        if (!IsRange(criterion)) return criterion.All(wanted => Has(shown, criterion.Key, wanted));
        var (from, to) = Bounds(criterion);
        return shown.Find(criterion.Key) is DateTimeValue date && date.UnixSeconds >= from.UnixSeconds && date.UnixSeconds <= to.UnixSeconds;
    }

    private static bool Has(AttributeSet shown, AttributeKey key, AttributeValue wanted)
    {
        foreach (var instance in shown.All(key))
        {
            if (key.Name == AttributeName.CryptographicUsageMask && instance.Value is IntegerValue has && wanted is IntegerValue asked)
                return (has.Value & asked.Value) == asked.Value;
            if (key.Name == AttributeName.UsageLimits ? IsEnough(instance.Value, wanted) : Is(instance.Value, wanted)) return true;
        }

        return false;
    }

    // spec: KMIP 2.1 §6.1.28 "matching candidate objects SHALL have a Usage Limits Count and Usage Limits Total equal to or larger
    // than the values specified in the request."
    private static bool IsEnough(AttributeValue value, AttributeValue wanted) => value is StructureValue has && wanted is StructureValue asked
        && asked.Fields.All(field => (has[field.Field], field.Value) switch
        {
            (LongIntegerValue present, LongIntegerValue least) => present.Value >= least.Value,
            var (present, other) => present == other,
        });

    // Of a structure the fields asked for.
    private static bool Is(AttributeValue value, AttributeValue wanted) => (value, wanted) switch
    {
        (StructureValue has, StructureValue asked) => asked.Fields.All(f => has[f.Field] is { } field && Is(field, f.Value)),
        _ => value == wanted,
    };

    // spec: KMIP 2.1 §6.1.28 "If a Date attribute is set to its largest possible value, then it is equivalent to an undefined
    // attribute." So a range up to there finds what is never deactivated, too.
    private static bool TakesUndefined(IEnumerable<AttributeValue> criterion) => criterion.Any(static value => value is DateTimeValue { UnixSeconds: long.MaxValue });

    private static bool IsRange(IGrouping<AttributeKey, AttributeValue> criterion) => criterion.First() is DateTimeValue && criterion.Count() > 1;

    private static (DateTimeValue From, DateTimeValue To) Bounds(IGrouping<AttributeKey, AttributeValue> criterion)
    {
        var sorted = criterion.OfType<DateTimeValue>().OrderBy(d => d.UnixSeconds).ToList();
        return (sorted[0], sorted[^1]);
    }
}
