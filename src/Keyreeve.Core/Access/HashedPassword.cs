using System.Buffers.Binary;
using System.Security.Cryptography;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Access;

/// <summary>What a client hands over so that it can prove later, by a hash, that it knows its password. Stays the caller's.</summary>
// A class: a record's generated ToString would print the hashes.
public sealed class HashedPasswordSecret
{
    /// <summary>The hash function.</summary>
    public required HashingAlgorithm HashingAlgorithm { get; init; }

    /// <summary>Hash(Username ‖ Password).</summary>
    public required ReadOnlyMemory<byte> HashedUsernamePassword { get; init; }

    /// <summary>Hash(Password ‖ Username).</summary>
    public required ReadOnlyMemory<byte> HashedPasswordUsername { get; init; }
}

/// <summary>
/// Hashed passwords. Of the two hashes that prove the client, S1 is kept, and of S2 only its hash, so that what is kept does not serve
/// to speak for the client; both are wrapped like a key on top of that.
/// </summary>
/// <remarks><c>form(1) ‖ Hashing Algorithm(1) ‖ S1 ‖ Hash(S2)</c></remarks>
// spec: KMIP 2.1 §9.11 "Hashed Password = Hash(S1 || Timestamp) || S2 Where S1 = Hash(Username || Password) S2 = Hash(Password || Username)"
internal static class HashedPassword
{
    private const byte Form = 2;
    private const int HeaderSizeInBytes = 2;

    // For somebody who does not exist, so that it takes as long.
    private static readonly byte[] Nobodys = [Form, (byte)HashingAlgorithm.SHA256, .. RandomNumberGenerator.GetBytes(64)];

    /// <summary>What to keep; the caller disposes of it.</summary>
    /// <exception cref="KeyreeveException">The hashes do not fit, or the hash function is too weak.</exception>
    public static SecretBytes Keep(HashedPasswordSecret secret)
    {
        var digest = Of(secret.HashingAlgorithm);
        var size = digest.DigestSizeInBytes();
        if (secret.HashedUsernamePassword.Length != size || secret.HashedPasswordUsername.Length != size)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"Both hashes of a Hashed Password Credential have {size} bytes with {secret.HashingAlgorithm}.");
        return SecretBytes.Create(HeaderSizeInBytes + (2 * size), (secret, digest), static (kept, from) =>
        {
            kept[0] = Form;
            kept[1] = (byte)from.secret.HashingAlgorithm;
            from.secret.HashedUsernamePassword.Span.CopyTo(kept[HeaderSizeInBytes..]);
            StreamingDigest.Compute(from.digest, from.secret.HashedPasswordUsername.Span).CopyTo(kept[(HeaderSizeInBytes + from.secret.HashedUsernamePassword.Length)..]);
        });
    }

    /// <summary>Whether a hash proves the password at a time; takes as long whether or not.</summary>
    /// <param name="kept">What is kept; empty for somebody who does not exist.</param>
    /// <param name="algorithm">The hash function of the client.</param>
    /// <param name="timestamp">The client's time, in microseconds since 1970.</param>
    /// <param name="given">What the client sent.</param>
    /// <param name="serverHash">The server's own proof, if it is right.</param>
    public static bool Verify(ReadOnlySpan<byte> kept, HashingAlgorithm algorithm, long timestamp, ReadOnlySpan<byte> given, out byte[] serverHash)
    {
        var isSomebodys = !kept.IsEmpty;
        if (!isSomebodys) kept = Nobodys;
        if (kept[0] != Form) throw new KeyreeveException(KeyreeveError.IntegrityFailure, "A stored hashed password has a form that is not known.");
        var digest = Of((HashingAlgorithm)kept[1]);
        var size = digest.DigestSizeInBytes();
        var first = kept.Slice(HeaderSizeInBytes, size);
        var secondHash = kept.Slice(HeaderSizeInBytes + size, size);

        // As it stands in the message: eight bytes, the highest first.
        Span<byte> time = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(time, timestamp);
        var hasForm = algorithm == (HashingAlgorithm)kept[1] && given.Length == 2 * size;
        if (!hasForm) given = new byte[2 * size];
        var expected = Hash(digest, first, time);
        var second = StreamingDigest.Compute(digest, given[size..]);
        var isFirst = CryptographicOperations.FixedTimeEquals(expected, given[..size]);
        var isSecond = CryptographicOperations.FixedTimeEquals(second, secondHash);
        // spec: KMIP 2.1 §8.5 Server Hashed Password: "Hash(Timestamp || S1 || Hash(S2))"
        serverHash = Hash(digest, time, kept[HeaderSizeInBytes..]);
        return isSomebodys & hasForm & isFirst & isSecond;
    }

    // A fast hash stands between what is kept and the password, so that it is at least one that is not broken.
    private static DigestAlgorithm Of(HashingAlgorithm algorithm) => algorithm is HashingAlgorithm.SHA256 or HashingAlgorithm.SHA384 or HashingAlgorithm.SHA512
        or HashingAlgorithm.SHA3256 or HashingAlgorithm.SHA3384 or HashingAlgorithm.SHA3512
        ? Digests.Of(algorithm)
        : throw new KeyreeveException(KeyreeveError.CryptographicParametersNotSupported, "Passwords are hashed by SHA-256, SHA-384, SHA-512 or SHA-3 of those lengths.");

    private static byte[] Hash(DigestAlgorithm digest, ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        using var hash = new StreamingDigest(digest);
        hash.Update(one);
        hash.Update(other);
        return hash.Final();
    }
}
