using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Envelopes;

/// <summary>Asks for random bytes.</summary>
/// <param name="LengthInBytes">1 to <see cref="RandomBytesOperation.LongestInBytes"/>.</param>
public sealed record RandomBytesRequest(int LengthInBytes);

/// <summary>Gives random bytes of the server's generator. Dispose them when they have been sent.</summary>
public sealed class RandomBytesOperation : Operation<RandomBytesRequest, SecretBytes>
{
    /// <summary>Most bytes at once.</summary>
    public const int LongestInBytes = 1024;

    /// <inheritdoc/>
    public override OperationName Name => OperationName.Random;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Use;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, RandomBytesRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(new OperationTarget(null, null));

    /// <inheritdoc/>
    protected internal override ValueTask<SecretBytes> ExecuteAsync(
        OperationScope scope, OperationTarget target, RandomBytesRequest request, CancellationToken cancellationToken)
    {
        if (request.LengthInBytes is < 1 or > LongestInBytes)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"1 to {LongestInBytes} random bytes are given at once.");
        scope.Audit.Bytes = request.LengthInBytes;
        return ValueTask.FromResult(SecretBytes.Random(request.LengthInBytes));
    }
}
