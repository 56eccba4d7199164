using System.Collections.Frozen;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Access;

/// <summary>Which operations, in which key groups, are for clients alone that attest to the state of their machine: an immutable snapshot of the configuration.</summary>
/// <param name="demands">The operations by group; each line holds for the groups below it that state none.</param>
public sealed class AttestationPolicy(IEnumerable<KeyValuePair<GroupName, FrozenSet<OperationName>>> demands)
{
    private readonly FrozenDictionary<GroupName, FrozenSet<OperationName>> _demands = demands.ToFrozenDictionary();

    /// <summary>Nothing is demanded.</summary>
    public static AttestationPolicy None { get; } = new([]);

    /// <summary>Whether anything is.</summary>
    public bool IsInUse => _demands.Count > 0;

    /// <summary>Refuses a call that had to be attested and is not.</summary>
    /// <exception cref="KeyreeveException">It has to be.</exception>
    // spec: KMIP 1.4 §11.1: "Attestation Required" of a client that says it is able to attest, "Permission Denied" of one that does not.
    public void Require(OperationName operation, Call call, GroupName? group)
    {
        ArgumentNullException.ThrowIfNull(call);
        if (!Takes(operation, call, group)) return;
        throw call.MayAttest
            ? new KeyreeveException(KeyreeveError.AttestationRequired, $"In the key group {group}, {operation} takes an attestation.")
            : new KeyreeveException(KeyreeveError.PermissionDenied, $"In the key group {group}, {operation} takes an attestation, which the client does not say it can give.");
    }

    /// <summary>Whether a call has to be attested and is not.</summary>
    public bool Takes(OperationName operation, Call call, GroupName? group)
    {
        ArgumentNullException.ThrowIfNull(call);
        return IsInUse && call.Attester is null && group is { } about && Demands(operation, call, about);
    }

    private bool Demands(OperationName operation, Call call, GroupName group)
    {
        if (Of(group) is not { } demanded) return false;
        // What the server does of itself nobody attests to; but a key that has to be fetched attested is not pushed to whoever listens.
        if (call.Protocol == Audit.Protocol.Internal) return operation == OperationName.Put && (demanded.Contains(OperationName.Put) || demanded.Contains(OperationName.Get));
        return demanded.Contains(operation);
    }

    private FrozenSet<OperationName>? Of(GroupName group)
    {
        if (_demands.TryGetValue(group, out var demanded)) return demanded;
        for (var end = group.Value.LastIndexOf('/'); end > 0; end = group.Value.LastIndexOf('/', end - 1))
            if (_demands.TryGetValue(GroupName.Parse(group.Value[..end]), out demanded)) return demanded;
        return null;
    }
}
