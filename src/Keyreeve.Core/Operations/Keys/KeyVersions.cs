using Keyreeve.Core.Objects;

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

    /// <summary>All versions of the key that <paramref name="version"/> belongs to, oldest first, as they are now.</summary>
    public static ValueTask<IReadOnlyList<ManagedObject>> AllAsync(OperationScope scope, ManagedObject version, CancellationToken cancellationToken) =>
        scope.Engine.Objects.FindVersionsAsync(scope.Tenant, version.KeyIdentifier, cancellationToken);

    /// <summary>Only symmetric keys are keys of this API; whoever may know of the object may know that it is another.</summary>
    public static void RequireSymmetricKey(ManagedObject found)
    {
        if (found.ObjectType != ObjectType.SymmetricKey)
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"This is a {found.ObjectType}, not a symmetric key.");
    }

    /// <summary>A new key's first version.</summary>
    public static ManagedObject MakeFirst(OperationScope scope, CreateKeyRequest request, GroupName group)
    {
        if (request.Algorithm != CryptographicAlgorithm.AES || request.LengthInBits is not (128 or 192 or 256))
            throw new KeyreeveException(KeyreeveError.CryptographicParametersNotSupported, "A named key is AES with 128, 192 or 256 bits.");
        var id = UniqueIdentifier.New(scope.Now);
        var attributes = AttributeSet.Empty
            .With(AttributeName.Name, AttributeValue.Of(
                new StructureField(AttributeField.NameValue, AttributeValue.Of(request.Name)),
                new StructureField(AttributeField.NameType, AttributeValue.Of(NameType.UninterpretedTextString))))
            .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(request.Algorithm))
            .With(AttributeName.CryptographicLength, AttributeValue.Of(request.LengthInBits))
            .With(AttributeName.CryptographicUsageMask, AttributeValue.Of(unchecked((int)request.Usage)))
            .With(AttributeName.KeyGroup, AttributeValue.Of(group.Value))
            .With(AttributeName.Owner, AttributeValue.Of(scope.Call.Principal.Name));
        return MakeVersion(scope, id, id, 1, attributes);
    }

    /// <summary>A key's current version as it is once replaced, and the version that replaces it.</summary>
    public static (ManagedObject Replaced, ManagedObject Replacement) MakeNext(OperationScope scope, ManagedObject current)
    {
        var id = UniqueIdentifier.New(scope.Now);
        var attributes = current.Attributes.Without(AttributeName.Link).Add(AttributeName.Link, LinkTo(current.Id, LinkType.ReplacedObjectLink));
        var replacement = MakeVersion(scope, id, current.KeyIdentifier, checked(current.KeyVersion + 1), attributes);
        var replaced = current with
        {
            Attributes = current.Attributes
                .Without(AttributeName.Name)
                .Without(AttributeName.CurrentVersion)
                .Add(AttributeName.Link, LinkTo(id, LinkType.ReplacementObjectLink))
                .With(AttributeName.LastChangeDate, AttributeValue.Of(scope.Now)),
        };
        return (replaced, replacement);
    }

    /// <summary>A version without its material.</summary>
    public static ManagedObject Destroy(ManagedObject version, DateTimeOffset now) => version with
    {
        Material = null,
        Attributes = version.Attributes
            .With(AttributeName.State, AttributeValue.Of(version.State == State.Compromised ? State.DestroyedCompromised : State.Destroyed))
            .With(AttributeName.DestroyDate, AttributeValue.Of(now))
            .With(AttributeName.LastChangeDate, AttributeValue.Of(now))
            .Without(AttributeName.DestructionDate)
            .Without(AttributeName.Disabled),
    };

    private static ManagedObject MakeVersion(OperationScope scope, UniqueIdentifier id, UniqueIdentifier key, int number, AttributeSet attributes)
    {
        var now = AttributeValue.Of(scope.Now);
        var lengthInBytes = ((IntegerValue)attributes.Find(AttributeName.CryptographicLength)!).Value / 8;
        using var material = Keyreeve.Crypto.SecretBytes.Random(lengthInBytes);
        return new ManagedObject
        {
            Tenant = scope.Tenant,
            Id = id,
            ObjectType = ObjectType.SymmetricKey,
            RowVersion = 1,
            Material = scope.Engine.Objects.Wrap(scope.Tenant, id, KeyFormatType.Raw, material),
            Attributes = attributes
                .With(AttributeName.State, AttributeValue.Of(State.Active))
                .With(AttributeName.InitialDate, now)
                .With(AttributeName.ActivationDate, now)
                .With(AttributeName.LastChangeDate, now)
                .With(AttributeName.KeyIdentifier, AttributeValue.Of(key.ToByteArray()))
                .With(AttributeName.KeyVersion, AttributeValue.Of(number))
                .With(AttributeName.CurrentVersion, AttributeValue.Of(true)),
        };
    }

    private static AttributeValue LinkTo(UniqueIdentifier id, LinkType type) => AttributeValue.Of(
        new StructureField(AttributeField.LinkType, AttributeValue.Of(type)),
        new StructureField(AttributeField.LinkedObjectIdentifier, AttributeValue.Of(id.ToString())));

    private static async ValueTask<ManagedObject?> FindFirstAsync(OperationScope scope, UniqueIdentifier id, CancellationToken cancellationToken)
    {
        var found = await scope.Engine.Objects.FindAsync(scope.Tenant, id, cancellationToken);
        return found is not null && found.KeyIdentifier == id ? found : null;
    }
}
