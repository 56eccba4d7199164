using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Access;

/// <summary>
/// A password as it is kept: by scrypt, under a salt of its own. The bytes are an object's material, so that they are wrapped like a
/// key's on top of that.
/// </summary>
/// <remarks><c>form(1) ‖ log2 N(1) ‖ r(1) ‖ p(1) ‖ salt(16) ‖ scrypt(32)</c></remarks>
internal static class PasswordVerifier
{
    private const byte Form = 1;
    private const int HeaderSizeInBytes = 4;
    private const int SaltSizeInBytes = 16;
    private const int HashSizeInBytes = 32;

    // 16 MiB and some hundredths of a second: it is computed for requests, of which there are many.
    private static readonly ScryptParameters Cost = new(1 << 14, 8, 1);

    /// <summary>What to keep of a password; the caller disposes of it.</summary>
    public static SecretBytes Make(ReadOnlySpan<byte> password)
    {
        Span<byte> salt = stackalloc byte[SaltSizeInBytes];
        CryptoRandom.Fill(salt);
        using var hash = Hash(password, salt, Cost);
        using var lease = hash.Reveal();
        Span<byte> kept = stackalloc byte[HeaderSizeInBytes + SaltSizeInBytes + HashSizeInBytes];
        kept[0] = Form;
        kept[1] = (byte)BitOperations.Log2((uint)Cost.Cost);
        kept[2] = (byte)Cost.BlockSize;
        kept[3] = (byte)Cost.Parallelization;
        salt.CopyTo(kept[HeaderSizeInBytes..]);
        lease.Span.CopyTo(kept[(HeaderSizeInBytes + SaltSizeInBytes)..]);
        var made = SecretBytes.CopyFrom(kept);
        CryptographicOperations.ZeroMemory(kept);
        return made;
    }

    /// <summary>Whether it is the password; takes as long whether or not.</summary>
    public static bool Verify(ReadOnlySpan<byte> kept, ReadOnlySpan<byte> password)
    {
        if (kept.Length != HeaderSizeInBytes + SaltSizeInBytes + HashSizeInBytes || kept[0] != Form)
            throw new KeyreeveException(KeyreeveError.IntegrityFailure, "A stored password has a form that is not known.");
        using var hash = Hash(password, kept.Slice(HeaderSizeInBytes, SaltSizeInBytes), new ScryptParameters(1 << kept[1], kept[2], kept[3]));
        using var lease = hash.Reveal();
        return CryptographicOperations.FixedTimeEquals(lease.Span, kept[(HeaderSizeInBytes + SaltSizeInBytes)..]);
    }

    /// <summary>As much work as to verify, for somebody who does not exist.</summary>
    public static void Waste(ReadOnlySpan<byte> password)
    {
        Span<byte> salt = stackalloc byte[SaltSizeInBytes];
        BinaryPrimitives.WriteInt64LittleEndian(salt, 1);
        Hash(password, salt, Cost).Dispose();
    }

    private static SecretBytes Hash(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, ScryptParameters cost)
    {
        using var secret = SecretBytes.CopyFrom(password);
        return Scrypt.Derive(secret, salt, cost, HashSizeInBytes);
    }
}
