using System.Text;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Tokens;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Envelopes;

/// <summary>
/// Envelopes under a key that lives in the token: each has a data key of its own, which the token wraps; mode 2 of
/// <c>docs/formats/envelope.md</c>.
/// </summary>
/// <remarks><code>wrapped data key = nonce(12) ‖ AES-256-GCM of the data key(32) ‖ tag(16)
/// associated data  = "keyreeve/token-data-key/1" ‖ 0 ‖ Unique Identifier of the key version(16)</code></remarks>
internal static class TokenEnvelope
{
    /// <summary>How long a data key is that a token wrapped.</summary>
    public const int WrappedKeyInBytes = NonceSizeInBytes + CommittingAead.KeySizeInBytes + TagSizeInBytes;

    private const int NonceSizeInBytes = 12;
    private const int TagSizeInBytes = 16;

    private static readonly byte[] Label = Encoding.ASCII.GetBytes("keyreeve/token-data-key/1\0");

    /// <summary>Encrypts.</summary>
    public static async ValueTask<byte[]> SealAsync(
        OperationScope scope, ManagedObject current, EncryptionContext context, SecretBytes plaintext, CancellationToken cancellationToken)
    {
        using var dataKey = SecretBytes.Random(CommittingAead.KeySizeInBytes);
        var nonce = new byte[NonceSizeInBytes];
        CryptoRandom.Fill(nonce);
        var cipher = new TokenCipher(TokenMechanism.AesGcm) { Iv = nonce, AdditionalData = AadOf(current) };
        var encrypted = await TokenKeys.Of(scope.Engine).Token.EncryptAsync(TokenKeys.HandleOf(scope.Engine, current), cipher, dataKey, cancellationToken);
        var wrapped = new WrappedDataKey(current.KeyIdentifier.ToGuid(), checked((uint)current.KeyVersion), [.. encrypted.Iv, .. encrypted.Data]);
        return Write(dataKey, wrapped, context, plaintext);
    }

    /// <summary>Decrypts; null whatever is wrong.</summary>
    public static async ValueTask<SecretBytes?> TryOpenAsync(
        OperationScope scope, ManagedObject named, ReadOnlyMemory<byte> envelope, EncryptionContext context, CancellationToken cancellationToken)
    {
        if (!EnvelopeHeader.TryParse(envelope.Span, out var header)) return null;
        var wrapped = header.WrappedKeyIn(envelope.Span);
        if (wrapped.Length != WrappedKeyInBytes) return null;
        var cipher = new TokenCipher(TokenMechanism.AesGcm) { Iv = wrapped[..NonceSizeInBytes].ToArray(), AdditionalData = AadOf(named) };
        var ciphertext = wrapped[NonceSizeInBytes..].ToArray();
        using var dataKey = await TokenKeys.Of(scope.Engine).Token.TryDecryptAsync(TokenKeys.HandleOf(scope.Engine, named), cipher, ciphertext, cancellationToken);
        if (dataKey is null || dataKey.LengthInBytes != CommittingAead.KeySizeInBytes) return null;
        using var aead = new CommittingAead(dataKey, header.Suite);
        return EnvelopeReader.TryOpenSecret(envelope.Span, aead, context, out var plaintext) ? plaintext : null;
    }

    private static byte[] Write(SecretBytes dataKey, WrappedDataKey wrapped, EncryptionContext context, SecretBytes plaintext)
    {
        using var aead = new CommittingAead(dataKey);
        using var lease = plaintext.Reveal();
        return EnvelopeWriter.WriteWrapped(aead, wrapped, context, lease.Span);
    }

    private static byte[] AadOf(ManagedObject version) => [.. Label, .. version.Id.ToByteArray()];
}
