using Keyreeve.Kmip;
using Keyreeve.Kmip.Codec;

namespace Keyreeve.Integration.Kmip.Probe;

/// <summary>An operation as the probes send it.</summary>
/// <param name="Operation">Which.</param>
/// <param name="Since">The first version that has it.</param>
/// <param name="About">What it is about, if it takes the ID Placeholder; none otherwise.</param>
/// <param name="Payload">A request that is in order, about the object that is given: null is the ID Placeholder.</param>
internal sealed record ProbedOperation(Operation Operation, ProtocolVersion Since, ProbeObject About, Func<ProtocolVersion, UniqueIdentifier?, byte[]> Payload)
{
    /// <summary>The States in which it succeeds; null where the standard leaves it to the server.</summary>
    public IReadOnlyList<State>? Works { get; init; }

    /// <summary>Kinds of object for which it can never succeed.</summary>
    public IReadOnlyList<ProbeObject> NeverFor { get; init; } = [];

    /// <summary>What the Cryptographic Usage Mask has to hold; none if it does not matter.</summary>
    public CryptographicUsageMask Needs { get; init; }

    /// <summary>The last version that has it.</summary>
    public ProtocolVersion Until { get; init; } = ProtocolVersion.Kmip30;

    /// <summary>Whether the request must not be sent in order, because it ends or turns the connection.</summary>
    public bool IsForFaultsAlone { get; init; }

    /// <summary>Whether a version has it.</summary>
    public bool IsIn(ProtocolVersion version) => version >= Since && version <= Until;

    /// <summary>A row.</summary>
    public static ProbedOperation Of<TPayload>(ProtocolVersion since, ProbeObject about, Operation operation, Func<UniqueIdentifier?, TPayload> payload)
        where TPayload : IWireStructure<TPayload>, new() =>
        new(operation, since, about, (version, id) => ProbeObjects.Encode(payload(id), version));
}
