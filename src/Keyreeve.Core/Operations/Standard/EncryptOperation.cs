using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Encrypts data under a key.</summary>
public sealed record EncryptRequest : KeyDataRequest
{
    /// <summary>IV, counter or nonce; null if the server is to choose it.</summary>
    public ReadOnlyMemory<byte>? IVCounterNonce { get; init; }

    /// <summary>Data that an authenticated mode authenticates along.</summary>
    public ReadOnlyMemory<byte> AuthenticatedEncryptionAdditionalData { get; init; }
}

/// <summary>The encrypted data.</summary>
public sealed record EncryptResponse
{
    /// <summary>The key.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>The ciphertext; empty if a part of a message gave none yet.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Whether it answers one of several parts.</summary>
    public bool IsOfPart { get; init; }

    /// <summary>What the server chose; null if the caller chose it or there is none.</summary>
    public ReadOnlyMemory<byte>? IVCounterNonce { get; init; }

    /// <summary>The tag of an authenticated mode, with the last part; null with others.</summary>
    public ReadOnlyMemory<byte>? AuthenticatedEncryptionTag { get; init; }

    /// <summary>What the next part has to state; null with the last.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }
}

/// <summary>Encrypts data under a key that stays here.</summary>
public sealed class EncryptOperation : KeyDataOperation<EncryptRequest, EncryptResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Encrypt;

    /// <inheritdoc/>
    protected internal override async ValueTask<EncryptResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, EncryptRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        KeyUse.RequireForEncryption(found, scope.Now);
        if (!request.Part.IsWhole) return await EncryptPartAsync(scope, found, request, cancellationToken);
        var (cipher, choice, mode) = Choose(scope, found, request);
        DataUse.Spend(scope, found, request.Data.Length, isLaterPart: false);

        // The token decides for itself, when it makes its own nonces, which IV it is.
        if (found.IsInToken && !cipher.IsAsymmetric) return await EncryptInTokenAsync(scope, found, cipher, choice, mode, request, cancellationToken);
        using var key = await TokenUse.OpenForPublicUseAsync(scope, found, cancellationToken);
        DataUse.Note(scope, found, request.Data.Length);
        return Encrypt(key, cipher, choice, mode, request);
    }

    private static async ValueTask<EncryptResponse> EncryptInTokenAsync(
        OperationScope scope, ManagedObject found, Cipher cipher, CipherChoice choice, GroupMode mode, EncryptRequest request, CancellationToken cancellationToken)
    {
        var opening = Open(cipher, choice, mode, request, out var serversIv);
        DataUse.Note(scope, found, request.Data.Length);
        var (encrypted, iv) = await TokenUse.EncryptAsync(scope, found, opening, request.Data, cancellationToken);
        return new EncryptResponse
        {
            Id = request.Id,
            Data = encrypted.Data,
            IVCounterNonce = OrNothing(serversIv is null ? null : iv),
            AuthenticatedEncryptionTag = OrNothing(encrypted.Tag),
        };
    }

    private async ValueTask<EncryptResponse> EncryptPartAsync(
        OperationScope scope, ManagedObject found, EncryptRequest request, CancellationToken cancellationToken)
    {
        var isFirst = request.Part.IsFirstOfSeveral;
        var chosen = isFirst ? Choose(scope, found, request) : default;
        DataUse.Spend(scope, found, request.Data.Length, isLaterPart: !isFirst);
        using var key = found.ObjectType == ObjectType.PrivateKey
            ? await TokenUse.OpenForPublicUseAsync(scope, found, cancellationToken)
            : await TokenUse.OpenUnlessInTokenAsync(scope, found, cancellationToken);
        DataUse.Note(scope, found, request.Data.Length);

        var owner = StreamOwner.Of(scope, Name, found.Id);
        byte[]? serversIv = null;
        using var turn = isFirst
            ? scope.Engine.Streams.Begin(owner, Start(key, chosen.Cipher, chosen.Choice, chosen.Mode, request, out serversIv), request)
            : scope.Engine.Streams.Continue(owner, request.Part.CorrelationValue!.Value.Span, request);
        if (turn.EarlierAnswer<EncryptResponse>(scope, request) is { } earlier) return earlier;
        var stream = turn.State<DataCipherStream>();
        if (!isFirst) CheckLaterPart(found, stream, request);
        var encrypted = (request.Part.IsLast, stream.Cipher) switch
        {
            (true, HeldCipherStream held) => (await TokenUse.EncryptAsync(scope, found, stream.Opening, held.Take(request.Data.Span), cancellationToken)).Encrypted,
            (true, _) => stream.Cipher.TryFinish(key, request.Data.Span) ?? throw Cipher.NotWholeBlocks(),
            _ => new EncryptedData(stream.Cipher.Update(request.Data.Span)),
        };
        var response = new EncryptResponse
        {
            Id = request.Id,
            Data = encrypted.Data,
            IsOfPart = true,
            IVCounterNonce = OrNothing(serversIv),
            AuthenticatedEncryptionTag = OrNothing(encrypted.Tag),
            CorrelationValue = request.Part.IsLast ? default(ReadOnlyMemory<byte>?) : turn.CorrelationValue,
        };
        return turn.Complete(scope, request, response, request.Part.IsLast);
    }

    private static (Cipher Cipher, CipherChoice Choice, GroupMode Mode) Choose(OperationScope scope, ManagedObject found, EncryptRequest request)
    {
        var mode = scope.Engine.Modes.Of(found.Group);
        var choice = CipherChoice.Of(found, request.CryptographicParameters);
        var cipher = Ciphers.For(choice);
        DataUse.CheckKey(found, cipher, choice, isEncryption: true);
        DataUse.CheckMode(found, mode, cipher, choice);
        CheckIv(mode, cipher, choice, request);
        return (cipher, choice, mode);
    }

    private static EncryptResponse Encrypt(in UsableKey key, Cipher cipher, in CipherChoice choice, GroupMode mode, EncryptRequest request)
    {
        var chosen = ChooseIv(cipher, choice, request);
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

    // Six parameters: a stream is started with all that a message is encrypted with, and gives back the IV that was chosen here.
    private static DataCipherStream Start(
        in UsableKey key, Cipher cipher, in CipherChoice choice, GroupMode mode, EncryptRequest request, out byte[]? serversIv)
    {
        var opening = Open(cipher, choice, mode, request, out serversIv);
        return new DataCipherStream(key == default ? new HeldCipherStream() : cipher.StartEncryption(key, opening), opening);
    }

    private static StreamOpening Open(Cipher cipher, in CipherChoice choice, GroupMode mode, EncryptRequest request, out byte[]? serversIv)
    {
        serversIv = ChooseIv(cipher, choice, request);
        return new StreamOpening
        {
            Choice = choice,
            Mode = mode,
            Iv = serversIv ?? request.IVCounterNonce.GetValueOrDefault().ToArray(),
            AdditionalData = request.AuthenticatedEncryptionAdditionalData.ToArray(),
        };
    }

    // spec: KMIP 2.1 §6.1.17 "If supplied in multi-part encryption, this data MUST be supplied on the initial Encrypt request"
    private static void CheckLaterPart(ManagedObject found, DataCipherStream stream, EncryptRequest request)
    {
        if (!request.AuthenticatedEncryptionAdditionalData.IsEmpty)
            throw new KeyreeveException(KeyreeveError.InvalidField, "Additional data belongs to the first part.");
        stream.RequireSame(request.CryptographicParameters is { } stated ? CipherChoice.Of(found, stated) : null, request.IVCounterNonce);
    }

    // spec: KMIP 2.1 §6.1.17 "IV/Counter/Nonce … The value used if … the IV/Counter/Nonce value was not provided in the
    // request and the algorithm requires the provision of an IV/Counter/Nonce."
    private static byte[]? ChooseIv(Cipher cipher, in CipherChoice choice, EncryptRequest request)
    {
        if (request.IVCounterNonce is not null || cipher.IvSizeInBytes(choice) is not (var size and > 0)) return null;
        if (choice.RandomIv is false)
            throw new KeyreeveException(KeyreeveError.MissingInitializationVector, "The IV/Counter/Nonce is missing, and Random IV says that the server is not to choose it.");
        if (!cipher.TakesIv(choice, size)) throw CipherChoice.NotSupported($"{choice.Mode} takes no IV of {size} bytes");
        var chosen = new byte[size];
        CryptoRandom.Fill(chosen);
        return chosen;
    }

    private static void CheckIv(GroupMode mode, Cipher cipher, in CipherChoice choice, EncryptRequest request)
    {
        if (request.IVCounterNonce is not { } iv) return;
        if (!cipher.TakesIv(choice, iv.Length)) throw CipherChoice.NotSupported($"{choice.Algorithm} {choice.Mode} takes no IV of {iv.Length} bytes");
        if (cipher.BreaksWhenIvRepeats) AlgorithmRules.RequireInterop(mode, $"An IV, counter or nonce that the caller chooses for {choice.Mode}");
    }

    // Written out: an array that is null converts to memory that is empty, not to nothing.
    private static ReadOnlyMemory<byte>? OrNothing(byte[]? bytes) => bytes is null ? default(ReadOnlyMemory<byte>?) : bytes;
}
