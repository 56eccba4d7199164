using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Sealing;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Decrypts data under a key.</summary>
public sealed record DecryptRequest : KeyDataRequest
{
    /// <summary>IV, counter or nonce.</summary>
    public ReadOnlyMemory<byte>? IVCounterNonce { get; init; }

    /// <summary>Data that was authenticated along.</summary>
    public ReadOnlyMemory<byte> AuthenticatedEncryptionAdditionalData { get; init; }

    /// <summary>The tag of an authenticated mode.</summary>
    public ReadOnlyMemory<byte>? AuthenticatedEncryptionTag { get; init; }
}

/// <summary>The decrypted data.</summary>
public sealed record DecryptResponse
{
    /// <summary>The key.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>The plaintext; empty if a part of a message gave none yet.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Whether it answers one of several parts.</summary>
    public bool IsOfPart { get; init; }

    /// <summary>What the next part has to state; null with the last.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }
}

/// <summary>Decrypts data under a key that stays here. Every failure looks the same.</summary>
public sealed class DecryptOperation : KeyDataOperation<DecryptRequest, DecryptResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Decrypt;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Release;

    /// <inheritdoc/>
    protected internal override async ValueTask<DecryptResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, DecryptRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        KeyUse.RequireForDecryption(found, scope.Now);
        if (!request.Part.IsWhole) return await DecryptPartAsync(scope, found, request, cancellationToken);
        var (cipher, choice, mode) = Choose(scope, found, request);

        if (found.IsInToken) return await DecryptInTokenAsync(scope, found, cipher, choice, mode, request, cancellationToken);
        using var key = await scope.Engine.Keys.OpenAsync(found, cancellationToken);
        DataUse.Note(scope, found, request.Data.Length);
        return Decrypt(key, cipher, choice, mode, request);
    }

    // What an authenticated mode decrypts is held back until its tag was found right: a part of it that somebody altered would
    // otherwise be used before the last part could say so.
    private async ValueTask<DecryptResponse> DecryptPartAsync(
        OperationScope scope, ManagedObject found, DecryptRequest request, CancellationToken cancellationToken)
    {
        var isFirst = request.Part.IsFirstOfSeveral;
        var chosen = isFirst ? Choose(scope, found, request) : default;
        using var key = await TokenUse.OpenUnlessInTokenAsync(scope, found, cancellationToken);
        DataUse.Note(scope, found, request.Data.Length);

        var owner = StreamOwner.Of(scope, Name, found.Id);
        using var turn = isFirst
            ? scope.Engine.Streams.Begin(owner, Start(key, chosen.Cipher, chosen.Choice, chosen.Mode, request), request)
            : scope.Engine.Streams.Continue(owner, request.Part.CorrelationValue!.Value.Span, request);
        var stream = turn.State<DataCipherStream>();
        if (!isFirst) CheckLaterPart(found, stream, request);
        var data = (request.Part.IsLast, stream.Cipher) switch
        {
            (true, HeldCipherStream held) => await TokenUse.TryDecryptAsync(scope, found, stream.Opening, held.Take(request.Data.Span), cancellationToken) ?? throw CannotBeDecrypted(),
            (true, _) => stream.Cipher.TryFinish(key, request.Data.Span)?.Data ?? throw CannotBeDecrypted(),
            _ => stream.Cipher.Update(request.Data.Span),
        };
        var response = new DecryptResponse
        {
            Id = request.Id,
            Data = data,
            IsOfPart = true,
            CorrelationValue = request.Part.IsLast ? default(ReadOnlyMemory<byte>?) : turn.CorrelationValue,
        };
        return turn.Complete(scope, request, response, request.Part.IsLast);
    }

    private static (Cipher Cipher, CipherChoice Choice, GroupMode Mode) Choose(OperationScope scope, ManagedObject found, DecryptRequest request)
    {
        var choice = CipherChoice.Of(found, request.CryptographicParameters);
        var cipher = Ciphers.For(choice);
        DataUse.CheckKey(found, cipher, choice, isEncryption: false);
        var mode = scope.Engine.Modes.Of(found.Group);
        DataUse.CheckMode(found, mode, cipher, choice);

        // spec: KMIP 2.1 §6.1.11, Table 198 "Missing Initialization Vector"
        if (cipher.IvSizeInBytes(choice) > 0 && request.IVCounterNonce is null)
            throw new KeyreeveException(KeyreeveError.MissingInitializationVector, "The IV/Counter/Nonce is missing.");
        return (cipher, choice, mode);
    }

    private static DataCipherStream Start(in UsableKey key, Cipher cipher, in CipherChoice choice, GroupMode mode, DecryptRequest request)
    {
        var iv = request.IVCounterNonce.GetValueOrDefault();
        if (!cipher.TakesIv(choice, iv.Length)) throw CannotBeDecrypted();
        var opening = Open(choice, mode, request);
        return new DataCipherStream(key == default ? new HeldCipherStream() : cipher.StartDecryption(key, opening), opening);
    }

    private static StreamOpening Open(in CipherChoice choice, GroupMode mode, DecryptRequest request) => new()
    {
        Choice = choice,
        Mode = mode,
        Iv = request.IVCounterNonce.GetValueOrDefault().ToArray(),
        AdditionalData = request.AuthenticatedEncryptionAdditionalData.ToArray(),
        Tag = request.AuthenticatedEncryptionTag.GetValueOrDefault().ToArray(),
    };

    private static async ValueTask<DecryptResponse> DecryptInTokenAsync(
        OperationScope scope, ManagedObject found, Cipher cipher, CipherChoice choice, GroupMode mode, DecryptRequest request, CancellationToken cancellationToken)
    {
        DataUse.Note(scope, found, request.Data.Length);
        if (!cipher.TakesIv(choice, request.IVCounterNonce.GetValueOrDefault().Length)) throw CannotBeDecrypted();
        var data = await TokenUse.TryDecryptAsync(scope, found, Open(choice, mode, request), request.Data, cancellationToken) ?? throw CannotBeDecrypted();
        return new DecryptResponse { Id = request.Id, Data = data };
    }

    // spec: KMIP 2.1 §6.1.11 "If supplied in multi-part decryption, this data MUST be supplied on the initial Decrypt request". The
    // tag is taken later as well: whoever encrypts in parts has it last.
    private static void CheckLaterPart(ManagedObject found, DataCipherStream stream, DecryptRequest request)
    {
        if (!request.AuthenticatedEncryptionAdditionalData.IsEmpty)
            throw new KeyreeveException(KeyreeveError.InvalidField, "Additional data belongs to the first part.");
        stream.RequireSame(request.CryptographicParameters is { } stated ? CipherChoice.Of(found, stated) : null, request.IVCounterNonce);
        if (request.AuthenticatedEncryptionTag is { } tag) stream.Opening.Tag = tag.ToArray();
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
            : throw CannotBeDecrypted();
    }

    private static KeyreeveException CannotBeDecrypted() => new(KeyreeveError.CryptographicFailure, "The data cannot be decrypted.");
}
