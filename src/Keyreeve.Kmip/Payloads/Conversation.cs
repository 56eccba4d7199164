using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Payloads;

/// <summary>What an operation returns that returns nothing.</summary>
public readonly record struct EmptyResponse : IWireStructure<EmptyResponse>
{
    /// <inheritdoc/>
    public static EmptyResponse Exchange<TCodec>(ref TCodec codec, in EmptyResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => value;
}

/// <summary>Ping asks whether the server is there. KMIP 2.1 §6.1.36.</summary>
public readonly record struct PingRequest : IRequestPayload<PingRequest, EmptyResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Ping;

    /// <inheritdoc/>
    public static PingRequest Exchange<TCodec>(ref TCodec codec, in PingRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => value;
}

/// <summary>Log has the server write a message into its log. KMIP 2.1 §6.1.29.</summary>
public sealed record LogRequest : IRequestPayload<LogRequest, EmptyResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Log;

    /// <summary>The message.</summary>
    public string LogMessage { get; init; } = string.Empty;

    /// <inheritdoc/>
    public static LogRequest Exchange<TCodec>(ref TCodec codec, in LogRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new() { LogMessage = codec.Text(Tag.LogMessage, value.LogMessage) };
}

/// <summary>Interop tells where a test of interoperability begins and ends. KMIP 2.1 §6.1.26.</summary>
public sealed record InteropRequest : IRequestPayload<InteropRequest, EmptyResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Interop;

    /// <summary>Begin, End, Reset.</summary>
    public InteropFunction InteropFunction { get; init; }

    /// <summary>Which test; absent from a Reset, which is about none.</summary>
    public string? InteropIdentifier { get; init; }

    /// <inheritdoc/>
    public static InteropRequest Exchange<TCodec>(ref TCodec codec, in InteropRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            InteropFunction = codec.Enumeration(Tag.InteropFunction, value.InteropFunction),
            InteropIdentifier = codec.OptionalText(Tag.InteropIdentifier, value.InteropIdentifier),
        };
}
