using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;

namespace Keyreeve.Core.Operations;

/// <summary>What operations work with; one for the life of the server.</summary>
public sealed class Engine
{
    /// <summary>Objects, sealed and unsealed on their way to and from the store.</summary>
    public required ObjectVault Objects { get; init; }

    /// <summary>Unwrapped keys, ready for use.</summary>
    public required KeyCache Keys { get; init; }

    /// <summary>The audit trail.</summary>
    public required IAuditLog Audit { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }
}
