using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;

namespace Keyreeve.Core.Operations.Keys;

/// <summary>Finding keys and their versions, for the operations on named keys.</summary>
internal static class KeyVersions
{
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

    /// <summary>What is known now of a key that an earlier request made or changed.</summary>
    public static async ValueTask<NamedKey> RecallAsync(OperationScope scope, ReadOnlyMemory<byte> remembered, CancellationToken cancellationToken) =>
        NamedKey.Of(await RequireCurrentAsync(scope, KeySelector.Of(UniqueIdentifier.FromBytes(remembered.Span)), cancellationToken));

    /// <summary>Only symmetric keys are keys of this API; whoever may know of the object may know that it is another.</summary>
    public static void RequireSymmetricKey(ManagedObject found)
    {
        if (found.ObjectType != ObjectType.SymmetricKey)
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"This is a {found.ObjectType}, not a symmetric key.");
    }

    /// <summary>Makes and stages the version that replaces a key's current one, Active from now on, and stages that as replaced.</summary>
    public static async ValueTask<ManagedObject> StageNextAsync(OperationScope scope, ManagedObject current, CancellationToken cancellationToken)
    {
        var id = UniqueIdentifier.New(scope.Now);
        using var material = await NewMaterial.SymmetricAsync(
            scope, Replacement.PlaceOf(current, []),
            new NewSymmetricKey(id, current.CryptographicAlgorithm, current.CryptographicLength, current.CryptographicUsageMask), cancellationToken);
        return new Replacement
        {
            Existing = current,
            Id = id,
            OwnDates = AttributeSet.Empty.With(AttributeName.ActivationDate, AttributeValue.Of(scope.Now)),
            Material = material.Bytes,
            StoredFormat = material.StoredFormat,
        }.StageIn(scope);
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

    private static async ValueTask<ManagedObject?> FindFirstAsync(OperationScope scope, UniqueIdentifier id, CancellationToken cancellationToken)
    {
        var found = await scope.Engine.Objects.FindAsync(scope.Tenant, id, cancellationToken);
        return found is not null && found.KeyIdentifier == id ? found : null;
    }
}
