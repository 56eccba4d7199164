using System.Collections.Immutable;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Asks for attributes of an object.</summary>
public sealed record GetAttributesRequest
{
    /// <summary>Which object.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>Which attributes; null for all.</summary>
    public ImmutableArray<AttributeKey>? Names { get; init; }
}

/// <summary>The attributes that exist of those asked for.</summary>
/// <param name="Id">The object.</param>
/// <param name="Attributes">All instances; those that only later or earlier protocol versions know are the front door's to
/// leave out.</param>
public sealed record GetAttributesResponse(UniqueIdentifier Id, AttributeSet Attributes);

/// <summary>KMIP 2.1 §6.1.22 Get Attributes.</summary>
public sealed class GetAttributesOperation : Operation<GetAttributesRequest, GetAttributesResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.GetAttributes;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, GetAttributesRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await scope.RequireAsync(request.Id, cancellationToken));

    /// <inheritdoc/>
    protected internal override ValueTask<GetAttributesResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, GetAttributesRequest request, CancellationToken cancellationToken)
    {
        var managedObject = target.Object!;
        var shown = ShownAttributes.Of(managedObject);
        if (request.Names is not { } names) return new(new GetAttributesResponse(managedObject.Id, shown));

        var chosen = AttributeSet.Empty;
        foreach (var name in names)
            foreach (var instance in shown.All(name)) chosen = AttributeSet.From(chosen.Instances.Add(instance));
        return new(new GetAttributesResponse(managedObject.Id, chosen));
    }
}
