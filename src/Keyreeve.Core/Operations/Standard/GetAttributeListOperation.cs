using System.Collections.Immutable;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Asks which attributes an object has.</summary>
/// <param name="Id">Which object.</param>
public sealed record GetAttributeListRequest(UniqueIdentifier Id);

/// <summary>The attributes that the object has.</summary>
/// <param name="Id">The object.</param>
/// <param name="Names">Each once, in the order of their numbers.</param>
/// <param name="LinkTypes">The types of its Links, each once.</param>
public sealed record GetAttributeListResponse(UniqueIdentifier Id, ImmutableArray<AttributeKey> Names, ImmutableArray<LinkType> LinkTypes);

/// <summary>Tells which attributes an object has.</summary>
public sealed class GetAttributeListOperation : ObjectOperation<GetAttributeListRequest, GetAttributeListResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.GetAttributeList;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    public override bool TakesArchived => true;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(GetAttributeListRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override ValueTask<GetAttributeListResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, GetAttributeListRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        var visible = VisibleAttributes.Of(found, scope.May(OperationName.Get, found));
        var links = visible.All(AttributeName.Link).ToArray()
            .Select(i => i.Value is StructureValue link && link[AttributeField.LinkType] is EnumerationValue type ? (LinkType)type.Value : LinkType.NotSet);
        return ValueTask.FromResult(new GetAttributeListResponse(found.Id, [.. visible.Instances.Select(i => i.Key).Distinct()], [.. links.Distinct()]));
    }
}
