using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>RSA-OAEP. RFC 8017 §7.1.</summary>
internal sealed class RsaOaepCipher : Cipher
{
    /// <inheritdoc/>
    public override bool IsAsymmetric => true;

    /// <inheritdoc/>
    public override EncryptedData Encrypt(in UsableKey key, in CipherInput input)
    {
        var publicKey = RsaKeys.PublicOf(key);
        var parameters = ParametersOf(input.Choice);
        if (publicKey.IsPssOnly) throw RsaKeys.PssOnly();
        var longest = RsaOaep.MaxPlaintextSizeInBytes(publicKey, parameters);
        return input.Data.Length <= longest
            ? new EncryptedData(RsaOaep.Encrypt(publicKey, parameters, input.Data, input.Choice.Label.AsSpan()))
            : throw new KeyreeveException(KeyreeveError.InvalidField, $"This key encrypts at most {Math.Max(longest, 0)} bytes with these parameters.");
    }

    /// <inheritdoc/>
    public override byte[]? TryDecrypt(in UsableKey key, in CipherInput input)
    {
        var privateKey = RsaKeys.PrivateOf(key);
        if (privateKey.PublicKey.IsPssOnly) throw RsaKeys.PssOnly();
        var opened = RsaOaep.TryDecrypt(privateKey, ParametersOf(input.Choice), input.Data, out var plaintext, input.Choice.Label.AsSpan());
        using (plaintext) return opened ? RsaKeys.CopyOf(plaintext!) : null;
    }

    // spec: RFC 8017 §A.2.1 "The default hash function is SHA-1"; KMIP 2.1 §4.16 Mask Generator Hashing Algorithm "if omitted
    // defaults to SHA-1".
    private static RsaOaepParameters ParametersOf(in CipherChoice choice) => new(Digests.OrSha1(choice.Hash), Digests.OrSha1(choice.MaskHash));
}

/// <summary>RSA with PKCS#1 v1.5 padding, in interop groups alone. RFC 8017 §7.2.</summary>
internal sealed class RsaPkcs1Cipher : Cipher
{
    /// <inheritdoc/>
    public override bool IsAsymmetric => true;

    /// <inheritdoc/>
    public override bool IsWeak => true;

    /// <inheritdoc/>
    public override EncryptedData Encrypt(in UsableKey key, in CipherInput input)
    {
        var publicKey = RsaKeys.PublicOf(key);
        if (publicKey.IsPssOnly) throw RsaKeys.PssOnly();
        var longest = ((publicKey.ModulusSizeInBits + 7) / 8) - InsecureRsaPkcs1Encryption.OverheadInBytes;
        return input.Data.Length <= longest
            ? new EncryptedData(InsecureRsaPkcs1Encryption.Encrypt(publicKey, input.Data))
            : throw new KeyreeveException(KeyreeveError.InvalidField, $"This key encrypts at most {longest} bytes with these parameters.");
    }

    /// <inheritdoc/>
    public override byte[]? TryDecrypt(in UsableKey key, in CipherInput input)
    {
        // The old padding's errors tell an attacker the plaintext bit by bit, so it is not even tried where it is not asked for.
        AlgorithmRules.RequireInterop(input.Mode, "Decryption with PKCS#1 v1.5 padding");
        var privateKey = RsaKeys.PrivateOf(key);
        if (privateKey.PublicKey.IsPssOnly) throw RsaKeys.PssOnly();
        var opened = InsecureRsaPkcs1Encryption.TryDecrypt(privateKey, input.Data, out var plaintext);
        using (plaintext) return opened ? RsaKeys.CopyOf(plaintext!) : null;
    }
}

/// <summary>RSA keys made ready, kept with the opened key.</summary>
internal static class RsaKeys
{
    public static RsaPublicKey PublicOf(in UsableKey key) => key.Object.ObjectType switch
    {
        ObjectType.PrivateKey => PrivateOf(key).PublicKey,
        ObjectType.Certificate => key.Ready(0, static (material, _) =>
            RsaPublicKey.ImportSubjectPublicKeyInfo(SigningKeys.KeyOfCertificate(material), RsaKeyPolicy.InsecureAllowSmallRsa)),
        _ => key.Ready((int)key.Object.Material!.KeyFormatType, static (material, format) => RsaForm.OpenPublic((KeyFormatType)format, material)),
    };

    public static RsaPrivateKey PrivateOf(in UsableKey key) =>
        key.Ready((int)key.Object.Material!.KeyFormatType, static (material, format) => RsaForm.OpenPrivate((KeyFormatType)format, material));

    public static KeyreeveException PssOnly() => CipherChoice.NotSupported("The key is restricted to PSS signatures");

    public static byte[] CopyOf(SecretBytes plaintext)
    {
        using var lease = plaintext.Reveal();
        return lease.Span.ToArray();
    }
}
