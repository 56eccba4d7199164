using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Takes an object out of use.</summary>
public sealed record RevokeRequest
{
    /// <summary>Which object.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>Why.</summary>
    public required RevocationReasonCode RevocationReasonCode { get; init; }

    /// <summary>More about why, for people.</summary>
    public string? RevocationMessage { get; init; }

    /// <summary>When it is believed to have been compromised; only if that is why.</summary>
    public DateTimeOffset? CompromiseOccurrenceDate { get; init; }
}

/// <summary>The revoked object.</summary>
/// <param name="Id">The object.</param>
public sealed record RevokeResponse(UniqueIdentifier Id);
