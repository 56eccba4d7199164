using Keyreeve.Core.Operations.Keys;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Envelopes;

/// <summary>Asks for a data key: random bytes, wrapped under a key.</summary>
/// <param name="Key">The key that wraps it.</param>
/// <param name="Context">What is bound to the wrapped key.</param>
/// <param name="LengthInBytes"><see cref="GenerateDataKeyOperation.ShortestInBytes"/> to <see cref="GenerateDataKeyOperation.LongestInBytes"/>.</param>
public sealed record DataKeyRequest(KeySelector Key, EncryptionContext Context, int LengthInBytes);

/// <summary>A data key in clear and wrapped. Dispose it when it has been sent.</summary>
public sealed class NewDataKey(SecretBytes plaintext, SealedEnvelope wrapped) : IDisposable
{
    /// <summary>The key in clear; the server keeps no copy.</summary>
    public SecretBytes Plaintext { get; } = plaintext;

    /// <summary>The key, wrapped: an envelope.</summary>
    public SealedEnvelope Wrapped { get; } = wrapped;

    /// <inheritdoc/>
    public void Dispose() => Plaintext.Dispose();
}

/// <summary>Makes a data key and gives it in clear and wrapped, so that the caller encrypts where the data is.</summary>
public sealed class GenerateDataKeyOperation : Operation<DataKeyRequest, NewDataKey>
{
    /// <summary>Shortest data key: 128 bits.</summary>
    public const int ShortestInBytes = 16;

    /// <summary>Longest data key, for keys of several parts.</summary>
    public const int LongestInBytes = 512;

    /// <inheritdoc/>
    public override OperationName Name => OperationName.GenerateDataKey;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Release;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, DataKeyRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await KeyVersions.RequireCurrentAsync(scope, request.Key, cancellationToken)) with { Context = request.Context };

    /// <inheritdoc/>
    protected internal override async ValueTask<NewDataKey> ExecuteAsync(
        OperationScope scope, OperationTarget target, DataKeyRequest request, CancellationToken cancellationToken)
    {
        var plaintext = MakeKey(request.LengthInBytes);
        try
        {
            KeyEnvelope.Describe(scope, target.Object!, request.Context, request.LengthInBytes);
            return new NewDataKey(plaintext, await KeyEnvelope.SealAsync(scope, target.Object!, request.Context, plaintext, cancellationToken));
        }
        catch
        {
            plaintext.Dispose();
            throw;
        }
    }

    internal static SecretBytes MakeKey(int lengthInBytes) => lengthInBytes is >= ShortestInBytes and <= LongestInBytes
        ? SecretBytes.Random(lengthInBytes)
        : throw new KeyreeveException(KeyreeveError.InvalidField, $"A data key has {ShortestInBytes} to {LongestInBytes} bytes.");
}
