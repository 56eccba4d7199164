namespace Keyreeve.Core.Operations.Pkcs11;

/// <summary>Asks for a function of the PKCS#11 library that a front door offers.</summary>
/// <param name="Function">Its name, such as C_GetSlotList.</param>
public sealed record Pkcs11Request(string Function);

/// <summary>It may be called.</summary>
public sealed record Pkcs11Response;

/// <summary>
/// Lets a function of PKCS#11 be called, and has it in the trail. What the function does with keys is decided and recorded besides, as
/// the operation that it is: whoever may call functions has no rights on keys by it.
/// </summary>
public sealed class Pkcs11Operation : Operation<Pkcs11Request, Pkcs11Response>
{
    private static readonly Pkcs11Response Allowed = new();

    /// <inheritdoc/>
    public override OperationName Name => OperationName.PKCS11;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, Pkcs11Request request, CancellationToken cancellationToken) => default;

    /// <inheritdoc/>
    protected internal override ValueTask<Pkcs11Response> ExecuteAsync(
        OperationScope scope, OperationTarget target, Pkcs11Request request, CancellationToken cancellationToken)
    {
        scope.Audit.Detail = request.Function;
        return new(Allowed);
    }
}
