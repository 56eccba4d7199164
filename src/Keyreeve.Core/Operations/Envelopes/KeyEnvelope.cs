using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Envelopes;

/// <summary>An envelope that the server made, and what it is under.</summary>
/// <param name="Envelope">The ciphertext: a direct envelope (<c>docs/formats/envelope.md</c>).</param>
/// <param name="KeyId">The key.</param>
/// <param name="KeyVersion">The version of the key.</param>
public sealed record SealedEnvelope(ReadOnlyMemory<byte> Envelope, UniqueIdentifier KeyId, int KeyVersion);

/// <summary>Sealing and opening direct envelopes under versions of keys, for the operations that do.</summary>
internal static class KeyEnvelope
{
    /// <summary>Largest value that the server encrypts; above that a data key does it where the data is.</summary>
    public const int LargestPlaintextInBytes = 64 * 1024;

    public static readonly int LargestEnvelopeInBytes = LargestPlaintextInBytes + EnvelopeWriter.WrappedKeyOverheadInBytes + TokenEnvelope.WrappedKeyInBytes;

    /// <summary>Encrypts under the current version of a key.</summary>
    public static async ValueTask<SealedEnvelope> SealAsync(
        OperationScope scope, ManagedObject current, EncryptionContext context, SecretBytes plaintext, CancellationToken cancellationToken)
    {
        KeyVersions.RequireSymmetricKey(current);
        KeyUse.RequireForEncryption(current, scope.Now);
        RequireEnvelopeKey(current);
        DataUse.Spend(scope, current, plaintext.LengthInBytes, isLaterPart: false);
        if (current.IsInToken)
            return new SealedEnvelope(await TokenEnvelope.SealAsync(scope, current, context, plaintext, cancellationToken), current.KeyIdentifier, current.KeyVersion);
        using var key = await scope.Engine.Keys.OpenAsync(current, cancellationToken);
        return new SealedEnvelope(Seal(key, context, plaintext), current.KeyIdentifier, current.KeyVersion);
    }

    /// <summary>
    /// Finds the version that an envelope names, for one operation with it. Whatever is wrong with it, also that the caller may neither
    /// do that nor know of the key, is the same refusal.
    /// </summary>
    public static async ValueTask<ManagedObject> RequireNamedAsync(
        OperationScope scope, OperationName operation, ReadOnlyMemory<byte> envelope, EncryptionContext context, CancellationToken cancellationToken)
    {
        if (envelope.Length > LargestEnvelopeInBytes
            || !EnvelopeHeader.TryParse(envelope.Span, out var header)
            || header.Mode is not (EnvelopeMode.Direct or EnvelopeMode.WrappedKey))
            throw Failed();
        var found = await FindNamedAsync(scope, header, cancellationToken);
        if (found is null || found.ObjectType != ObjectType.SymmetricKey) throw Failed();
        // As everywhere: who may do it need not see the key, and who may not learns why only if he may.
        if (scope.May(operation, found, context) || scope.MayKnow(found)) return found;

        // The caller learns nothing of it, and the record all. A re-encryption's is about the key that it goes to.
        if (scope.Audit.ObjectId is null) OperationPipeline.Describe(scope.Audit, OperationTarget.Of(found));
        scope.NoteRule(operation, scope.Decide(operation, OperationTarget.Of(found) with { Context = context }), found);
        (scope.Audit.Result, scope.Audit.Decision) = (AuditResult.Denied, AuditDecision.Denied);
        throw Failed();
    }

    /// <summary>Decrypts, under the version that the envelope names.</summary>
    /// <exception cref="KeyreeveException">
    /// <see cref="KeyreeveError.CryptographicFailure"/>, one text for every cause; or why the key is not to be used.
    /// </exception>
    public static async ValueTask<SecretBytes> OpenAsync(
        OperationScope scope, ManagedObject named, ReadOnlyMemory<byte> envelope, EncryptionContext context, CancellationToken cancellationToken)
    {
        KeyUse.RequireForDecryption(named, scope.Now);
        RequireEnvelopeKey(named);
        if (named.IsInToken) return await TokenEnvelope.TryOpenAsync(scope, named, envelope, context, cancellationToken) ?? throw Failed();
        using var key = await scope.Engine.Keys.OpenAsync(named, cancellationToken);
        return EnvelopeReader.TryOpenSecret(envelope.Span, key.Committing, context, out var plaintext) ? plaintext : throw Failed();
    }

    /// <summary>Writes down what the record says of every use of an envelope.</summary>
    public static void Describe(OperationScope scope, ManagedObject version, EncryptionContext context, long bytes)
    {
        scope.Audit.Algorithm = version.CryptographicAlgorithm.ToString();
        scope.Audit.ContextNames = context.Pairs.Count == 0 ? [] : context.Pairs.Keys.ToArray();
        scope.Audit.ContextValues = scope.Engine.RecordedContext.Of(version.Group, context);
        scope.Audit.Bytes = bytes;
    }

    /// <summary>The one refusal of everything that does not decrypt.</summary>
    public static KeyreeveException Failed() =>
        new(KeyreeveError.CryptographicFailure, "The ciphertext does not open: it, its context or its key is not what it was encrypted with.");

    private static byte[] Seal(in UsableKey key, EncryptionContext context, SecretBytes plaintext)
    {
        using var lease = plaintext.Reveal();
        return EnvelopeWriter.WriteDirect(key.Committing, key.Object.Id.ToGuid(), context, lease.Span);
    }

    // Only what a key in the token sealed names the key and its version.
    private static async ValueTask<ManagedObject?> FindNamedAsync(OperationScope scope, EnvelopeHeader header, CancellationToken cancellationToken)
    {
        var id = UniqueIdentifier.FromGuid(header.UniqueIdentifier);
        if (header.Mode == EnvelopeMode.Direct) return await scope.Engine.Objects.FindAsync(scope.Tenant, id, cancellationToken);
        foreach (var version in await scope.Engine.Objects.FindVersionsAsync(scope.Tenant, id, cancellationToken))
            if (version.KeyVersion == header.KeyVersion && (version.IsInToken || version.Material is null)) return version;
        return null;
    }

    // spec: docs/formats/envelope.md: a key of an envelope has 256 bits.
    private static void RequireEnvelopeKey(ManagedObject version)
    {
        // Of a key that was registered wrapped only the ciphertext is here, which is no secret.
        if (version.Attributes.Has(AttributeName.KeyWrappingData))
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, "The key was registered wrapped, and this server has not the key itself.");
        if (version.CryptographicAlgorithm != CryptographicAlgorithm.AES || version.CryptographicLength != CommittingAead.KeySizeInBytes * 8)
            throw new KeyreeveException(
                KeyreeveError.CryptographicParametersNotSupported,
                $"An envelope takes an AES key of 256 bits; this one is {version.CryptographicAlgorithm} of {version.CryptographicLength}.");
    }
}
