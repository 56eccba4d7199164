using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;

namespace Keyreeve.Core.Operations.Users;

/// <summary>Asks for a new user, or a new group of users.</summary>
/// <param name="Attributes">Its attributes: the Name, and links.</param>
public sealed record CreateUserRequest(AttributeSet Attributes);

/// <summary>The new user or group.</summary>
/// <param name="Id">Its identity.</param>
public sealed record CreateUserResponse(UniqueIdentifier Id);

/// <summary>
/// KMIP 3.0 Create User and Create Group. A user is known by its Name and by the credentials it is linked to; it has no rights of its
/// own: within a certificate it tells owners apart.
/// </summary>
/// <param name="isGroup">Whether it is Create Group.</param>
public sealed class CreateUserOperation(bool isGroup) : Operation<CreateUserRequest, CreateUserResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => isGroup ? OperationName.CreateGroup : OperationName.CreateUser;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, CreateUserRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new OperationTarget(NewObject.GroupOf(scope, null), null));

    /// <inheritdoc/>
    protected internal override async ValueTask<CreateUserResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, CreateUserRequest request, CancellationToken cancellationToken)
    {
        if (!request.Attributes.Has(AttributeName.Name)) throw new KeyreeveException(KeyreeveError.MissingField, "A user or a group has a Name.");
        foreach (var instance in request.Attributes.All(AttributeName.Link).ToArray()) await RequireCredentialAsync(scope, instance.Value, cancellationToken);
        var type = isGroup ? ObjectType.Group : ObjectType.User;
        var made = await IdentityObject.StageAsync(scope, target.Group!.Value, type, request.Attributes, null, cancellationToken);
        return new CreateUserResponse(made.Id);
    }

    private static bool IsCredential(ManagedObject linked) =>
        linked.ObjectType is ObjectType.PasswordCredential or ObjectType.DeviceCredential or ObjectType.HashedPasswordCredential or ObjectType.OneTimePasswordCredential
        || linked.Attributes.Has(AttributeName.IdentifiedKey);

    /// <summary>What a user is linked to as its credential is one, and the caller's to link.</summary>
    internal static async ValueTask RequireCredentialAsync(OperationScope scope, AttributeValue value, CancellationToken cancellationToken)
    {
        if (value is not StructureValue link || link[AttributeField.LinkType] is not EnumerationValue { Value: (uint)LinkType.CredentialLink }) return;
        var linked = link[AttributeField.LinkedObjectIdentifier] is TextValue text && UniqueIdentifier.TryParse(text.Value, out var id)
            ? await scope.RequireAsync(id, cancellationToken)
            : throw KeyreeveException.NotFound();
        // Whoever links another's credential to a user of its own could speak for that user by it.
        if (!scope.May(OperationName.CreateCredential, linked)) throw KeyreeveException.NotFound();
        if (!IsCredential(linked))
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"An object of type {linked.ObjectType} that no Create Credential has made is no credential.");
    }
}
