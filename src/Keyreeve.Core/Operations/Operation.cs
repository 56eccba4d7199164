using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations;

/// <summary>
/// One thing that can be asked, whatever front door it came through. A handler says what the request is about and does it;
/// the decision, the audit record, the commit and the wait for durability are made around it by the
/// <see cref="OperationPipeline"/>. Stateless and thread safe.
/// </summary>
/// <typeparam name="TRequest">The request; immutable.</typeparam>
/// <typeparam name="TResponse">The response.</typeparam>
public abstract class Operation<TRequest, TResponse>
    where TRequest : class
{
    /// <summary>What is asked.</summary>
    public abstract OperationName Name { get; }

    /// <summary>What it does.</summary>
    public abstract OperationClass Class { get; }

    /// <summary>How long it may take, for one whose work depends on how much there is; null for one whose work is bounded by itself.</summary>
    public virtual TimeSpan? TimeLimit => null;

    /// <summary>Whether it is done with an archived object too; if not, the pipeline refuses it.</summary>
    public virtual bool TakesArchived => false;

    /// <summary>Whether it is done also while nothing is served, because the root of trust has been away for too long.</summary>
    public virtual bool RunsWhileSuspended => false;

    /// <summary>Finds what the request is about, on which the decision is made. Reads only.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.ItemNotFound"/> and the like.</exception>
    protected internal abstract ValueTask<OperationTarget> ResolveAsync(OperationScope scope, TRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Does it, once allowed. Changes are staged in the scope and committed afterwards together with their audit record.
    /// </summary>
    /// <exception cref="KeyreeveException">A refusal; nothing that was staged is committed.</exception>
    protected internal abstract ValueTask<TResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, TRequest request, CancellationToken cancellationToken);
}

/// <summary>What a request is about.</summary>
/// <param name="Group">The key group on which the decision is made; null if it is about no group (a listing, a query).</param>
/// <param name="Object">The object, if it is about one that exists.</param>
public readonly record struct OperationTarget(GroupName? Group, ManagedObject? Object)
{
    /// <summary>What the caller says the data is, for an operation that takes such a thing: part of the decision.</summary>
    public EncryptionContext? Context { get; init; }

    /// <summary>About that object.</summary>
    public static OperationTarget Of(ManagedObject managedObject)
    {
        ArgumentNullException.ThrowIfNull(managedObject);
        return new(managedObject.Group, managedObject);
    }
}
