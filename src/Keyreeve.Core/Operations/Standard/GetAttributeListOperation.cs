using System.Collections.Immutable;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Asks which attributes an object has.</summary>
/// <param name="Id">Which object.</param>
public sealed record GetAttributeListRequest(UniqueIdentifier Id);

/// <summary>The attributes that the object has.</summary>
/// <param name="Id">The object.</param>
/// <param name="Names">Each once, in the order of their numbers.</param>
public sealed record GetAttributeListResponse(UniqueIdentifier Id, ImmutableArray<AttributeKey> Names);

/// <summary>Tells which attributes an object has.</summary>
public sealed class GetAttributeListOperation : ObjectOperation<GetAttributeListRequest, GetAttributeListResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.GetAttributeList;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(GetAttributeListRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override ValueTask<GetAttributeListResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, GetAttributeListRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        ImmutableArray<AttributeKey> names = [.. VisibleAttributes.Of(found, scope.May(OperationName.Get, found.Group)).Instances.Select(i => i.Key).Distinct()];
        return ValueTask.FromResult(new GetAttributeListResponse(found.Id, names));
    }
}
