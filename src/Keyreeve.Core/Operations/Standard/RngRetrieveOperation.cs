using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Asks for random bytes.</summary>
/// <param name="DataLength">How many; 1 to <see cref="RngRetrieveOperation.LongestInBytes"/>.</param>
public sealed record RngRetrieveRequest(int DataLength);

/// <summary>Gives random bytes of the server's generator. Dispose them when they have been sent.</summary>
public sealed class RngRetrieveOperation : Operation<RngRetrieveRequest, SecretBytes>
{
    /// <summary>Most bytes at once.</summary>
    public const int LongestInBytes = 1 << 16;

    /// <inheritdoc/>
    public override OperationName Name => OperationName.RNGRetrieve;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Use;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, RngRetrieveRequest request, CancellationToken cancellationToken) => default;

    /// <inheritdoc/>
    protected internal override ValueTask<SecretBytes> ExecuteAsync(
        OperationScope scope, OperationTarget target, RngRetrieveRequest request, CancellationToken cancellationToken)
    {
        if (request.DataLength is < 1 or > LongestInBytes)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"1 to {LongestInBytes} random bytes are given at once.");
        scope.Audit.Bytes = request.DataLength;
        var bytes = SecretBytes.Random(request.DataLength);
        scope.Engine.Seeds.Drawn(scope.Call.Principal);
        return new(bytes);
    }
}
