using System.Collections.Immutable;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Sets what new objects have to be like.</summary>
/// <param name="Constraints">The constraints, in place of those there were.</param>
public sealed record SetConstraintsRequest(ImmutableArray<ObjectRule> Constraints);

/// <summary>The constraints are set.</summary>
public sealed record SetConstraintsResponse;

/// <summary>Sets the tenant's constraints, all at once; it takes a right in the whole tenant.</summary>
public sealed class SetConstraintsOperation : SetRulesOperation<SetConstraintsRequest, SetConstraintsResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.SetConstraints;

    private protected override ImmutableArray<ObjectRule> RulesOf(SetConstraintsRequest request) => request.Constraints;

    private protected override void Check(ObjectRule rule)
    {
        foreach (var instance in rule.Attributes.Instances)
            AttributeValueRules.Check(instance.Key, AttributeRules.For(instance.Key), instance.Value);
    }

    private protected override TenantRules With(TenantRules rules, SetConstraintsRequest request) => rules with { Constraints = request.Constraints };
}
