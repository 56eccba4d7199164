using System.Security.Cryptography;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>A wrapped key: the bytes, and the initialisation vector if there is one.</summary>
/// <param name="Bytes">The ciphertext.</param>
/// <param name="Iv">IV, counter or nonce.</param>
internal readonly record struct Wrapped(SecretBytes Bytes, byte[]? Iv);

/// <summary>The ciphers that wrap keys: AES key wrap with and without padding, AES-GCM, RSA-OAEP.</summary>
/// <remarks><code>AES-GCM: ciphertext ‖ tag(Tag Length or 16); the nonce of 12 bytes is IV/Counter/Nonce</code></remarks>
internal static class KeyWrappingCiphers
{
    private const int NonceSizeInBytes = 12;
    private const int TagSizeInBytes = 16;

    private enum Method
    {
        None,
        AesKeyWrap,
        AesKeyWrapWithPadding,
        AesGcm,
        RsaOaep,
    }

    /// <summary>Wraps.</summary>
    public static Wrapped Wrap(in UsableKey kek, StructureValue parameters, GroupMode mode, SecretBytes clear)
    {
        switch (MethodOf(kek.Object, parameters))
        {
            case Method.AesKeyWrap when clear.LengthInBytes % 8 != 0 || clear.LengthInBytes is < AesKeyWrap.MinKeySizeInBytes or > AesKeyWrap.MaxKeySizeInBytes:
                throw new KeyreeveException(KeyreeveError.InvalidField, "NIST Key Wrap takes a multiple of 8 bytes, at least 16; AES Key Wrap Padding takes any.");
            case Method.AesKeyWrap:
                return Of(AesKeyWrap.Wrap(kek.Material, clear));
            case Method.AesKeyWrapWithPadding when clear.LengthInBytes > AesKeyWrapWithPadding.MaxKeySizeInBytes:
                throw new KeyreeveException(KeyreeveError.InvalidField, "The key is too long to be wrapped.");
            case Method.AesKeyWrapWithPadding:
                return Of(AesKeyWrapWithPadding.Wrap(kek.Material, clear));
            case Method.AesGcm:
                RequireForWrappingAlone(kek.Object, mode);
                return WrapGcm(kek, TagSizeOf(parameters), clear);
            default:
                using (var lease = clear.Reveal())
                    return Of(new RsaOaepCipher().Encrypt(kek, InputOf(kek, parameters, lease.Span)).Data);
        }
    }

    /// <summary>Unwraps; null if the bytes are not what the key wrapped.</summary>
    public static SecretBytes? TryUnwrap(in UsableKey kek, StructureValue parameters, SecretBytes wrapped, ReadOnlySpan<byte> iv)
    {
        using var lease = wrapped.Reveal();
        switch (MethodOf(kek.Object, parameters))
        {
            case Method.AesKeyWrap:
                return AesKeyWrap.TryUnwrap(kek.Material, lease.Span, out var key) ? key : null;
            case Method.AesKeyWrapWithPadding:
                return AesKeyWrapWithPadding.TryUnwrap(kek.Material, lease.Span, out var padded) ? padded : null;
            case Method.AesGcm:
                return TryUnwrapGcm(kek, TagSizeOf(parameters), lease.Span, iv);
            default:
                if (kek.Object.ObjectType != ObjectType.PrivateKey)
                    throw new KeyreeveException(KeyreeveError.InvalidObjectType, "The private key unwraps what the public key wrapped.");
                if (new RsaOaepCipher().TryDecrypt(kek, InputOf(kek, parameters, lease.Span)) is not { } plaintext) return null;
                var secret = SecretBytes.CopyFrom(plaintext);
                CryptographicOperations.ZeroMemory(plaintext);
                return secret;
        }
    }

    private static Wrapped WrapGcm(in UsableKey kek, int tagSize, SecretBytes clear)
    {
        var wrapped = new byte[clear.LengthInBytes + tagSize];
        var nonce = new byte[NonceSizeInBytes];
        CryptoRandom.Fill(nonce);
        using var lease = clear.Reveal();
        kek.Aead(AlgorithmOf(kek)).Encrypt(nonce, lease.Span, default, wrapped.AsSpan(0, clear.LengthInBytes), wrapped.AsSpan(clear.LengthInBytes));
        return new Wrapped(SecretBytes.CopyFrom(wrapped), nonce);
    }

    private static SecretBytes? TryUnwrapGcm(in UsableKey kek, int tagSize, ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> iv)
    {
        if (wrapped.Length < tagSize || iv.IsEmpty) return null;
        var clear = new byte[wrapped.Length - tagSize];
        try
        {
            return kek.Aead(AlgorithmOf(kek)).TryDecrypt(iv, wrapped[..clear.Length], wrapped[clear.Length..], default, clear)
                ? SecretBytes.CopyFrom(clear)
                : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(clear);
        }
    }

    // Whoever may decrypt data under the key could read keys that were wrapped under it the same way.
    private static void RequireForWrappingAlone(ManagedObject kek, GroupMode mode)
    {
        if ((kek.CryptographicUsageMask & (CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt)) != CryptographicUsageMask.NotSet)
            AlgorithmRules.RequireInterop(mode, "Wrapping by GCM under a key that encrypts data as well");
    }

    private static AeadAlgorithm AlgorithmOf(in UsableKey kek) => kek.Material.LengthInBytes switch
    {
        16 => AeadAlgorithm.Aes128Gcm,
        24 => AeadAlgorithm.Aes192Gcm,
        _ => AeadAlgorithm.Aes256Gcm,
    };

    private static int TagSizeOf(StructureValue parameters) => parameters[AttributeField.TagLength] switch
    {
        null => TagSizeInBytes,
        IntegerValue { Value: >= 12 and <= 16 } stated => stated.Value,
        _ => throw new KeyreeveException(KeyreeveError.CryptographicParametersNotSupported, "A Tag Length is 12 to 16 bytes."),
    };

    private static CipherInput InputOf(in UsableKey kek, StructureValue parameters, ReadOnlySpan<byte> data) =>
        new() { Choice = CipherChoice.Of(kek.Object, parameters), Mode = GroupMode.Strict, Data = data };

    private static Wrapped Of(byte[] wrapped) => new(SecretBytes.CopyFrom(wrapped), null);

    private static Method MethodOf(ManagedObject kek, StructureValue parameters)
    {
        var mode = parameters[AttributeField.BlockCipherMode] is EnumerationValue m ? (BlockCipherMode)m.Value : BlockCipherMode.NotSet;
        var padding = parameters[AttributeField.PaddingMethod] is EnumerationValue p ? (PaddingMethod)p.Value : PaddingMethod.NotSet;
        return (kek.CryptographicAlgorithm, mode, padding) switch
        {
            (CryptographicAlgorithm.AES, BlockCipherMode.NISTKeyWrap, _) => Method.AesKeyWrap,
            (CryptographicAlgorithm.AES, BlockCipherMode.AESKeyWrapPadding, _) => Method.AesKeyWrapWithPadding,
            (CryptographicAlgorithm.AES, BlockCipherMode.GCM, _) => Method.AesGcm,
            (CryptographicAlgorithm.RSA, BlockCipherMode.NotSet, PaddingMethod.OAEP) => Method.RsaOaep,
            _ => throw new KeyreeveException(
                KeyreeveError.KeyWrapTypeNotSupported,
                $"Keys are wrapped by AES (NIST Key Wrap, AES Key Wrap Padding, GCM) and RSA (OAEP), not by {kek.CryptographicAlgorithm} {mode} {padding}."),
        };
    }
}
