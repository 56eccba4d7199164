using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Tokens;

/// <summary>
/// A token in which keys live: they are made there, used there, and never leave it. The port to a hardware security module.
/// Thread safe; every call ends within a time limit.
/// </summary>
/// <remarks>What may go wrong with any call: <see cref="KeyreeveError.TokenUnavailable"/>, the token is gone, hangs or refuses;
/// <see cref="KeyreeveError.CryptographicParametersNotSupported"/>, it has no such mechanism;
/// <see cref="KeyreeveError.IncompatibleUsageMask"/>, the key was not made for that.</remarks>
public interface IKeyToken
{
    /// <summary>Makes a key, or a key pair, that can never leave the token and keeps its value secret from the first moment on.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.CryptographicParametersNotSupported"/>: the token lacks a mechanism that the
    /// key's uses need; nothing was made.</exception>
    /// <exception cref="InconsistentKeyPairException">The halves of the new pair do not fit; it was destroyed again.</exception>
    ValueTask<TokenHandle> MakeAsync(TokenKeyWish wish, CancellationToken cancellationToken);

    /// <summary>Encrypts.</summary>
    /// <returns>The ciphertext, with the tag behind it in an authenticated mode, and the IV that the token used.</returns>
    ValueTask<TokenCiphertext> EncryptAsync(TokenHandle key, TokenCipher cipher, ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>Encrypts a key, which stays the caller's.</summary>
    ValueTask<TokenCiphertext> EncryptAsync(TokenHandle key, TokenCipher cipher, SecretBytes data, CancellationToken cancellationToken);

    /// <summary>Decrypts; null whatever is wrong with the data.</summary>
    ValueTask<SecretBytes?> TryDecryptAsync(TokenHandle key, TokenCipher cipher, ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>Signs a digest, or authenticates a message.</summary>
    /// <returns>The signature as PKCS#11 has it (ECDSA: r ‖ s), or the code.</returns>
    ValueTask<byte[]> SignAsync(TokenHandle key, TokenSignature how, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Wraps bytes, which stay the caller's, by AES key wrap.</summary>
    ValueTask<byte[]> WrapAsync(TokenHandle key, bool withPadding, SecretBytes clear, CancellationToken cancellationToken);

    /// <summary>Unwraps; null if the bytes are not what the key wrapped.</summary>
    ValueTask<SecretBytes?> TryUnwrapAsync(TokenHandle key, bool withPadding, ReadOnlyMemory<byte> wrapped, CancellationToken cancellationToken);

    /// <summary>Destroys the key of an object, if the token has it.</summary>
    /// <param name="id">The object.</param>
    /// <param name="serial">The token that has to be there for that; null if any.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask DestroyAsync(UniqueIdentifier id, string? serial, CancellationToken cancellationToken);

    /// <summary>The objects whose keys are in the token, as far as this product made them.</summary>
    ValueTask<IReadOnlyList<UniqueIdentifier>> ListAsync(CancellationToken cancellationToken);
}

/// <summary>A key that is to be made in a token.</summary>
public sealed record TokenKeyWish
{
    /// <summary>The object that it is for: its identity is the key's CKA_ID.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>The algorithm.</summary>
    public required CryptographicAlgorithm Algorithm { get; init; }

    /// <summary>The length in bits; for elliptic curves that of the curve.</summary>
    public required int LengthInBits { get; init; }

    /// <summary>The curve, for elliptic curves.</summary>
    public EllipticCurve Curve { get; init; }

    /// <summary>What it is for.</summary>
    public required CryptographicUsageMask Usage { get; init; }

    /// <summary>Whether it is a pair.</summary>
    public bool IsPair { get; init; }
}

/// <summary>A way to encrypt or sign that tokens have.</summary>
public enum TokenMechanism
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>AES-GCM with a tag of 16 bytes.</summary>
    AesGcm,

    /// <summary>AES-CBC over whole blocks.</summary>
    AesCbc,

    /// <summary>AES-CBC with PKCS#7 padding.</summary>
    AesCbcPad,

    /// <summary>RSA-OAEP.</summary>
    RsaOaep,

    /// <summary>RSASSA-PKCS1-v1_5 over a digest.</summary>
    RsaPkcs1,

    /// <summary>RSASSA-PSS over a digest.</summary>
    RsaPss,

    /// <summary>ECDSA over a digest.</summary>
    Ecdsa,

    /// <summary>HMAC over a message.</summary>
    Hmac,

    /// <summary>AES-CMAC over a message.</summary>
    AesCmac,
}

/// <summary>How a token encrypts.</summary>
/// <param name="Mechanism">The mechanism.</param>
public sealed record TokenCipher(TokenMechanism Mechanism)
{
    /// <summary>IV or nonce; empty if there is none.</summary>
    public ReadOnlyMemory<byte> Iv { get; init; }

    /// <summary>What is authenticated along.</summary>
    public ReadOnlyMemory<byte> AdditionalData { get; init; }

    /// <summary>OAEP's hash.</summary>
    public DigestAlgorithm Digest { get; init; }

    /// <summary>The hash within OAEP's mask.</summary>
    public DigestAlgorithm MaskDigest { get; init; }

    /// <summary>OAEP's label.</summary>
    public ReadOnlyMemory<byte> Label { get; init; }
}

/// <summary>What a token encrypted.</summary>
/// <param name="Data">The ciphertext; in an authenticated mode with the tag behind it.</param>
/// <param name="Iv">The IV that was used: the one given, but for a token that makes its own.</param>
public sealed record TokenCiphertext(byte[] Data, byte[] Iv);

/// <summary>How a token signs.</summary>
/// <param name="Mechanism">The mechanism.</param>
public sealed record TokenSignature(TokenMechanism Mechanism)
{
    /// <summary>The hash that the content was, or is to be, digested with.</summary>
    public DigestAlgorithm Digest { get; init; }

    /// <summary>The hash within PSS' mask.</summary>
    public DigestAlgorithm MaskDigest { get; init; }

    /// <summary>The length of PSS' salt in bytes.</summary>
    public int SaltSizeInBytes { get; init; }
}
