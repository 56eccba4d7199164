using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Payloads;

/// <summary>What an operation returns that returns nothing but its object.</summary>
public readonly record struct IdentifierResponse : IWireStructure<IdentifierResponse>
{
    /// <summary>Which object.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <inheritdoc/>
    public static IdentifierResponse Exchange<TCodec>(ref TCodec codec, in IdentifierResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
        };
}

/// <summary>Activate. KMIP 2.1 §6.1.1, 1.x §4.19.</summary>
public readonly record struct ActivateRequest : IRequestPayload<ActivateRequest, IdentifierResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Activate;

    /// <summary>The object; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <inheritdoc/>
    public static ActivateRequest Exchange<TCodec>(ref TCodec codec, in ActivateRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
        };
}

/// <summary>Revoke. KMIP 2.1 §6.1.44, 1.x §4.20.</summary>
public readonly record struct RevokeRequest : IRequestPayload<RevokeRequest, IdentifierResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Revoke;

    /// <summary>The object; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>Why.</summary>
    public RevocationReason RevocationReason { get; init; }

    /// <summary>Since when it is compromised, if it is.</summary>
    public DateTimeOffset? CompromiseOccurrenceDate { get; init; }

    /// <inheritdoc/>
    public static RevokeRequest Exchange<TCodec>(ref TCodec codec, in RevokeRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            RevocationReason = codec.Structure(Tag.RevocationReason, value.RevocationReason),
            CompromiseOccurrenceDate = codec.OptionalDateTime(Tag.CompromiseOccurrenceDate, value.CompromiseOccurrenceDate),
        };
}

/// <summary>Why an object was revoked. KMIP 2.1 §4.47, 1.x §3.31.</summary>
public readonly record struct RevocationReason : IWireStructure<RevocationReason>
{
    /// <summary>The reason.</summary>
    public RevocationReasonCode RevocationReasonCode { get; init; }

    /// <summary>The reason, for people.</summary>
    public string? RevocationMessage { get; init; }

    /// <inheritdoc/>
    public static RevocationReason Exchange<TCodec>(ref TCodec codec, in RevocationReason value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            RevocationReasonCode = codec.Enumeration(Tag.RevocationReasonCode, value.RevocationReasonCode),
            RevocationMessage = codec.OptionalText(Tag.RevocationMessage, value.RevocationMessage),
        };
}

/// <summary>Destroy. KMIP 2.1 §6.1.15, 1.x §4.21.</summary>
public readonly record struct DestroyRequest : IRequestPayload<DestroyRequest, IdentifierResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Destroy;

    /// <summary>The object; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <inheritdoc/>
    public static DestroyRequest Exchange<TCodec>(ref TCodec codec, in DestroyRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
        };
}
