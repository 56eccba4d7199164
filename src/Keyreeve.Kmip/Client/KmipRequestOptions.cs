using System.Collections.Immutable;
using Keyreeve.Kmip.Messages;

namespace Keyreeve.Kmip.Client;

/// <summary>What requests say beyond their operations; see <see cref="KmipClient.With"/>.</summary>
public sealed record KmipRequestOptions
{
    /// <summary>Who asks, in place of <see cref="KmipClientOptions.Authentication"/>: a ticket from Login, for example.</summary>
    public Authentication? Authentication { get; init; }

    /// <summary>The longest response the server may send, in bytes; it answers Response Too Large instead. Default: not said.</summary>
    public int? MaximumResponseSize { get; init; }

    /// <summary>The client's name for the request, for the server's logs. From KMIP 1.4; not sent before.</summary>
    public string? ClientCorrelationValue { get; init; }

    /// <summary>Which attestations the client can give. From KMIP 1.2; not sent before.</summary>
    public ImmutableArray<AttestationType> AttestationTypes { get; init; } = [];

    /// <summary>
    /// Attests to a nonce of the server, where it demands that for an operation: the request, which was refused, is sent again with the
    /// attestation. Single operations alone; a batch is refused with the reason. From KMIP 1.2. Default null: the client cannot.
    /// </summary>
    public Func<Nonce, CancellationToken, ValueTask<AttestationCredential>>? Attest { get; init; }

    /// <summary>What a vendor adds to each batch item; none by default. A server that does not know one refuses it only where it is critical.</summary>
    public ImmutableArray<MessageExtension> MessageExtensions { get; init; } = [];

    /// <summary>Whether the requests carry the time at which they were sent. Default false.</summary>
    public bool SendTimeStamp { get; init; }

    /// <summary>How long a request may take, in place of <see cref="KmipClientOptions.RequestTimeout"/>.</summary>
    public TimeSpan? RequestTimeout { get; init; }
}
