using System.Collections.Immutable;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Sets all rules of one kind of the tenant, in place of those there were; it takes a right in the whole tenant.</summary>
/// <typeparam name="TRequest">What brings them.</typeparam>
/// <typeparam name="TResponse">That they are set.</typeparam>
public abstract class SetRulesOperation<TRequest, TResponse> : Operation<TRequest, TResponse>
    where TRequest : class
    where TResponse : new()
{
    private const int MostRules = 256;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, TRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(new OperationTarget(null, null));

    /// <inheritdoc/>
    protected internal override ValueTask<TResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, TRequest request, CancellationToken cancellationToken)
    {
        var rules = RulesOf(request);
        CheckSize(rules);
        foreach (var rule in rules) Check(rule);
        scope.Engine.Rules.Write(scope, With(scope.Engine.Rules.Of(scope.Tenant), request));
        scope.Audit.Count = rules.Length;
        return ValueTask.FromResult(new TResponse());
    }

    private protected abstract ImmutableArray<ObjectRule> RulesOf(TRequest request);

    private protected abstract void Check(ObjectRule rule);

    private protected abstract TenantRules With(TenantRules rules, TRequest request);

    // Memory holds them all.
    private static void CheckSize(ImmutableArray<ObjectRule> rules)
    {
        if (rules.Length > MostRules) throw new KeyreeveException(KeyreeveError.RequestTooLarge, $"There are at most {MostRules} rules.");
        if (rules.Sum(static r => (long)AttributeSetCodec.Encode(r.Attributes).Length) > AttributeValueRules.LargestSetInBytes)
            throw new KeyreeveException(KeyreeveError.RequestTooLarge, $"The attributes of all rules take at most {AttributeValueRules.LargestSetInBytes} bytes.");
    }
}
