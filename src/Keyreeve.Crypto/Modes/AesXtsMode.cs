using System.Security.Cryptography;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  AES in XTS mode
//
//  References
//      IEEE Std 1619-2018  Cryptographic Protection of Data on Block-Oriented Storage Devices
//      NIST SP 800-38E     Recommendation for Block Cipher Modes of Operation: the XTS-AES Mode
//
//  Sizes
//      Key         32 bytes (XTS-AES-128) or 64 bytes (XTS-AES-256): two different AES keys
//      Tweak       16 bytes: the data unit's number, little-endian
//      Data unit   16 bytes to 2^20 blocks of 16 bytes
//
//  For disks, where ciphertext may not be longer than plaintext. Not authenticated.
//

/// <summary>AES-XTS: one sector or other data unit of a disk at a time. Does not detect changes. Thread safe.</summary>
internal static class AesXtsMode
{
    /// <summary>Length of the tweak, in bytes.</summary>
    public const int TweakSizeInBytes = 16;

    /// <summary>The shortest data unit, in bytes.</summary>
    public const int MinDataUnitSizeInBytes = 16;

    // spec: SP 800-38E §4 "the length of the data unit for any instance of an implementation of XTS-AES shall not exceed
    // 2^20 AES blocks"
    /// <summary>The longest data unit, in bytes.</summary>
    public const int MaxDataUnitSizeInBytes = (1 << 20) * 16;

    /// <summary>Encrypts a data unit.</summary>
    /// <param name="key">A key of 32 or 64 bytes, whose halves differ.</param>
    /// <param name="tweak">The data unit's number, 16 bytes, little-endian.</param>
    /// <param name="plaintext">The data unit, from 16 bytes to 16 MiB.</param>
    /// <exception cref="ArgumentException">A length is not permitted, or the halves of the key are equal.</exception>
    public static byte[] Encrypt(SecretBytes key, ReadOnlySpan<byte> tweak, ReadOnlySpan<byte> plaintext) =>
        Transform(key, tweak, plaintext, CipherDirection.Encrypt);

    /// <summary>Decrypts a data unit.</summary>
    /// <inheritdoc cref="Encrypt"/>
    /// <param name="key">A key of 32 or 64 bytes, whose halves differ.</param>
    /// <param name="tweak">The data unit's number, 16 bytes, little-endian.</param>
    /// <param name="ciphertext">The encrypted data unit, from 16 bytes to 16 MiB.</param>
    public static byte[] Decrypt(SecretBytes key, ReadOnlySpan<byte> tweak, ReadOnlySpan<byte> ciphertext) =>
        Transform(key, tweak, ciphertext, CipherDirection.Decrypt);

    private static byte[] Transform(SecretBytes key, ReadOnlySpan<byte> tweak, ReadOnlySpan<byte> unit, CipherDirection direction)
    {
        ArgumentNullException.ThrowIfNull(key);
        ModeCore.RequireIv(tweak, TweakSizeInBytes);
        if (unit.Length is < MinDataUnitSizeInBytes or > MaxDataUnitSizeInBytes)
            throw new ArgumentException("A data unit has 16 bytes to 16 MiB.", nameof(unit));
        using var lease = key.Reveal();
        using var cipher = CipherContext.Start(CipherName(lease.Span), lease.Span, tweak, direction);
        var output = new byte[unit.Length];
        return cipher.Update(unit, output) == output.Length ? output : throw LibCrypto.Failure();
    }

    private static string CipherName(ReadOnlySpan<byte> key)
    {
        var name = key.Length switch
        {
            32 => "AES-128-XTS",
            64 => "AES-256-XTS",
            _ => throw new ArgumentException("An XTS key has 32 or 64 bytes.", nameof(key)),
        };

        // Equal halves let an attacker undo the tweak (Rogaway 2004); SP 800-38E and FIPS 140 IG C.I forbid them.
        var half = key.Length / 2;
        return CryptographicOperations.FixedTimeEquals(key[..half], key[half..])
            ? throw new ArgumentException("The two halves of an XTS key differ.", nameof(key))
            : name;
    }
}
