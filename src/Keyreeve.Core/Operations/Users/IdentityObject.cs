using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Users;

/// <summary>
/// Users, groups of users and their credentials as managed objects. They have no State and no life of their own: they are there until
/// they are destroyed. What a credential holds never leaves.
/// </summary>
internal static class IdentityObject
{
    /// <summary>Makes one and stages it.</summary>
    /// <exception cref="KeyreeveException">An attribute is not allowed.</exception>
    public static async ValueTask<ManagedObject> StageAsync(
        OperationScope scope, GroupName group, ObjectType type, AttributeSet stated, SecretBytes? material, CancellationToken cancellationToken)
    {
        var attributes = await NewObject.StatedAsync(scope, type, stated, [], cancellationToken);
        attributes = attributes
            .With(AttributeName.KeyGroup, AttributeValue.Of(group.Value))
            .With(AttributeName.Owner, AttributeValue.Of(scope.Call.Principal.Name))
            .With(AttributeName.InitialDate, AttributeValue.Of(scope.Now))
            .With(AttributeName.LastChangeDate, AttributeValue.Of(scope.Now));
        if (material is not null)
        {
            attributes = attributes
                .With(AttributeName.Sensitive, AttributeValue.Of(true))
                .With(AttributeName.AlwaysSensitive, AttributeValue.Of(true))
                .With(AttributeName.Extractable, AttributeValue.Of(false))
                .With(AttributeName.NeverExtractable, AttributeValue.Of(true));
        }

        var id = UniqueIdentifier.New(scope.Now);
        var made = new ManagedObject
        {
            Tenant = scope.Tenant,
            Id = id,
            ObjectType = type,
            RowVersion = 1,
            Attributes = attributes,
            Material = material is null ? null : scope.Engine.Objects.Wrap(scope.Tenant, id, KeyFormatType.Opaque, material),
        };
        scope.Insert(made);
        scope.Audit.ObjectId = made.Id;
        scope.Audit.KeyName = made.Name;
        return made;
    }
}
