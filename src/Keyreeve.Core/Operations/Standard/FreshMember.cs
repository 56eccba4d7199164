using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>
/// The Object Group <c>default</c>, which never runs out of fresh members.
/// spec: KMIP 1.2 §4.9 "If there are no more fresh objects in the group, the server MAY choose to generate a new object on-the-fly, based
/// on server policy": for who may create, an AES key of 256 bits.
/// </summary>
internal static class FreshMember
{
    private const string DefaultGroup = "default";

    private const int LengthInBits = 256;

    /// <summary>Whether a search that found nothing is one for which a member is made.</summary>
    public static bool IsMadeFor(OperationScope scope, LocateRequest request) =>
        request.ObjectGroupMember == ObjectGroupMember.GroupMemberFresh
        && request.Attributes is [_]
        && request.OffsetItems == 0
        && string.Equals(request.Group, DefaultGroup, StringComparison.Ordinal)
        && scope.May(OperationName.Create, scope.Call.Principal.HomeGroup);

    /// <summary>Makes a member and stages it.</summary>
    public static async ValueTask<UniqueIdentifier> MakeAsync(OperationScope scope, CancellationToken cancellationToken)
    {
        var id = UniqueIdentifier.New(scope.Now);
        const CryptographicUsageMask usage = CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt;
        using var material = await NewMaterial.SymmetricAsync(
            scope, new NewKeyPlace(scope.Call.Principal.HomeGroup, []), new NewSymmetricKey(id, CryptographicAlgorithm.AES, LengthInBits, usage), cancellationToken);
        return new NewObject
        {
            ObjectType = ObjectType.SymmetricKey,
            Id = id,
            Group = scope.Call.Principal.HomeGroup,
            Stated = AttributeSet.Empty
                .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(CryptographicAlgorithm.AES))
                .With(AttributeName.CryptographicLength, AttributeValue.Of(LengthInBits))
                .With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)usage))
                .With(AttributeName.ObjectGroup, AttributeValue.Of(DefaultGroup)),
            Material = material.Bytes,
            StoredFormat = material.StoredFormat,
            IsGenerated = true,
        }.StageIn(scope).Id;
    }
}
