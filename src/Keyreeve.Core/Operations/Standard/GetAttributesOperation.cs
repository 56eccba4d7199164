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

    /// <summary>Which types of Link, where Links are asked for; null for all.</summary>
    public ImmutableArray<LinkType>? LinkTypes { get; init; }
}

/// <summary>The attributes that exist of those asked for.</summary>
/// <param name="Id">The object.</param>
/// <param name="Attributes">All instances; those that only later or earlier protocol versions know are the front door's to
/// leave out.</param>
/// <param name="Asked">Those asked for, in the order of the request; null for all.</param>
public sealed record GetAttributesResponse(UniqueIdentifier Id, AttributeSet Attributes, ImmutableArray<AttributeKey>? Asked);

/// <summary>Tells the attributes of an object.</summary>
public sealed class GetAttributesOperation : ObjectOperation<GetAttributesRequest, GetAttributesResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.GetAttributes;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    public override bool TakesArchived => true;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(GetAttributesRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override ValueTask<GetAttributesResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, GetAttributesRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        var attributes = VisibleAttributes.Of(found, scope.May(OperationName.Get, found));
        if (request.Names is { } names) attributes = Select(attributes, names);
        if (request.LinkTypes is { } types)
            attributes = AttributeSet.From(attributes.Instances.Where(i => i.Key.Name != AttributeName.Link || types.Any(t => AttributeChange.IsAmong(i, OfType(t)))));
        return ValueTask.FromResult(new GetAttributesResponse(found.Id, attributes, request.Names));
    }

    private static StructureField OfType(LinkType type) => new(AttributeField.LinkType, AttributeValue.Of(type));

    private static AttributeSet Select(AttributeSet attributes, ImmutableArray<AttributeKey> names)
    {
        var wanted = new HashSet<AttributeKey>();
        foreach (var name in names)
        {
            // spec: KMIP 2.1 §6.1.20 "The same Attribute Reference SHALL NOT be present more than once in a request."
            if (!wanted.Add(name)) throw new KeyreeveException(KeyreeveError.InvalidMessage, $"Attribute {name} is asked for more than once.");
        }

        return attributes.Split(wanted.Contains).Chosen;
    }
}
