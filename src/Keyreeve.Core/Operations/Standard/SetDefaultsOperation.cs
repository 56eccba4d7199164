using System.Collections.Immutable;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Sets what new objects are given where clients state nothing.</summary>
/// <param name="Defaults">The defaults, in place of those there were.</param>
public sealed record SetDefaultsRequest(ImmutableArray<ObjectRule> Defaults);

/// <summary>The defaults are set.</summary>
public sealed record SetDefaultsResponse;

/// <summary>Sets the tenant's defaults, all at once; it takes a right in the whole tenant.</summary>
public sealed class SetDefaultsOperation : SetRulesOperation<SetDefaultsRequest, SetDefaultsResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.SetDefaults;

    private protected override ImmutableArray<ObjectRule> RulesOf(SetDefaultsRequest request) => request.Defaults;

    // What a client could not state itself no default can.
    private protected override void Check(ObjectRule rule)
    {
        if (rule.ObjectTypes.IsEmpty) throw new KeyreeveException(KeyreeveError.MissingField, "Defaults say for which types of objects they are.");
        foreach (var objectType in rule.ObjectTypes)
        {
            foreach (var instance in rule.Attributes.Instances)
            {
                AttributeRules.CheckStated(objectType, instance.Key, instance.Value);
                if (rule.Attributes.All(instance.Key).Length > 1 && !AttributeRules.For(instance.Key).IsMultiInstance)
                    throw new KeyreeveException(KeyreeveError.AttributeSingleValued, $"Attribute {instance.Key} has one value.");
                if (instance.Key.Name == AttributeName.Name)
                    throw new KeyreeveException(KeyreeveError.InvalidAttribute, "A Name is unique; it cannot be a default.");
            }
        }
    }

    private protected override TenantRules With(TenantRules rules, SetDefaultsRequest request) => rules with { Defaults = request.Defaults };
}
