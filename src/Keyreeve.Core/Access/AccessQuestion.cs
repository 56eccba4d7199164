using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Access;

/// <summary>One question to policy: may this caller do this, there, now?</summary>
public readonly struct AccessQuestion
{
    /// <summary>Who asks, from where, how, when and why.</summary>
    public required Call Call { get; init; }

    /// <summary>What is asked.</summary>
    public required OperationName Operation { get; init; }

    /// <summary>Where; null if the operation is about no group, which then takes a binding for the whole tenant.</summary>
    public GroupName? Group { get; init; }

    /// <summary>About which key; null if about none that exists.</summary>
    public UniqueIdentifier? Key { get; init; }

    /// <summary>What the caller says the data is; null if the operation takes no such thing.</summary>
    public EncryptionContext? Context { get; init; }
}
