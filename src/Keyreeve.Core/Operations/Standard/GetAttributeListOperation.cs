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

/// <summary>KMIP 2.1 §6.1.21 Get Attribute List.</summary>
public sealed class GetAttributeListOperation : Operation<GetAttributeListRequest, GetAttributeListResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.GetAttributeList;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, GetAttributeListRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await scope.RequireAsync(request.Id, cancellationToken));

    /// <inheritdoc/>
    protected internal override ValueTask<GetAttributeListResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, GetAttributeListRequest request, CancellationToken cancellationToken)
    {
        var managedObject = target.Object!;
        var names = ShownAttributes.Of(managedObject).Instances.Select(i => i.Key).Distinct();
        return new(new GetAttributeListResponse(managedObject.Id, [.. names]));
    }
}
