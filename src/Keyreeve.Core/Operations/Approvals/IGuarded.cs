using System.Collections.Immutable;
using Keyreeve.Core.Access.Approvals;

namespace Keyreeve.Core.Operations.Approvals;

/// <summary>An operation that may take others to agree. The pipeline asks, once the caller is known to have the right.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
public interface IGuarded<in TRequest>
{
    /// <summary>What the request amounts to; null if it is nothing that others have to agree to. Reads only.</summary>
    /// <exception cref="KeyreeveException">It would be refused in any case.</exception>
    GuardedAct? Examine(OperationScope scope, OperationTarget target, TRequest request);
}

/// <summary>What a request amounts to that others may have to agree to.</summary>
public sealed record GuardedAct
{
    /// <summary>What it is.</summary>
    public required ApprovalKind Kind { get; init; }

    /// <summary>What is going to be done, in a sentence for those who decide.</summary>
    public required string Summary { get; init; }

    /// <summary>More of it, a line each.</summary>
    public ImmutableArray<string> Details { get; init; } = [];

    /// <summary>Whether the one who asks made or brought the object.</summary>
    public bool IsOwn { get; init; }

    /// <summary>Whether keys of its group are destroyed at once by whoever may.</summary>
    public bool IsWithoutWait { get; init; }

    /// <summary>Whether it is done to every version of the object's key: then each is bound as it is, not the object alone.</summary>
    public bool IsOfAllVersions { get; init; }

    /// <summary>Whether it takes another person also while there is nobody who could agree: then it waits for one.</summary>
    public bool TakesTwoAlways { get; init; }

    /// <summary>Adds all that the request says, but for the object, which is bound in any case.</summary>
    public required Action<RequestDigest> Describe { get; init; }
}
