using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Access;

/// <summary>How one-time passwords follow each other.</summary>
public enum OneTimePasswordAlgorithm
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>RFC 4226: by a counter.</summary>
    Hotp = 1,

    /// <summary>RFC 6238: by the time.</summary>
    Totp = 2,
}

/// <summary>What a token and the server share, so that the token's one-time passwords can be checked. Stays the caller's.</summary>
// A class: a record's generated ToString would print the seed.
public sealed class OneTimePasswordSecret
{
    /// <summary>How they follow each other.</summary>
    public required OneTimePasswordAlgorithm Algorithm { get; init; }

    /// <summary>The hash function of the HMAC: SHA-1, SHA-256 or SHA-512.</summary>
    public HashingAlgorithm Digest { get; init; } = HashingAlgorithm.SHA1;

    /// <summary>The shared secret.</summary>
    public required SecretBytes Seed { get; init; }

    /// <summary>How many digits.</summary>
    public int Digits { get; init; } = 6;

    /// <summary>How long one holds.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The counter of the first that is good.</summary>
    public long Counter { get; init; }

    /// <summary>The serial number of the token, for people.</summary>
    public string? Serial { get; init; }
}

/// <summary>One-time passwords: HOTP (RFC 4226) and TOTP (RFC 6238). Each is good once; which are used up is kept with the credential.</summary>
/// <remarks><c>form(1) ‖ algorithm(1) ‖ Hashing Algorithm(1) ‖ digits(1) ‖ interval in seconds(4) ‖ first counter(8) ‖ seed</c></remarks>
internal static class OneTimePassword
{
    private const byte Form = 3;
    private const int HeaderSizeInBytes = 16;

    // spec: RFC 4226 §4 R6 "The length of the shared secret MUST be at least 128 bits."
    private const int ShortestSeedInBytes = 16;
    private const int LongestSeedInBytes = 128;

    // spec: RFC 4226 §7.4: how far the token may have counted without the server; RFC 6238 §5.2 "We RECOMMEND that at most one time
    // step is allowed as the network delay", and the clocks may differ by as much the other way.
    private const int CountersAhead = 10;
    private const int StepsAround = 1;

    /// <summary>What to keep; the caller disposes of it.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>.</exception>
    public static SecretBytes Keep(OneTimePasswordSecret secret)
    {
        if (!Enum.IsDefined(secret.Algorithm) || secret.Algorithm == OneTimePasswordAlgorithm.None) throw Invalid("An OTP Algorithm is HOTP or TOTP.");
        _ = HashOf(secret.Digest);
        // spec: RFC 4226 §5.3 "Implementations MUST extract a 6-digit code at a minimum and possibly 7 and 8-digit code."
        if (secret.Digits is < 6 or > 8) throw Invalid("OTP Digits are 6 to 8.");
        if (secret.Interval < TimeSpan.FromSeconds(10) || secret.Interval > TimeSpan.FromMinutes(10)) throw Invalid("An OTP Interval is 10 seconds to 10 minutes.");
        if (secret.Counter < 0) throw Invalid("An OTP Counter is 0 or more.");
        if (secret.Seed.LengthInBytes is < ShortestSeedInBytes or > LongestSeedInBytes) throw Invalid($"An OTP Seed has {ShortestSeedInBytes} to {LongestSeedInBytes} bytes.");
        return SecretBytes.Create(HeaderSizeInBytes + secret.Seed.LengthInBytes, secret, static (kept, from) =>
        {
            kept[0] = Form;
            kept[1] = (byte)from.Algorithm;
            kept[2] = (byte)from.Digest;
            kept[3] = (byte)from.Digits;
            BinaryPrimitives.WriteUInt32BigEndian(kept[4..], (uint)from.Interval.TotalSeconds);
            BinaryPrimitives.WriteInt64BigEndian(kept[8..], from.Counter);
            using var seed = from.Seed.Reveal();
            seed.Span.CopyTo(kept[HeaderSizeInBytes..]);
        });
    }

    /// <summary>Whether it is one of those that are good now; takes as long whether or not.</summary>
    /// <param name="kept">What is kept.</param>
    /// <param name="firstGood">The first counter or time step that has not been used up.</param>
    /// <param name="now">The time.</param>
    /// <param name="given">What the client sent.</param>
    /// <returns>The first counter or time step that is good after this; null if it is none.</returns>
    public static long? Verify(ReadOnlySpan<byte> kept, long firstGood, DateTimeOffset now, ReadOnlySpan<byte> given)
    {
        if (kept[0] != Form) throw new KeyreeveException(KeyreeveError.IntegrityFailure, "A stored one-time password has a form that is not known.");
        var isCounted = (OneTimePasswordAlgorithm)kept[1] == OneTimePasswordAlgorithm.Hotp;
        var step = now.ToUnixTimeSeconds() / BinaryPrimitives.ReadUInt32BigEndian(kept[4..]);
        var first = isCounted ? Math.Max(firstGood, BinaryPrimitives.ReadInt64BigEndian(kept[8..])) : step - StepsAround;
        var last = isCounted ? first + CountersAhead : step + StepsAround;
        long? next = null;
        Span<byte> code = stackalloc byte[kept[3]];
        for (var factor = first; factor <= last; factor++)
        {
            Code(kept, factor, code);
            // spec: RFC 6238 §5.2 "The verifier MUST NOT accept the second attempt of the OTP after the successful validation".
            if (CryptographicOperations.FixedTimeEquals(code, given) & factor >= firstGood) next = factor + 1;
        }

        CryptographicOperations.ZeroMemory(code);
        return next;
    }

    // spec: RFC 4226 §5.3
    private static void Code(ReadOnlySpan<byte> kept, long factor, Span<byte> code)
    {
        Span<byte> message = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(message, factor);
        Span<byte> mac = stackalloc byte[HMACSHA512.HashSizeInBytes];
        mac = mac[..CryptographicOperations.HmacData(HashOf((HashingAlgorithm)kept[2]), kept[HeaderSizeInBytes..], message, mac)];
        var number = BinaryPrimitives.ReadUInt32BigEndian(mac[(mac[^1] & 0xF)..]) & 0x7FFFFFFF;
        var modulus = 1u;
        foreach (var _ in code) modulus *= 10;
        Encoding.ASCII.GetBytes((number % modulus).ToString(CultureInfo.InvariantCulture).PadLeft(code.Length, '0'), code);
        CryptographicOperations.ZeroMemory(mac);
    }

    private static HashAlgorithmName HashOf(HashingAlgorithm digest) => digest switch
    {
        HashingAlgorithm.SHA1 => HashAlgorithmName.SHA1,
        HashingAlgorithm.SHA256 => HashAlgorithmName.SHA256,
        HashingAlgorithm.SHA512 => HashAlgorithmName.SHA512,
        _ => throw Invalid("An OTP Digest is SHA-1, SHA-256 or SHA-512."),
    };

    private static KeyreeveException Invalid(string what) => new(KeyreeveError.InvalidField, what);
}
