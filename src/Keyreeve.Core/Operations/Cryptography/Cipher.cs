using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>One way to encrypt, as Cryptographic Parameters choose it. Stateless and thread safe.</summary>
internal abstract class Cipher
{
    /// <summary>The length of the IV, counter or nonce that the server chooses, in bytes; 0 if there is none.</summary>
    public virtual int IvSizeInBytes(in CipherChoice choice) => 0;

    /// <summary>Whether a length of IV, counter or nonce is possible.</summary>
    public virtual bool TakesIv(in CipherChoice choice, int sizeInBytes) => sizeInBytes == IvSizeInBytes(choice);

    /// <summary>
    /// Whether two messages under the same IV give each other away, or more: a caller who chooses it can do so by a simple
    /// mistake.
    /// </summary>
    public virtual bool BreaksWhenIvRepeats => false;

    /// <summary>Whether the method should not be used for anything new.</summary>
    public virtual bool IsWeak => false;

    /// <summary>What the key has to be for encryption; for decryption of asymmetric keys it is the private half.</summary>
    public virtual bool IsAsymmetric => false;

    /// <summary>Whether it may be used at all with that mode and padding under a key, by what the key itself states.</summary>
    /// <remarks>A method that computes the key's raw cipher for whoever chooses its input: who may decrypt could read, and forge,
    /// what other methods protect under the key. So a key is for it by its own attributes, in strict groups, or not at all.</remarks>
    public virtual bool NeedsKeyOfItsOwn => false;

    /// <summary>Begins a message that comes in parts.</summary>
    /// <exception cref="KeyreeveException">The parameters do not suit.</exception>
    public virtual CipherStream StartEncryption(in UsableKey key, StreamOpening opening) => new WholeMessageStream(this, opening, isEncryption: true);

    /// <summary>Begins a message that comes in parts.</summary>
    /// <exception cref="KeyreeveException">The parameters do not suit.</exception>
    public virtual CipherStream StartDecryption(in UsableKey key, StreamOpening opening) => new WholeMessageStream(this, opening, isEncryption: false);

    /// <summary>Encrypts.</summary>
    /// <exception cref="KeyreeveException">The data or the parameters do not suit.</exception>
    public abstract EncryptedData Encrypt(in UsableKey key, in CipherInput input);

    /// <summary>Decrypts; null whatever is wrong with the data.</summary>
    public abstract byte[]? TryDecrypt(in UsableKey key, in CipherInput input);

    /// <summary>The refusal of a tag's length.</summary>
    protected static KeyreeveException BadTagSize(string cipher, int sizeInBytes) =>
        new(KeyreeveError.BadCryptographicParameters, $"{cipher} has no tags of {sizeInBytes} bytes.");

    /// <summary>The refusal of data that is not a whole number of blocks.</summary>
    public static KeyreeveException NotWholeBlocks() =>
        new(KeyreeveError.InvalidField, "The data is not a whole number of blocks; state a Padding Method.");
}

/// <summary>What a cipher works on.</summary>
internal readonly ref struct CipherInput
{
    /// <summary>How.</summary>
    public required CipherChoice Choice { get; init; }

    /// <summary>How strict the key's group is.</summary>
    public required GroupMode Mode { get; init; }

    /// <summary>The plaintext or ciphertext.</summary>
    public required ReadOnlySpan<byte> Data { get; init; }

    /// <summary>IV, counter or nonce; empty if there is none.</summary>
    public ReadOnlySpan<byte> Iv { get; init; }

    /// <summary>What is authenticated along.</summary>
    public ReadOnlySpan<byte> AdditionalData { get; init; }

    /// <summary>The tag, for decryption.</summary>
    public ReadOnlySpan<byte> Tag { get; init; }
}

/// <summary>What encryption gives.</summary>
/// <param name="Data">The ciphertext.</param>
/// <param name="Tag">The tag of an authenticated mode; null with others.</param>
internal readonly record struct EncryptedData(byte[] Data, byte[]? Tag = null);

/// <summary>Which cipher the parameters mean.</summary>
internal static class Ciphers
{
    private static readonly AesGcmCipher AesGcm = new();
    private static readonly AesCcmCipher AesCcm = new();
    private static readonly AesCbcCipher AesCbc = new();
    private static readonly AesCtrCipher AesCtr = new();
    private static readonly AesXtsCipher AesXts = new();
    private static readonly AesEcbCipher AesEcb = new();
    private static readonly AesFeedbackCipher AesCfb = new(Crypto.FeedbackMode.Cfb);
    private static readonly AesFeedbackCipher AesOfb = new(Crypto.FeedbackMode.Ofb);
    private static readonly PcbcCipher Pcbc = new();
    private static readonly ChaCha20Poly1305Cipher ChaCha20Poly1305 = new();
    private static readonly ChaCha20Cipher ChaCha20 = new();
    private static readonly AesKeyWrapCipher NistKeyWrap = new(withPadding: false);
    private static readonly AesKeyWrapCipher KeyWrapWithPadding = new(withPadding: true);
    private static readonly OneTimePadCipher OneTimePad = new();
    private static readonly NationalCipher NationalCbc = new(Crypto.UnauthenticatedMode.Cbc);
    private static readonly NationalCipher NationalCtr = new(Crypto.UnauthenticatedMode.Ctr);
    private static readonly NationalCipher NationalEcb = new(Crypto.UnauthenticatedMode.InsecureEcb);
    private static readonly NationalCipher NationalCfb = new(Crypto.UnauthenticatedMode.InsecureCfb);
    private static readonly NationalCipher NationalOfb = new(Crypto.UnauthenticatedMode.InsecureOfb);
    private static readonly RsaOaepCipher RsaOaep = new();
    private static readonly RsaPkcs1Cipher RsaPkcs1 = new();
    private static readonly TripleDesCipher TripleDesEcb = new(Crypto.TripleDesMode.Ecb);
    private static readonly TripleDesCipher TripleDesCbc = new(Crypto.TripleDesMode.Cbc);
    private static readonly TripleDesCipher TripleDesCfb = new(Crypto.TripleDesMode.Cfb);
    private static readonly TripleDesCipher TripleDesOfb = new(Crypto.TripleDesMode.Ofb);

    /// <summary>Finds it.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.CryptographicParametersNotSupported"/>.</exception>
    public static Cipher For(in CipherChoice choice) => choice.Algorithm switch
    {
        CryptographicAlgorithm.AES => choice.Mode switch
        {
            // Where neither request nor key says how, the server does what is right.
            BlockCipherMode.GCM or BlockCipherMode.AEAD or BlockCipherMode.NotSet => AesGcm,
            BlockCipherMode.CCM => AesCcm,
            BlockCipherMode.CBC => AesCbc,
            BlockCipherMode.CTR => AesCtr,
            BlockCipherMode.XTS => AesXts,
            BlockCipherMode.ECB => AesEcb,
            BlockCipherMode.CFB => AesCfb,
            BlockCipherMode.OFB => AesOfb,
            BlockCipherMode.PCBC => Pcbc,
            BlockCipherMode.NISTKeyWrap => NistKeyWrap,
            BlockCipherMode.AESKeyWrapPadding => KeyWrapWithPadding,
            _ => throw NoMode(choice),
        },
        CryptographicAlgorithm.TripleDES or CryptographicAlgorithm.DES => choice.Mode switch
        {
            BlockCipherMode.ECB => TripleDesEcb,
            BlockCipherMode.CBC => TripleDesCbc,
            BlockCipherMode.CFB => TripleDesCfb,
            BlockCipherMode.OFB => TripleDesOfb,
            BlockCipherMode.PCBC => Pcbc,
            _ => throw NoMode(choice),
        },
        CryptographicAlgorithm.Camellia or CryptographicAlgorithm.ARIA or CryptographicAlgorithm.SM4 => choice.Mode switch
        {
            BlockCipherMode.CBC => NationalCbc,
            BlockCipherMode.CTR => NationalCtr,
            BlockCipherMode.ECB => NationalEcb,
            BlockCipherMode.CFB => NationalCfb,
            BlockCipherMode.OFB => NationalOfb,
            BlockCipherMode.PCBC => Pcbc,
            _ => throw NoMode(choice),
        },
        CryptographicAlgorithm.ChaCha20Poly1305 when choice.Mode is BlockCipherMode.AEAD or BlockCipherMode.NotSet => ChaCha20Poly1305,
        CryptographicAlgorithm.ChaCha20 when choice.Mode == BlockCipherMode.NotSet => ChaCha20,
        CryptographicAlgorithm.OneTimePad when choice.Mode == BlockCipherMode.NotSet => OneTimePad,
        CryptographicAlgorithm.RSA => choice.Padding switch
        {
            PaddingMethod.OAEP or PaddingMethod.NotSet => RsaOaep,
            PaddingMethod.PKCS1V15 => RsaPkcs1,
            _ => throw CipherChoice.NotSupported($"RSA encrypts with Padding Method OAEP; {choice.Padding} is not offered"),
        },
        _ => throw CipherChoice.NotSupported($"Encryption with {choice.Algorithm} is not offered"),
    };

    // spec: KMIP 2.1 §6.1.17 "If there are no Cryptographic Parameters associated with the Managed Cryptographic Object and the
    // algorithm requires parameters then the operation SHALL return with a Result Status of Operation Failed."
    private static KeyreeveException NoMode(in CipherChoice choice) => CipherChoice.NotSupported(choice.Mode == BlockCipherMode.NotSet
        ? $"{choice.Algorithm} has no default; state the Block Cipher Mode"
        : $"Block Cipher Mode {choice.Mode} is not offered for {choice.Algorithm}");
}
