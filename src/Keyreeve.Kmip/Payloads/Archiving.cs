using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Payloads;

/// <summary>Archive. KMIP 2.1 §6.1.4, 1.x §4.22 (1.0: §4.21).</summary>
public readonly record struct ArchiveRequest : IRequestPayload<ArchiveRequest, IdentifierResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Archive;

    /// <summary>The object; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <inheritdoc/>
    public static ArchiveRequest Exchange<TCodec>(ref TCodec codec, in ArchiveRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
        };
}

/// <summary>Recover. KMIP 2.1 §6.1.42, 1.x §4.23 (1.0: §4.22).</summary>
public readonly record struct RecoverRequest : IRequestPayload<RecoverRequest, IdentifierResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Recover;

    /// <summary>The object; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <inheritdoc/>
    public static RecoverRequest Exchange<TCodec>(ref TCodec codec, in RecoverRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
        };
}

/// <summary>Deactivate. From KMIP 3.0.</summary>
public readonly record struct DeactivateRequest : IRequestPayload<DeactivateRequest, IdentifierResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Deactivate;

    /// <summary>The object; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>Why; absent: Unspecified.</summary>
    public DeactivationReason? DeactivationReason { get; init; }

    /// <inheritdoc/>
    public static DeactivateRequest Exchange<TCodec>(ref TCodec codec, in DeactivateRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            DeactivationReason = codec.OptionalStructure(Tag.DeactivationReason, value.DeactivationReason),
        };
}

/// <summary>Why an object was deactivated. From KMIP 3.0.</summary>
public readonly record struct DeactivationReason : IWireStructure<DeactivationReason>
{
    /// <summary>The reason.</summary>
    public DeactivationReasonCode DeactivationReasonCode { get; init; }

    /// <summary>The reason, for people.</summary>
    public string? DeactivationMessage { get; init; }

    /// <inheritdoc/>
    public static DeactivationReason Exchange<TCodec>(ref TCodec codec, in DeactivationReason value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            DeactivationReasonCode = codec.Enumeration(Tag.DeactivationReasonCode, value.DeactivationReasonCode),
            DeactivationMessage = codec.OptionalText(Tag.DeactivationMessage, value.DeactivationMessage),
        };
}

/// <summary>Obliterate leaves nothing of an object. From KMIP 3.0.</summary>
public readonly record struct ObliterateRequest : IRequestPayload<ObliterateRequest, ObliterateResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Obliterate;

    /// <summary>The object; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <inheritdoc/>
    public static ObliterateRequest Exchange<TCodec>(ref TCodec codec, in ObliterateRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
        };
}

/// <summary>Nothing: there is no object left to name.</summary>
public readonly record struct ObliterateResponse : IWireStructure<ObliterateResponse>
{
    /// <inheritdoc/>
    public static ObliterateResponse Exchange<TCodec>(ref TCodec codec, in ObliterateResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => value;
}
