namespace Keyreeve.Core.Operations.Conversation;

/// <summary>Interop Function. KMIP 2.1 §11.28.</summary>
public enum InteropFunction : uint
{
#pragma warning disable CS1591, CA1008, CA1028 // the standard describes each value
    NotSet = 0,
    Begin = 0x00000001,
    End = 0x00000002,
    Reset = 0x00000003,
#pragma warning restore CS1591, CA1008, CA1028
}

/// <summary>Tells where a test begins and ends, or asks for a fresh start.</summary>
/// <param name="Function">Begin, End or Reset.</param>
/// <param name="Identifier">Which test; null if none is named.</param>
public sealed record InteropRequest(InteropFunction Function, string? Identifier);

/// <summary>It is noted.</summary>
public sealed record InteropResponse;

/// <summary>
/// KMIP 2.1 §6.1.26 Interop. Answered only to principals whose home group is in <see cref="GroupMode.InsecureInterop"/>. Begin and End
/// leave a mark in the audit trail. Reset forgets what the server keeps of the caller's own conversations, such as tickets and
/// pending requests; it touches no stored object, neither the caller's nor another's.
/// </summary>
/// <param name="forget">Forgets the conversations of the caller.</param>
public sealed class InteropOperation(Action<Call> forget) : Operation<InteropRequest, InteropResponse>
{
    private const int LongestIdentifier = 255;

    /// <inheritdoc/>
    public override OperationName Name => OperationName.Interop;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <summary>Whether it is offered to this caller.</summary>
    public static bool IsOffered(GroupModes modes, Access.Principal principal)
    {
        ArgumentNullException.ThrowIfNull(modes);
        ArgumentNullException.ThrowIfNull(principal);
        return modes.Of(principal.HomeGroup) == GroupMode.InsecureInterop;
    }

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, InteropRequest request, CancellationToken cancellationToken) => default;

    /// <inheritdoc/>
    protected internal override ValueTask<InteropResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, InteropRequest request, CancellationToken cancellationToken)
    {
        // spec: KMIP 2.1 §6.1.26 "It SHALL NOT be available in a production server."
        if (!IsOffered(scope.Engine.Modes, scope.Call.Principal))
            throw new KeyreeveException(KeyreeveError.OperationNotSupported, "Interop is for key groups in insecure-interop mode; the caller's home group is not.");
        if (request.Function is not (InteropFunction.Begin or InteropFunction.End or InteropFunction.Reset))
            throw new KeyreeveException(KeyreeveError.InvalidField, "Interop Function is Begin, End or Reset.");
        // spec: KMIP 2.1 §6.1.26 Interop Identifier: required
        if (request.Identifier is null) throw new KeyreeveException(KeyreeveError.MissingField, "The Interop Identifier is missing.");
        if (request.Identifier is { Length: > LongestIdentifier })
            throw new KeyreeveException(KeyreeveError.InvalidField, $"An Interop Identifier has at most {LongestIdentifier} characters.");

        scope.Audit.Detail = $"{request.Function} {request.Identifier}".TrimEnd();
        if (request.Function == InteropFunction.Reset) scope.OnCommitted(() => forget(scope.Call));
        return new(new InteropResponse());
    }
}
