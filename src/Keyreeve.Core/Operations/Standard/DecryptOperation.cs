using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Sealing;

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

/// <summary>Decrypts data under a key that stays here. Every failure looks the same.</summary>
public sealed class DecryptOperation : ObjectOperation<DecryptRequest, DecryptResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Decrypt;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Use;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(DecryptRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override async ValueTask<DecryptResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, DecryptRequest request, CancellationToken cancellationToken)
    {
        DataUse.RefuseStreaming(request.IsStreaming);
        var found = target.Object!;
        KeyUse.RequireForDecryption(found, scope.Now);
        var choice = CipherChoice.Of(found, request.CryptographicParameters);
        var cipher = Ciphers.For(choice);
        DataUse.CheckKey(found, cipher, choice, isEncryption: false);

        var mode = scope.Engine.Modes.Of(found.Group);
        DataUse.CheckMode(found, mode, cipher, choice);

        // spec: KMIP 2.1 §6.1.11, Table 198 "Missing Initialization Vector"
        if (cipher.IvSizeInBytes(choice) > 0 && request.IVCounterNonce is null)
            throw new KeyreeveException(KeyreeveError.MissingField, "The IV/Counter/Nonce is missing.");

        using var key = await scope.Engine.Keys.OpenAsync(found, cancellationToken);
        DataUse.Note(scope, found, request.Data.Length);
        return Decrypt(key, cipher, choice, mode, request);
    }

    private static DecryptResponse Decrypt(in UsableKey key, Cipher cipher, in CipherChoice choice, GroupMode mode, DecryptRequest request)
    {
        var iv = request.IVCounterNonce.GetValueOrDefault();
        var input = new CipherInput
        {
            Choice = choice,
            Mode = mode,
            Data = request.Data.Span,
            Iv = iv.Span,
            AdditionalData = request.AuthenticatedEncryptionAdditionalData.Span,
            Tag = request.AuthenticatedEncryptionTag.GetValueOrDefault().Span,
        };
        var data = cipher.TakesIv(choice, iv.Length) ? cipher.TryDecrypt(key, input) : null;
        return data is not null
            ? new DecryptResponse { Id = request.Id, Data = data }
            : throw new KeyreeveException(KeyreeveError.CryptographicFailure, "The data cannot be decrypted.");
    }
}
