using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

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

/// <summary>Encrypts data under a key that stays here.</summary>
public sealed class EncryptOperation : ObjectOperation<EncryptRequest, EncryptResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Encrypt;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Use;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(EncryptRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override async ValueTask<EncryptResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, EncryptRequest request, CancellationToken cancellationToken)
    {
        DataUse.RefuseStreaming(request.IsStreaming);
        var found = target.Object!;
        KeyUse.RequireForEncryption(found, scope.Now);
        var mode = scope.Engine.Modes.Of(found.Group);
        var choice = CipherChoice.Of(found, request.CryptographicParameters);
        var cipher = Ciphers.For(choice);
        DataUse.CheckKey(found, cipher, choice, isEncryption: true);
        DataUse.CheckMode(found, mode, cipher, choice);
        CheckIv(mode, cipher, choice, request);
        SpendUsage(scope, found, request.Data.Length);

        using var key = await scope.Engine.Keys.OpenAsync(found, cancellationToken);
        DataUse.Note(scope, found, request.Data.Length);
        return Encrypt(key, cipher, choice, mode, request);
    }

    private static EncryptResponse Encrypt(in UsableKey key, Cipher cipher, in CipherChoice choice, GroupMode mode, EncryptRequest request)
    {
        // spec: KMIP 2.1 §6.1.17 "IV/Counter/Nonce … The value used if … the IV/Counter/Nonce value was not provided in the
        // request and the algorithm requires the provision of an IV/Counter/Nonce."
        byte[]? chosen = null;
        if (request.IVCounterNonce is null && cipher.IvSizeInBytes(choice) is var size and > 0)
        {
            if (!cipher.TakesIv(choice, size)) throw CipherChoice.NotSupported($"{choice.Mode} takes no IV of {size} bytes");
            chosen = new byte[size];
            CryptoRandom.Fill(chosen);
        }

        var encrypted = cipher.Encrypt(key, new CipherInput
        {
            Choice = choice,
            Mode = mode,
            Data = request.Data.Span,
            Iv = chosen ?? request.IVCounterNonce.GetValueOrDefault().Span,
            AdditionalData = request.AuthenticatedEncryptionAdditionalData.Span,
        });
        return new EncryptResponse
        {
            Id = request.Id,
            Data = encrypted.Data,
            IVCounterNonce = OrNothing(chosen),
            AuthenticatedEncryptionTag = OrNothing(encrypted.Tag),
        };
    }

    private static void CheckIv(GroupMode mode, Cipher cipher, in CipherChoice choice, EncryptRequest request)
    {
        if (request.IVCounterNonce is not { } iv) return;
        if (!cipher.TakesIv(choice, iv.Length)) throw CipherChoice.NotSupported($"{choice.Algorithm} {choice.Mode} takes no IV of {iv.Length} bytes");
        if (cipher.BreaksWhenIvRepeats) AlgorithmRules.RequireInterop(mode, $"An IV, counter or nonce that the caller chooses for {choice.Mode}");
    }

    // spec: KMIP 2.1 §6.1.17 "the server SHALL obtain an allocation from the current Usage Limits value prior to performing the
    // encryption operation."
    private static void SpendUsage(OperationScope scope, ManagedObject found, int lengthInBytes)
    {
        var spent = UsageLimits.Spend(found.Attributes, lengthInBytes);
        if (spent != found.Attributes) scope.Update(found with { Attributes = spent });
    }

    // Written out: an array that is null converts to memory that is empty, not to nothing.
    private static ReadOnlyMemory<byte>? OrNothing(byte[]? bytes) => bytes is null ? default(ReadOnlyMemory<byte>?) : bytes;
}
