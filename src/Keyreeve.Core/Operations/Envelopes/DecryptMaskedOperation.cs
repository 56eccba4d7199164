using System.Security.Cryptography;
using System.Text;
using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Envelopes;

/// <summary>Asks for the mask of what was encrypted.</summary>
/// <param name="Envelope">The ciphertext, made by the server or by a client under a data key.</param>
/// <param name="Context">What was bound to it; the pair <see cref="MaskTable.ClassPair"/> says its data class.</param>
public sealed record DecryptMaskedRequest(ReadOnlyMemory<byte> Envelope, EncryptionContext Context);

/// <summary>What may be seen of a value.</summary>
/// <param name="Text">The mask.</param>
/// <param name="Rule">By which it was made.</param>
/// <param name="KeyId">The key that opened the value.</param>
/// <param name="KeyVersion">The version of the key.</param>
public sealed record MaskedValue(string Text, MaskRule Rule, UniqueIdentifier KeyId, int KeyVersion);

/// <summary>
/// Decrypts a value here and gives its mask, for those who may not see the value itself. Which mask is decided by the data class, which
/// is bound to the value, and the server's configuration.
/// </summary>
public sealed class DecryptMaskedOperation : Operation<DecryptMaskedRequest, MaskedValue>
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <inheritdoc/>
    public override OperationName Name => OperationName.DecryptMasked;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Release;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, DecryptMaskedRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await KeyEnvelope.RequireNamedAsync(scope, Name, OfTheKey(request.Envelope), request.Context, cancellationToken)) with { Context = request.Context };

    /// <inheritdoc/>
    protected internal override async ValueTask<MaskedValue> ExecuteAsync(
        OperationScope scope, OperationTarget target, DecryptMaskedRequest request, CancellationToken cancellationToken)
    {
        var named = target.Object!;
        KeyEnvelope.Describe(scope, named, request.Context, request.Envelope.Length);
        var rule = scope.Engine.Masks.RuleFor(request.Context);
        using var plaintext = await OpenAsync(scope, named, request, cancellationToken);
        return new MaskedValue(MaskOf(rule, plaintext), rule, named.KeyIdentifier, named.KeyVersion);
    }

    private static async ValueTask<SecretBytes> OpenAsync(OperationScope scope, ManagedObject named, DecryptMaskedRequest request, CancellationToken cancellationToken)
    {
        var wrapped = OfTheKey(request.Envelope);
        if (wrapped.Equals(request.Envelope)) return await KeyEnvelope.OpenAsync(scope, named, request.Envelope, request.Context, cancellationToken);

        // What the envelope says of its key is authenticated by nobody else here.
        if (!EnvelopeHeader.TryParse(request.Envelope.Span, out var header)
            || header.UniqueIdentifier != named.KeyIdentifier.ToGuid()
            || header.KeyVersion != named.KeyVersion)
            throw KeyEnvelope.Failed();
        // A small value's data key serves values with different contexts, so it is bound to none; a file's is its own.
        var isFile = header.Mode == EnvelopeMode.Chunked;
        using var dataKey = await KeyEnvelope.OpenAsync(scope, named, wrapped, isFile ? request.Context : EncryptionContext.Empty, cancellationToken);
        if (dataKey.LengthInBytes != CommittingAead.KeySizeInBytes) throw KeyEnvelope.Failed();
        if (isFile) return EnvelopeReader.TryOpenChunkedSecret(request.Envelope.Span, dataKey, request.Context, out var contents) ? contents : throw KeyEnvelope.Failed();
        using var aead = new CommittingAead(dataKey, header.Suite);
        return EnvelopeReader.TryOpenSecret(request.Envelope.Span, aead, request.Context, out var plaintext) ? plaintext : throw KeyEnvelope.Failed();
    }

    /// <summary>The envelope that a key of the server opens: within a client's, of a value or a file, the wrapped data key, else the envelope itself.</summary>
    private static ReadOnlyMemory<byte> OfTheKey(ReadOnlyMemory<byte> envelope)
    {
        if (!EnvelopeHeader.TryParse(envelope.Span, out var header) || header.Mode is not (EnvelopeMode.WrappedKey or EnvelopeMode.Chunked)) return envelope;
        var wrapped = envelope.Slice(header.LengthInBytes - header.WrappedKeyLengthInBytes, header.WrappedKeyLengthInBytes);
        return EnvelopeHeader.TryParse(wrapped.Span, out _) ? wrapped : envelope;
    }

    // What is no text is masked wholly.
    private static string MaskOf(MaskRule rule, SecretBytes plaintext)
    {
        using var lease = plaintext.Reveal();
        var text = GC.AllocateUninitializedArray<char>(plaintext.LengthInBytes, pinned: true);
        try
        {
            return Mask.Apply(rule, text.AsSpan(0, StrictUtf8.GetChars(lease.Span, text)));
        }
        catch (DecoderFallbackException)
        {
            return Mask.Nothing;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(text.AsSpan()));
        }
    }
}
