using System.Security.Cryptography;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Tokens;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>What is done with keys that live in the token: the same choices, checked the same way, carried out there.</summary>
internal static class TokenUse
{
    private const int GcmTagSizeInBytes = 16;
    private const int GcmNonceSizeInBytes = 12;
    private const int BlockSizeInBytes = 16;

    /// <summary>Opens a key; gives none for one that lives in the token.</summary>
    public static ValueTask<UsableKey> OpenUnlessInTokenAsync(OperationScope scope, ManagedObject found, CancellationToken cancellationToken) =>
        found.IsInToken ? default : scope.Engine.Keys.OpenAsync(found, cancellationToken);

    /// <summary>Opens a key for what its public half does; of a private key in the token that half alone.</summary>
    public static ValueTask<UsableKey> OpenForPublicUseAsync(OperationScope scope, ManagedObject found, CancellationToken cancellationToken)
    {
        if (!found.IsInToken) return scope.Engine.Keys.OpenAsync(found, cancellationToken);
        var half = found with { ObjectType = ObjectType.PublicKey, Material = new WrappedMaterial(0, KeyFormatType.X509, default) };
        return new ValueTask<UsableKey>(new UsableKey(new CachedKey(half, SecretBytes.CopyFrom(TokenKeys.HandleOf(scope.Engine, found).PublicKey.Span))));
    }

    /// <summary>Encrypts.</summary>
    /// <exception cref="KeyreeveException">What is asked for is not done in the token, or it is not there.</exception>
    public static async ValueTask<(EncryptedData Encrypted, byte[] Iv)> EncryptAsync(
        OperationScope scope, ManagedObject found, StreamOpening opening, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        var cipher = CipherOf(opening);
        if (cipher.Mechanism == TokenMechanism.AesCbc && data.Length % BlockSizeInBytes != 0) throw Cipher.NotWholeBlocks();
        var (token, handle) = Of(scope, found);
        var encrypted = await token.EncryptAsync(handle, cipher, data, cancellationToken);
        return cipher.Mechanism == TokenMechanism.AesGcm
            ? (new EncryptedData(encrypted.Data[..^GcmTagSizeInBytes], encrypted.Data[^GcmTagSizeInBytes..]), encrypted.Iv)
            : (new EncryptedData(encrypted.Data), encrypted.Iv);
    }

    /// <summary>Decrypts; null whatever is wrong with the data.</summary>
    public static async ValueTask<byte[]?> TryDecryptAsync(
        OperationScope scope, ManagedObject found, StreamOpening opening, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        var cipher = CipherOf(opening);
        if (cipher.Mechanism == TokenMechanism.AesGcm)
        {
            if (opening.Tag.Length != GcmTagSizeInBytes) return null;
            data = (byte[])[.. data.Span, .. opening.Tag];
        }

        if (cipher.Mechanism is TokenMechanism.AesCbc or TokenMechanism.AesCbcPad && (data.Length % BlockSizeInBytes != 0 || data.IsEmpty)) return null;
        var (token, handle) = Of(scope, found);
        using var opened = await token.TryDecryptAsync(handle, cipher, data, cancellationToken);
        return opened is null ? null : RsaKeys.CopyOf(opened);
    }

    /// <summary>Signs a digest.</summary>
    public static async ValueTask<byte[]> SignAsync(
        OperationScope scope, ManagedObject found, SignatureChoice choice, ReadOnlyMemory<byte> digest, CancellationToken cancellationToken)
    {
        var how = new TokenSignature(choice.Scheme switch
        {
            SignatureScheme.RsaPkcs1 => TokenMechanism.RsaPkcs1,
            SignatureScheme.RsaPss => TokenMechanism.RsaPss,
            SignatureScheme.Ecdsa => TokenMechanism.Ecdsa,
            _ => throw CipherChoice.NotSupported($"{choice.Scheme} is not done with keys in the token"),
        })
        {
            Digest = choice.Digest,
            MaskDigest = choice.MaskDigest,
            SaltSizeInBytes = choice.SaltSizeInBytes ?? choice.Digest.DigestSizeInBytes(),
        };
        var (token, handle) = Of(scope, found);
        var signature = await token.SignAsync(handle, how, digest, cancellationToken);
        return how.Mechanism == TokenMechanism.Ecdsa ? Der(signature) : signature;
    }

    /// <summary>Authenticates a message.</summary>
    public static async ValueTask<byte[]> AuthenticateAsync(
        OperationScope scope, ManagedObject found, MacChoice choice, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        var how = choice.Scheme switch
        {
            MacScheme.Hmac => new TokenSignature(TokenMechanism.Hmac) { Digest = choice.Digest },
            MacScheme.AesCmac => new TokenSignature(TokenMechanism.AesCmac),
            _ => throw CipherChoice.NotSupported($"{choice.Scheme} is not done with keys in the token"),
        };
        var (token, handle) = Of(scope, found);
        return await token.SignAsync(handle, how, message, cancellationToken);
    }

    /// <summary>Whether the code is the message's.</summary>
    public static async ValueTask<bool> VerifyAsync(
        OperationScope scope, ManagedObject found, MacChoice choice, ReadOnlyMemory<byte> message, ReadOnlyMemory<byte> code, CancellationToken cancellationToken)
    {
        var computed = await AuthenticateAsync(scope, found, choice, message, cancellationToken);
        return CryptographicOperations.FixedTimeEquals(computed, code.Span);
    }

    /// <summary>Wraps the bytes of a key.</summary>
    public static async ValueTask<byte[]> WrapAsync(
        OperationScope scope, ManagedObject found, StructureValue parameters, SecretBytes clear, CancellationToken cancellationToken)
    {
        var withPadding = IsWithPadding(found, parameters);
        if (!withPadding && (clear.LengthInBytes % 8 != 0 || clear.LengthInBytes < AesKeyWrap.MinKeySizeInBytes))
            throw new KeyreeveException(KeyreeveError.InvalidField, "NIST Key Wrap takes a multiple of 8 bytes, at least 16; AES Key Wrap Padding takes any.");
        if (clear.LengthInBytes > AesKeyWrap.MaxKeySizeInBytes) throw new KeyreeveException(KeyreeveError.InvalidField, "The key is too long to be wrapped.");
        var (token, handle) = Of(scope, found);
        return await token.WrapAsync(handle, withPadding, clear, cancellationToken);
    }

    /// <summary>Unwraps the bytes of a key; null if they are not what the key wrapped.</summary>
    public static async ValueTask<SecretBytes?> TryUnwrapAsync(
        OperationScope scope, ManagedObject found, StructureValue parameters, ReadOnlyMemory<byte> wrapped, CancellationToken cancellationToken)
    {
        var (token, handle) = Of(scope, found);
        if (found.CryptographicAlgorithm != CryptographicAlgorithm.RSA)
            return await token.TryUnwrapAsync(handle, IsWithPadding(found, parameters), wrapped, cancellationToken);
        var choice = CipherChoice.Of(found, parameters);
        return await token.TryDecryptAsync(handle, Oaep(choice), wrapped, cancellationToken);
    }

    private static (IKeyToken Token, TokenHandle Handle) Of(OperationScope scope, ManagedObject found) =>
        (TokenKeys.Of(scope.Engine).Token, TokenKeys.HandleOf(scope.Engine, found));

    private static TokenCipher CipherOf(StreamOpening opening)
    {
        var choice = opening.Choice;
        switch (choice.Algorithm, choice.Mode)
        {
            case (CryptographicAlgorithm.AES, BlockCipherMode.GCM or BlockCipherMode.AEAD or BlockCipherMode.NotSet):
                if (choice.TagSizeInBytes is not (0 or GcmTagSizeInBytes) || opening.Iv.Length != GcmNonceSizeInBytes)
                    throw CipherChoice.NotSupported($"With a key in the token GCM takes a nonce of {GcmNonceSizeInBytes} bytes and a tag of {GcmTagSizeInBytes}");
                return new TokenCipher(TokenMechanism.AesGcm) { Iv = opening.Iv, AdditionalData = opening.AdditionalData };
            case (CryptographicAlgorithm.AES, BlockCipherMode.CBC) when !choice.IsFilledHere:
                return new TokenCipher(choice.BlockPadding == BlockPadding.Pkcs7 ? TokenMechanism.AesCbcPad : TokenMechanism.AesCbc) { Iv = opening.Iv };
            case (CryptographicAlgorithm.RSA, _) when choice.Padding is PaddingMethod.OAEP or PaddingMethod.NotSet:
                return Oaep(choice);
            default:
                throw CipherChoice.NotSupported($"{choice.Algorithm} {choice.Mode} {choice.Padding} is not done with keys in the token");
        }
    }

    private static TokenCipher Oaep(in CipherChoice choice) => new(TokenMechanism.RsaOaep)
    {
        Digest = Digests.OrSha1(choice.Hash),
        MaskDigest = Digests.OrSha1(choice.MaskHash),
        Label = choice.Label.AsMemory(),
    };

    private static bool IsWithPadding(ManagedObject found, StructureValue parameters)
    {
        var mode = parameters[AttributeField.BlockCipherMode] is EnumerationValue m ? (BlockCipherMode)m.Value : BlockCipherMode.NotSet;
        return (found.CryptographicAlgorithm, mode) switch
        {
            (CryptographicAlgorithm.AES, BlockCipherMode.NISTKeyWrap) => false,
            (CryptographicAlgorithm.AES, BlockCipherMode.AESKeyWrapPadding) => true,
            _ => throw new KeyreeveException(
                KeyreeveError.KeyWrapTypeNotSupported, $"A key in the token wraps by AES (NIST Key Wrap, AES Key Wrap Padding), not by {found.CryptographicAlgorithm} {mode}."),
        };
    }

    private static byte[] Der(ReadOnlySpan<byte> pair)
    {
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(Trimmed(pair[..(pair.Length / 2)]));
            writer.WriteIntegerUnsigned(Trimmed(pair[(pair.Length / 2)..]));
        }

        return writer.Encode();
    }

    private static ReadOnlySpan<byte> Trimmed(ReadOnlySpan<byte> number)
    {
        while (number.Length > 1 && number[0] == 0) number = number[1..];
        return number;
    }
}

/// <summary>A message in parts for a key that lives in the token, which works on whole messages.</summary>
internal sealed class HeldCipherStream : CipherStream
{
    private readonly HeldMessage _message = new();

    /// <inheritdoc/>
    public override int HeldInBytes => _message.LengthInBytes;

    /// <inheritdoc/>
    public override byte[] Update(ReadOnlySpan<byte> data)
    {
        _message.Add(data);
        return [];
    }

    /// <summary>Never: the token is asked, for whole messages.</summary>
    public override EncryptedData? TryFinish(in UsableKey key, ReadOnlySpan<byte> data) =>
        throw new InvalidOperationException("The token works on the message that Take gives.");

    /// <summary>The message with its last part, in locked memory no longer: what a caller sends or receives in clear is the caller's.</summary>
    public byte[] Take(ReadOnlySpan<byte> last)
    {
        _message.Add(last);
        using var whole = _message.Take();
        return RsaKeys.CopyOf(whole);
    }

    /// <inheritdoc/>
    public override void Dispose() => _message.Dispose();
}
