using System.Collections.Frozen;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Keys;

/// <summary>Finding keys and their versions, for the operations on named keys.</summary>
internal static class KeyVersions
{
    // What belongs to one version and not to the key: the next one gets its own.
    // spec: KMIP 2.1 §6.1.46 Table 304 "Re-key Attribute Requirements"
    private static readonly FrozenSet<AttributeName> OfOneVersion = new[]
    {
        AttributeName.UniqueIdentifier, AttributeName.State, AttributeName.Digest, AttributeName.Link, AttributeName.Fresh, AttributeName.LeaseTime,
        AttributeName.InitialDate, AttributeName.OriginalCreationDate, AttributeName.ActivationDate, AttributeName.ProcessStartDate,
        AttributeName.ProtectStopDate, AttributeName.DeactivationDate, AttributeName.DestroyDate, AttributeName.CompromiseOccurrenceDate,
        AttributeName.CompromiseDate, AttributeName.ArchiveDate, AttributeName.LastChangeDate, AttributeName.RevocationReason,
        AttributeName.RandomNumberGenerator, AttributeName.AlwaysSensitive, AttributeName.NeverExtractable, AttributeName.ShortUniqueIdentifier,
        AttributeName.KeyIdentifier, AttributeName.KeyVersion, AttributeName.CurrentVersion, AttributeName.Disabled, AttributeName.DestructionDate,
        AttributeName.Owner, AttributeName.KeyGroup, AttributeName.KeyWrappingData, AttributeName.KeyValuePresent,
    }.ToFrozenSet();

    /// <summary>The version that encrypts.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.ItemNotFound"/>; <see cref="KeyreeveError.InvalidObjectType"/>.</exception>
    public static async ValueTask<ManagedObject> RequireCurrentAsync(OperationScope scope, KeySelector key, CancellationToken cancellationToken)
    {
        var found = key.Name is { } name
            ? await scope.Engine.Objects.FindByNameAsync(scope.Tenant, name, cancellationToken)
            : await FindFirstAsync(scope, key.Id, cancellationToken);
        if (found is null) throw KeyreeveException.NotFound();
        if (found.IsCurrentVersion || key.Name is not null) return found;

        foreach (var version in await scope.Engine.Objects.FindVersionsAsync(scope.Tenant, key.Id, cancellationToken))
            if (version.IsCurrentVersion) return version;
        return found;
    }

    /// <summary>All versions of the key that <paramref name="version"/> belongs to, oldest first, as they are now.</summary>
    public static ValueTask<IReadOnlyList<ManagedObject>> AllAsync(OperationScope scope, ManagedObject version, CancellationToken cancellationToken) =>
        scope.Engine.Objects.FindVersionsAsync(scope.Tenant, version.KeyIdentifier, cancellationToken);

    /// <summary>What is known now of a key that an earlier request made or changed.</summary>
    public static async ValueTask<NamedKey> RecallAsync(OperationScope scope, ReadOnlyMemory<byte> remembered, CancellationToken cancellationToken) =>
        NamedKey.Of(await RequireCurrentAsync(scope, KeySelector.Of(UniqueIdentifier.FromBytes(remembered.Span)), cancellationToken));

    /// <summary>Only symmetric keys are keys of this API; whoever may know of the object may know that it is another.</summary>
    public static void RequireSymmetricKey(ManagedObject found)
    {
        if (found.ObjectType != ObjectType.SymmetricKey)
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"This is a {found.ObjectType}, not a symmetric key.");
    }

    /// <summary>Makes and stages the version that replaces a key's current one, and stages that as replaced.</summary>
    public static ManagedObject StageNext(OperationScope scope, ManagedObject current)
    {
        var id = UniqueIdentifier.New(scope.Now);
        using var material = SecretBytes.Random(current.CryptographicLength / 8);
        var next = new NewObject
        {
            ObjectType = ObjectType.SymmetricKey,
            Id = id,
            Group = current.Group,
            Stated = AttributeSet.From(current.Attributes.Instances.Where(static instance => !OfOneVersion.Contains(instance.Key.Name))),
            Derived = AttributeSet.Empty
                .With(AttributeName.ActivationDate, AttributeValue.Of(scope.Now))
                .With(AttributeName.KeyIdentifier, AttributeValue.Of((ReadOnlySpan<byte>)current.KeyIdentifier.ToByteArray()))
                .With(AttributeName.KeyVersion, AttributeValue.Of(checked(current.KeyVersion + 1)))
                .With(AttributeName.Link, LinkTo(current.Id, LinkType.ReplacedObjectLink)),
            Material = material,
            IsGenerated = true,
        }.StageIn(scope);

        var former = current.KeyName is { } name ? current.Attributes.With(AttributeName.FormerName, AttributeValue.Of(name)) : current.Attributes;
        scope.Update(current with
        {
            Attributes = former
                .Without(AttributeName.Name)
                .Without(AttributeName.CurrentVersion)
                .Add(AttributeName.Link, LinkTo(id, LinkType.ReplacementObjectLink))
                .With(AttributeName.LastChangeDate, AttributeValue.Of(scope.Now)),
        });
        return next;
    }

    /// <summary>A version without its material.</summary>
    // spec: KMIP 2.1 §4.57: an Active object is deactivated on its way; who destroys a key says both at once.
    public static ManagedObject Destroy(ManagedObject version, DateTimeOffset now) => version with
    {
        Material = null,
        Attributes = (version.State == State.Active ? version.Attributes.With(AttributeName.DeactivationDate, AttributeValue.Of(now)) : version.Attributes)
            .With(AttributeName.State, AttributeValue.Of(version.State == State.Compromised ? State.DestroyedCompromised : State.Destroyed))
            .With(AttributeName.DestroyDate, AttributeValue.Of(now))
            .With(AttributeName.LastChangeDate, AttributeValue.Of(now))
            .Without(AttributeName.DestructionDate)
            .Without(AttributeName.Disabled),
    };

    private static AttributeValue LinkTo(UniqueIdentifier id, LinkType type) => AttributeValue.Of(
        new StructureField(AttributeField.LinkType, AttributeValue.Of(type)),
        new StructureField(AttributeField.LinkedObjectIdentifier, AttributeValue.Of(id.ToString())));

    private static async ValueTask<ManagedObject?> FindFirstAsync(OperationScope scope, UniqueIdentifier id, CancellationToken cancellationToken)
    {
        var found = await scope.Engine.Objects.FindAsync(scope.Tenant, id, cancellationToken);
        return found is not null && found.KeyIdentifier == id ? found : null;
    }
}
