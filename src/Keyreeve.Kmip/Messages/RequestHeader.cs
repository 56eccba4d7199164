using System.Collections.Immutable;
using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Messages;

/// <summary>What stands before the batch items of a request. KMIP 2.1 §8.2. Texts are views of the message.</summary>
public readonly struct RequestHeader : IWireStructure<RequestHeader>
{
    /// <summary>The version the rest of the message follows.</summary>
    public ProtocolVersion ProtocolVersion { get; init; }

    /// <summary>The longest response the client takes, in bytes.</summary>
    public int? MaximumResponseSize { get; init; }

    /// <summary>The client's name for this request, for logs; UTF-8. From KMIP 1.4.</summary>
    public ReadOnlyMemory<byte>? ClientCorrelationValue { get; init; }

    /// <summary>The server's name for an earlier request, for logs; UTF-8. From KMIP 1.4.</summary>
    public ReadOnlyMemory<byte>? ServerCorrelationValue { get; init; }

    /// <summary>Whether an operation may be answered later. In KMIP 1.x it is a Boolean: true is Optional, false Prohibited.</summary>
    public AsynchronousIndicator? AsynchronousIndicator { get; init; }

    /// <summary>Whether the client can attest to its state. From KMIP 1.2.</summary>
    public bool? AttestationCapableIndicator { get; init; }

    /// <summary>How the client can attest. From KMIP 1.2.</summary>
    public ImmutableArray<AttestationType> AttestationTypes { get; init; }

    /// <summary>Who asks, beyond the certificate of the connection.</summary>
    public Authentication? Authentication { get; init; }

    /// <summary>What to do when an item of a batch fails; Stop if absent.</summary>
    public BatchErrorContinuationOption? BatchErrorContinuationOption { get; init; }

    /// <summary>Whether the items must be processed in order.</summary>
    public bool? BatchOrderOption { get; init; }

    /// <summary>When the request was sent.</summary>
    public DateTimeOffset? TimeStamp { get; init; }

    /// <summary>How many items follow; absent in KMIP 3.0, required before.</summary>
    public int? BatchCount { get; init; }

    /// <summary>Whether the response is to carry the Server Correlation Value, which the versions' cases settle differently.</summary>
    public bool NamesRequest => VersionDifferences.NamesRequest(ProtocolVersion, ClientCorrelationValue.HasValue);

    /// <inheritdoc/>
    public static RequestHeader Exchange<TCodec>(ref TCodec codec, in RequestHeader value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            ProtocolVersion = codec.Version = codec.Structure(Tag.ProtocolVersion, value.ProtocolVersion),
            MaximumResponseSize = codec.OptionalInteger(Tag.MaximumResponseSize, value.MaximumResponseSize),
            ClientCorrelationValue = codec.OptionalUtf8(Tag.ClientCorrelationValue, value.ClientCorrelationValue),
            ServerCorrelationValue = codec.OptionalUtf8(Tag.ServerCorrelationValue, value.ServerCorrelationValue),
            AsynchronousIndicator = VersionDifferences.AsynchronousIndicator(ref codec, value.AsynchronousIndicator),
            AttestationCapableIndicator = codec.OptionalBoolean(Tag.AttestationCapableIndicator, value.AttestationCapableIndicator),
            AttestationTypes = codec.Enumerations(Tag.AttestationType, value.AttestationTypes),
            Authentication = codec.OptionalObject(Tag.Authentication, value.Authentication),
            BatchErrorContinuationOption = codec.OptionalEnumeration(Tag.BatchErrorContinuationOption, value.BatchErrorContinuationOption),
            BatchOrderOption = codec.OptionalBoolean(Tag.BatchOrderOption, value.BatchOrderOption),
            TimeStamp = codec.OptionalDateTime(Tag.TimeStamp, value.TimeStamp),
            BatchCount = VersionDifferences.BatchCount(ref codec, value.BatchCount),
        };
}

/// <summary>What stands before the batch items of a response. KMIP 2.1 §8.5. Texts are views of the message.</summary>
public readonly struct ResponseHeader : IWireStructure<ResponseHeader>
{
    /// <summary>The version of the request that is answered.</summary>
    public ProtocolVersion ProtocolVersion { get; init; }

    /// <summary>When the response was made.</summary>
    public DateTimeOffset TimeStamp { get; init; }

    /// <summary>What the client is asked to attest to. From KMIP 1.2.</summary>
    public Nonce? Nonce { get; init; }

    /// <summary>The server's proof that it knows the password, too. From KMIP 2.0.</summary>
    public ReadOnlyMemory<byte>? ServerHashedPassword { get; init; }

    /// <summary>How the client may attest. From KMIP 1.2.</summary>
    public ImmutableArray<AttestationType> AttestationTypes { get; init; }

    /// <summary>What the client called the request; UTF-8. From KMIP 1.4.</summary>
    public ReadOnlyMemory<byte>? ClientCorrelationValue { get; init; }

    /// <summary>What the server calls the request; UTF-8. From KMIP 1.4.</summary>
    public ReadOnlyMemory<byte>? ServerCorrelationValue { get; init; }

    /// <summary>How many items follow; absent in KMIP 3.0, required before.</summary>
    public int? BatchCount { get; init; }

    /// <inheritdoc/>
    public static ResponseHeader Exchange<TCodec>(ref TCodec codec, in ResponseHeader value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            ProtocolVersion = codec.Version = codec.Structure(Tag.ProtocolVersion, value.ProtocolVersion),
            TimeStamp = codec.DateTime(Tag.TimeStamp, value.TimeStamp),
            Nonce = codec.OptionalStructure(Tag.Nonce, value.Nonce),
            ServerHashedPassword = codec.OptionalBytes(Tag.ServerHashedPassword, value.ServerHashedPassword),
            AttestationTypes = codec.Enumerations(Tag.AttestationType, value.AttestationTypes),
            ClientCorrelationValue = codec.OptionalUtf8(Tag.ClientCorrelationValue, value.ClientCorrelationValue),
            ServerCorrelationValue = codec.OptionalUtf8(Tag.ServerCorrelationValue, value.ServerCorrelationValue),
            BatchCount = VersionDifferences.BatchCount(ref codec, value.BatchCount),
        };
}
