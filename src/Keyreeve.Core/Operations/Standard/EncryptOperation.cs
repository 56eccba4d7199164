using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Operations.Standard.Ciphers;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Encrypts data under a key.</summary>
public sealed record EncryptRequest
{
    /// <summary>Which key.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>The Cryptographic Parameters, or null for those of the key.</summary>
    public StructureValue? CryptographicParameters { get; init; }

    /// <summary>The data; may be a slice of the caller's buffer, which stays unchanged until the operation has ended.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>IV, counter or nonce; null if the server is to choose it.</summary>
    public ReadOnlyMemory<byte>? IVCounterNonce { get; init; }

    /// <summary>Data that an authenticated mode authenticates along.</summary>
    public ReadOnlyMemory<byte> AuthenticatedEncryptionAdditionalData { get; init; }

    /// <summary>Whether the request is one of several for one message (Correlation Value, Init or Final Indicator).</summary>
    public bool IsStreaming { get; init; }
}

/// <summary>The encrypted data.</summary>
public sealed record EncryptResponse
{
    /// <summary>The key.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>The ciphertext.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>What the server chose; null if the caller chose it or there is none.</summary>
    public ReadOnlyMemory<byte>? IVCounterNonce { get; init; }

    /// <summary>The tag of an authenticated mode; null with others.</summary>
    public ReadOnlyMemory<byte>? AuthenticatedEncryptionTag { get; init; }
}

/// <summary>KMIP 2.1 §6.1.18 Encrypt.</summary>
public sealed class EncryptOperation : Operation<EncryptRequest, EncryptResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Encrypt;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Use;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, EncryptRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await scope.RequireAsync(request.Id, cancellationToken));

    /// <inheritdoc/>
    protected internal override async ValueTask<EncryptResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, EncryptRequest request, CancellationToken cancellationToken)
    {
        if (request.IsStreaming)
            throw new KeyreeveException(KeyreeveError.FeatureNotSupported, "Data in several parts is not offered; send it whole.");
        var managedObject = target.Object!;
        KeyUse.RequireForEncryption(managedObject, scope.Now);
        var choice = CipherChoice.For(managedObject, request.CryptographicParameters, scope.Engine.Modes.Of(managedObject.Group));
        scope.Audit.Algorithm = choice.Algorithm.ToString();
        scope.Audit.Bytes = request.Data.Length;
        using var key = await scope.Engine.Keys.OpenAsync(managedObject, cancellationToken);
        var encrypted = DataCipher.Encrypt(key, choice, request);
        var spent = UsageLimits.Spend(managedObject.Attributes, request.Data.Length);
        if (spent != managedObject.Attributes) scope.Update(managedObject with { Attributes = spent });
        return new EncryptResponse
        {
            Id = managedObject.Id,
            Data = encrypted.Data,
            IVCounterNonce = encrypted.Iv,
            AuthenticatedEncryptionTag = encrypted.Tag,
        };
    }
}
