using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Offers a seed.</summary>
/// <param name="Data">The seed; may be a slice of the caller's buffer.</param>
public sealed record RngSeedRequest(ReadOnlyMemory<byte> Data);

/// <summary>What became of a seed.</summary>
/// <param name="DataLength">How much of it was stirred in, in bytes.</param>
public sealed record RngSeedResponse(int DataLength);

/// <summary>
/// Stirs a client's seed into the server's generator, where it counts for nothing and can harm nobody. Between two draws a
/// client has as many bytes taken as the generator has use for.
/// </summary>
public sealed class RngSeedOperation : Operation<RngSeedRequest, RngSeedResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.RNGSeed;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Use;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, RngSeedRequest request, CancellationToken cancellationToken) => default;

    /// <inheritdoc/>
    // spec: KMIP 2.1 §6.1.50 "The server MAY elect to ignore the information provided by the client (i.e. not accept the seeding
    // material)"; Data Length: "The amount of seed data used (in bytes)."
    protected internal override ValueTask<RngSeedResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, RngSeedRequest request, CancellationToken cancellationToken)
    {
        var taken = scope.Engine.Seeds.Take(scope.Call.Principal, request.Data.Length);
        if (taken == 0 && !request.Data.IsEmpty)
            throw new KeyreeveException(KeyreeveError.PermissionDenied, $"The generator has taken {Cryptography.SeedAllowance.MostInBytes} bytes of this client's seeds and takes no more before the client has drawn from it (RNG Retrieve).");
        scope.Audit.Bytes = taken;
        CryptoRandom.Stir(request.Data.Span[..taken]);
        return new(new RngSeedResponse(taken));
    }
}
