using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard.Ciphers;

/// <summary>RSA: OAEP; PKCS#1 v1.5 in interop groups alone.</summary>
internal static class RsaCipher
{
    /// <summary>Encrypts to a public key.</summary>
    public static byte[] Encrypt(in UsableKey key, CipherChoice choice, ReadOnlySpan<byte> data)
    {
        if (key.Object.ObjectType != ObjectType.PublicKey)
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, "RSA encrypts with the public key.");
        var format = key.Object.Material!.KeyFormatType;
        var publicKey = key.Ready((int)format, static (material, variant) => ImportPublic(material, (KeyFormatType)variant));
        try
        {
            if (!IsPkcs1(choice)) return RsaOaep.Encrypt(publicKey, new RsaOaepParameters(choice.Digest, choice.MaskDigest), data, choice.Label.Span);
            choice.RequireInterop("PKCS#1 v1.5 encryption");
            return InsecureRsaPkcs1Encryption.Encrypt(publicKey, data);
        }
        catch (ArgumentException e)
        {
            throw new KeyreeveException(KeyreeveError.InvalidField, "The data is longer than this key and padding take.", e);
        }
    }

    /// <summary>Decrypts with a private key; null if anything is wrong.</summary>
    public static byte[]? Decrypt(in UsableKey key, CipherChoice choice, ReadOnlySpan<byte> data)
    {
        if (key.Object.ObjectType != ObjectType.PrivateKey)
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, "RSA decrypts with the private key.");
        var isPkcs1 = IsPkcs1(choice);
        if (isPkcs1) choice.RequireInterop("PKCS#1 v1.5 encryption");
        var format = key.Object.Material!.KeyFormatType;
        var privateKey = key.Ready((int)format, static (material, variant) => ImportPrivate(material, (KeyFormatType)variant));
        SecretBytes? plaintext;
        var opened = isPkcs1
            ? InsecureRsaPkcs1Encryption.TryDecrypt(privateKey, data, out plaintext)
            : RsaOaep.TryDecrypt(privateKey, new RsaOaepParameters(choice.Digest, choice.MaskDigest), data, out plaintext, choice.Label.Span);
        if (!opened) return null;
        using (plaintext)
        {
            using var lease = plaintext!.Reveal();
            return lease.Span.ToArray();
        }
    }

    private static bool IsPkcs1(CipherChoice choice) => choice.Padding switch
    {
        PaddingMethod.NotSet or PaddingMethod.OAEP => false,
        PaddingMethod.PKCS1V15 => true,
        _ => throw CipherChoice.NotSupported($"RSA with padding {choice.Padding} is not offered"),
    };

    // What was let in by the group's mode stays usable: the length was judged when the key was made or registered.
    private static RsaPublicKey ImportPublic(SecretBytes material, KeyFormatType format)
    {
        using var lease = material.Reveal();
        return format == KeyFormatType.PKCS1
            ? RsaPublicKey.ImportPkcs1(lease.Span, RsaKeyPolicy.InsecureAllowSmallRsa)
            : RsaPublicKey.ImportSubjectPublicKeyInfo(lease.Span, RsaKeyPolicy.InsecureAllowSmallRsa);
    }

    private static RsaPrivateKey ImportPrivate(SecretBytes material, KeyFormatType format) => format == KeyFormatType.PKCS1
        ? RsaPrivateKey.ImportPkcs1(material, RsaKeyPolicy.InsecureAllowSmallRsa)
        : RsaPrivateKey.ImportPkcs8(material, RsaKeyPolicy.InsecureAllowSmallRsa);
}
