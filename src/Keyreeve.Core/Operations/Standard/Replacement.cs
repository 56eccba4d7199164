using System.Collections.Frozen;
using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Tokens;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>
/// An object that takes over from another: what it inherits, how its dates are reckoned, and what becomes of the other. A
/// replaced symmetric key and its replacement are two versions of one named key.
/// </summary>
internal sealed class Replacement
{
    // What belongs to one object and not to the series: the replacement gets its own.
    // spec: KMIP 2.1 §6.1.46 Table 304 "Re-key Attribute Requirements", §6.1.47 Table 309
    private static readonly FrozenSet<AttributeName> NotInherited = new[]
    {
        AttributeName.UniqueIdentifier, AttributeName.State, AttributeName.Digest, AttributeName.Link, AttributeName.Fresh, AttributeName.LeaseTime,
        AttributeName.InitialDate, AttributeName.OriginalCreationDate, AttributeName.ActivationDate, AttributeName.ProcessStartDate,
        AttributeName.ProtectStopDate, AttributeName.DeactivationDate, AttributeName.DestroyDate, AttributeName.CompromiseOccurrenceDate,
        AttributeName.CompromiseDate, AttributeName.ArchiveDate, AttributeName.LastChangeDate, AttributeName.RevocationReason,
        AttributeName.DeactivationReason, AttributeName.RandomNumberGenerator, AttributeName.AlwaysSensitive, AttributeName.NeverExtractable,
        AttributeName.ShortUniqueIdentifier, AttributeName.RotateDate, AttributeName.RotateGeneration, AttributeName.RotateLatest,
        AttributeName.ProtectionStorageMask, AttributeName.KeyIdentifier, AttributeName.KeyVersion, AttributeName.CurrentVersion,
        AttributeName.Disabled, AttributeName.DestructionDate, AttributeName.Owner, AttributeName.KeyGroup, AttributeName.KeyWrappingData,
        AttributeName.KeyValuePresent, AttributeName.FormerName,
    }.ToFrozenSet();

    private static readonly AttributeName[] OffsetDates = [AttributeName.ProcessStartDate, AttributeName.ProtectStopDate, AttributeName.DeactivationDate];

    private static readonly AttributeName[] Dates = [AttributeName.ActivationDate, .. OffsetDates];

    /// <summary>The object that is replaced.</summary>
    public required ManagedObject Existing { get; init; }

    /// <summary>The identity of the one that replaces it.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>What the client states for it: comes before what is inherited; Names come to those inherited.</summary>
    public AttributeSet Stated { get; init; } = AttributeSet.Empty;

    /// <summary>Seconds from its making to its activation; null to take over the dates as they are.</summary>
    public uint? OffsetInSeconds { get; init; }

    /// <summary>Its dates, if they are not reckoned from those of the existing object.</summary>
    public AttributeSet? OwnDates { get; init; }

    /// <summary>The link to the other half of a pair; comes before the one to the replaced object.</summary>
    public AttributeValue? PairLink { get; init; }

    /// <summary>Its material. Stays the caller's.</summary>
    public required SecretBytes Material { get; init; }

    /// <summary>The form of the material as it is stored.</summary>
    public KeyFormatType StoredFormat { get; init; } = KeyFormatType.Raw;

    /// <summary>Refuses what cannot be replaced by something made here.</summary>
    public static void Require(ManagedObject existing, ObjectType objectType)
    {
        KeyUse.RequireInUse(existing);
        if (existing.ObjectType != objectType)
            throw new KeyreeveException(KeyreeveError.NotReplaceable, $"This is a {existing.ObjectType}, not a {objectType}.");
        if (existing.Attributes.Has(AttributeName.KeyValuePresent) || existing.Material is null)
            throw new KeyreeveException(KeyreeveError.KeyValueNotPresent, "The key's value is not on this server.");
        // A replacement would be marked as wrapped while it is not, and could leave in clear.
        if (existing.Attributes.Has(AttributeName.KeyWrappingData))
            throw new KeyreeveException(KeyreeveError.NotReplaceable, "A key that was registered wrapped is not replaced here.");
        // spec: KMIP 2.1 §6.1.46 "As the replacement key takes over the name attribute of the existing key, Re-key SHOULD only be
        // performed once on a given key."
        if (!existing.IsCurrentVersion)
            throw new KeyreeveException(KeyreeveError.WrongKeyLifecycleState, "The key has been replaced already; replace the one that took over from it.");
    }

    /// <summary>Where the replacement is to be: where it is wanted, or where the existing key is.</summary>
    public static NewKeyPlace PlaceOf(ManagedObject existing, ImmutableArray<KeyProtection> wanted) =>
        new(existing.Group, wanted.IsDefaultOrEmpty && existing.IsInToken ? [KeyProtection.Hsm] : wanted);

    /// <summary>What the replacement may be used for.</summary>
    public static CryptographicUsageMask UsageOf(ManagedObject existing, AttributeSet stated) =>
        stated.Has(AttributeName.CryptographicUsageMask) ? NewObject.UsageOf(existing.ObjectType, stated) : existing.CryptographicUsageMask;

    /// <summary>Stages both objects.</summary>
    /// <returns>The replacement.</returns>
    public ManagedObject StageIn(OperationScope scope)
    {
        var stated = Merged(Existing.Attributes, Stated);
        var dates = OwnDates ?? (OffsetInSeconds is { } offset ? Offset(scope.Now, offset) : Copied());
        var next = new NewObject
        {
            ObjectType = Existing.ObjectType,
            Id = Id,
            Group = Existing.Group,
            Stated = stated,
            Derived = dates
                .With(AttributeName.KeyIdentifier, AttributeValue.Of((ReadOnlySpan<byte>)Existing.KeyIdentifier.ToByteArray()))
                .With(AttributeName.KeyVersion, AttributeValue.Of(checked(Existing.KeyVersion + 1)))
                .Merge(Rotated(Existing, scope.Now))
                .Merge(OwnLinks()),
            Material = Material,
            StoredFormat = StoredFormat,
            IsGenerated = true,
            // Whoever has a key made anew, its owner is who he was.
            Owner = (Existing.Attributes.Find(AttributeName.Owner) as TextValue)?.Value ?? "",
        }.StageIn(scope);
        scope.Update(Existing with { Attributes = Replaced(Existing, scope.Now) });
        return next;
    }

    private AttributeSet OwnLinks()
    {
        var links = PairLink is null ? AttributeSet.Empty : AttributeSet.Empty.Add(AttributeName.Link, PairLink);
        foreach (var own in Stated.All(AttributeName.Link)) links = links.Add(AttributeName.Link, own.Value);
        return links.Add(AttributeName.Link, Links.Value(LinkType.ReplacedObjectLink, Existing.Id));
    }

    // spec: Table 304 "Name: Set to the name(s) of the existing key; all name attributes are removed from the existing key."
    private static AttributeSet Merged(AttributeSet existing, AttributeSet stated)
    {
        var merged = AttributeSet.From(existing.Instances.Where(instance =>
            !NotInherited.Contains(instance.Key.Name) && (instance.Key.Name == AttributeName.Name || !stated.Has(instance.Key))));
        foreach (var instance in stated.Instances)
        {
            if (instance.Key.Name == AttributeName.Link || Dates.Contains(instance.Key.Name)) continue;
            var isThere = instance.Key.Name == AttributeName.Name && merged.All(instance.Key).ToArray().Any(i => i.Value == instance.Value);
            if (!isThere) merged = merged.Add(instance.Key, instance.Value);
        }

        return merged;
    }

    // spec: KMIP 2.1 §6.1.46 "If no Offset is specified, the Activation Date, Process Start Date, Protect Stop Date and
    // Deactivation Date values are copied from the existing key."
    private AttributeSet Copied()
    {
        var dates = AttributeSet.Empty;
        foreach (var name in Dates)
            if ((Stated.Find(name) ?? Existing.Attributes.Find(name)) is { } date) dates = dates.With(name, date);
        return dates;
    }

    // spec: KMIP 2.1 §6.1.46 Table 303 "Activation Date (AT2) = IT2 + Offset; Process Start Date = CT1 + (AT2 - AT1) …"
    private AttributeSet Offset(DateTimeOffset now, uint offset)
    {
        if (Dates.Any(date => Stated.Has(date)))
            throw new KeyreeveException(KeyreeveError.InvalidMessage, "An Offset and dates do not go together.");
        var activation = new DateTimeValue(now.ToUnixTimeSeconds() + offset);
        var dates = AttributeSet.Empty.With(AttributeName.ActivationDate, activation);
        foreach (var name in OffsetDates)
        {
            if (Existing.Attributes.Find(name) is not DateTimeValue date) continue;
            if (Existing.Attributes.Find(AttributeName.ActivationDate) is not DateTimeValue first)
                throw new KeyreeveException(KeyreeveError.NoDateToOffset, $"The existing key has no Activation Date from which its {name} could be offset.");
            dates = dates.With(name, date.Moved(first, activation));
        }

        return dates;
    }

    private AttributeSet Replaced(ManagedObject existing, DateTimeOffset now)
    {
        var former = existing.KeyName is { } name ? existing.Attributes.With(AttributeName.FormerName, AttributeValue.Of(name)) : existing.Attributes;
        return former
            .Without(AttributeName.Name)
            .Without(AttributeName.CurrentVersion)
            .With(AttributeName.RotateLatest, AttributeValue.Of(value: false))
            // spec: KMIP 2.1 §11.28 "there SHALL be only one such replacement object per Managed Object."
            .WithOnly(LinkType.ReplacementObjectLink, Id)
            .With(AttributeName.LastChangeDate, AttributeValue.Of(now));
    }

    /// <summary>What the server says of a replacement's place in the series. spec: KMIP 2.1 §4.49, §4.50, §4.52.</summary>
    public static AttributeSet Rotated(ManagedObject existing, DateTimeOffset now) => AttributeSet.Empty
        .With(AttributeName.RotateDate, AttributeValue.Of(now))
        .With(AttributeName.RotateGeneration, AttributeValue.Of(checked(GenerationOf(existing) + 1)))
        .With(AttributeName.RotateLatest, AttributeValue.Of(value: true));

    private static int GenerationOf(ManagedObject existing) =>
        existing.Attributes.Find(AttributeName.RotateGeneration) is IntegerValue generation ? generation.Value : 0;
}
