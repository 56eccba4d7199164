using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Operations.Standard.Ciphers;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Decrypts data under a key.</summary>
public sealed record DecryptRequest
{
    /// <summary>Which key.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>The Cryptographic Parameters, or null for those of the key.</summary>
    public StructureValue? CryptographicParameters { get; init; }

    /// <summary>The ciphertext; may be a slice of the caller's buffer, which stays unchanged until the operation has ended.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>IV, counter or nonce.</summary>
    public ReadOnlyMemory<byte>? IVCounterNonce { get; init; }

    /// <summary>Data that was authenticated along.</summary>
    public ReadOnlyMemory<byte> AuthenticatedEncryptionAdditionalData { get; init; }

    /// <summary>The tag of an authenticated mode.</summary>
    public ReadOnlyMemory<byte>? AuthenticatedEncryptionTag { get; init; }

    /// <summary>Whether the request is one of several for one message (Correlation Value, Init or Final Indicator).</summary>
    public bool IsStreaming { get; init; }
}

/// <summary>The decrypted data.</summary>
public sealed record DecryptResponse
{
    /// <summary>The key.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>The plaintext.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }
}

/// <summary>KMIP 2.1 §6.1.13 Decrypt.</summary>
public sealed class DecryptOperation : Operation<DecryptRequest, DecryptResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Decrypt;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Use;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, DecryptRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await scope.RequireAsync(request.Id, cancellationToken));

    /// <inheritdoc/>
    protected internal override async ValueTask<DecryptResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, DecryptRequest request, CancellationToken cancellationToken)
    {
        if (request.IsStreaming)
            throw new KeyreeveException(KeyreeveError.FeatureNotSupported, "Data in several parts is not offered; send it whole.");
        var managedObject = target.Object!;
        KeyUse.RequireForDecryption(managedObject, scope.Now);
        var choice = CipherChoice.For(managedObject, request.CryptographicParameters, scope.Engine.Modes.Of(managedObject.Group));
        scope.Audit.Algorithm = choice.Algorithm.ToString();
        scope.Audit.Bytes = request.Data.Length;
        using var key = await scope.Engine.Keys.OpenAsync(managedObject, cancellationToken);
        var plaintext = DataCipher.Decrypt(key, choice, request)
            ?? throw new KeyreeveException(KeyreeveError.CryptographicFailure, "The data cannot be decrypted.");
        return new DecryptResponse { Id = managedObject.Id, Data = plaintext };
    }
}
