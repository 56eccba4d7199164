using System.Collections.Immutable;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations;

/// <summary>Who calls, from where and how: all that a front door knows of a request besides its content.</summary>
public sealed record Call
{
    /// <summary>The authenticated caller.</summary>
    public required Principal Principal { get; init; }

    /// <summary>Finds the caller as it stands now, null if it is nobody who is served any more: a request of several operations asks before each. Null: nothing
    /// is asked.</summary>
    public Func<Principal?>? FindCaller { get; init; }

    /// <summary>Whom the caller speaks for, known by a credential of the request itself; null if for itself.</summary>
    public CallUser? User { get; init; }

    /// <summary>What the user's proof rests on: nothing holds for the user any more once one of these objects is gone.</summary>
    public ImmutableArray<UniqueIdentifier> UserRestsOn { get; init; } = [];

    /// <summary>What the ticket allows by which the caller speaks; null if there is no ticket.</summary>
    public DelegatedRights? Rights { get; init; }

    /// <summary>What has attested to the state of the caller's machine; null if nothing has.</summary>
    public string? Attester { get; init; }

    /// <summary>Whether the caller says that it is able to have it attested.</summary>
    public bool MayAttest { get; init; }

    /// <summary>How much computing the request may still cost; null if it is one operation, which has bounds of its own.</summary>
    public RequestWork? Work { get; init; }

    /// <summary>In which version of its protocol the caller spoke, where there are several; 0.0 if it is not known.</summary>
    public (int Major, int Minor) ProtocolVersion { get; init; }

    /// <summary>How the caller spoke.</summary>
    public required Protocol Protocol { get; init; }

    /// <summary>The caller's address.</summary>
    public required string SourceAddress { get; init; }

    /// <summary>The caller's port.</summary>
    public required int SourcePort { get; init; }

    /// <summary>Joins records and log lines of one request.</summary>
    public required string CorrelationId { get; init; }

    /// <summary>The caller's own name for the request, for the record alone; null if it stated none.</summary>
    public string? RequestId { get; init; }

    /// <summary>When the request arrived.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The purpose code that the caller stated.</summary>
    public string? Purpose { get; init; }

    /// <summary>The caller's name for this request, if it may be sent again: the same request gives the same answer.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>The caller's address as a number, to compare networks by; null if it is none.</summary>
    internal UInt128? SourceNetworkAddress => NetworkRange.ReadAddress(SourceAddress);
}
