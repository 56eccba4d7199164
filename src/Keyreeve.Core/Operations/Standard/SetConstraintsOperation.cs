using System.Collections.Immutable;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Sets what new objects have to be like.</summary>
/// <param name="Constraints">The constraints, in place of those there were.</param>
public sealed record SetConstraintsRequest(ImmutableArray<ObjectRule> Constraints);

/// <summary>The constraints are set.</summary>
public sealed record SetConstraintsResponse;

/// <summary>Sets the tenant's constraints, all at once; it takes a right in the whole tenant.</summary>
public sealed class SetConstraintsOperation : Operation<SetConstraintsRequest, SetConstraintsResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.SetConstraints;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, SetConstraintsRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(new OperationTarget(null, null));

    /// <inheritdoc/>
    protected internal override ValueTask<SetConstraintsResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, SetConstraintsRequest request, CancellationToken cancellationToken)
    {
        RuleCheck.Size(request.Constraints);
        foreach (var constraint in request.Constraints)
        {
            foreach (var instance in constraint.Attributes.Instances)
                AttributeValueRules.Check(instance.Key, AttributeRules.For(instance.Key), instance.Value);
        }

        scope.Engine.Rules.Write(scope, scope.Engine.Rules.Of(scope.Tenant) with { Constraints = request.Constraints });
        scope.Audit.Count = request.Constraints.Length;
        return ValueTask.FromResult(new SetConstraintsResponse());
    }
}

/// <summary>What rules of both kinds have in common.</summary>
internal static class RuleCheck
{
    private const int MostRules = 256;

    /// <summary>Refuses more than memory is to hold.</summary>
    public static void Size(ImmutableArray<ObjectRule> rules)
    {
        if (rules.Length > MostRules) throw new KeyreeveException(KeyreeveError.RequestTooLarge, $"There are at most {MostRules} rules.");
        if (rules.Sum(static r => (long)AttributeSetCodec.Encode(r.Attributes).Length) > AttributeValueRules.LargestSetInBytes)
            throw new KeyreeveException(KeyreeveError.RequestTooLarge, $"The attributes of all rules take at most {AttributeValueRules.LargestSetInBytes} bytes.");
    }
}
