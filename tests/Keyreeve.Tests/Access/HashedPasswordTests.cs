using System.Buffers.Binary;
using System.Security.Cryptography;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Access;

public sealed class HashedPasswordTests
{
    private const long Time = 1_700_000_000_000_000;

    private static readonly byte[] First = SHA256.HashData("FredSesame"u8);
    private static readonly byte[] Second = SHA256.HashData("SesameFred"u8);

    // spec: KMIP 2.1 §9.11 "Hashed Password = Hash(S1 || Timestamp) || S2"; §8.5 "Hash(Timestamp || S1 || Hash(S2))"
    [Fact]
    public void Verify_AsTheStandardHasIt_IsRightAndProvesTheServer()
    {
        using var kept = Keep();
        Assert.True(Verify(kept, HashingAlgorithm.SHA256, Time, Proof(Time), out var server));
        Assert.Equal(SHA256.HashData([.. Bytes(Time), .. First, .. SHA256.HashData(Second)]), server);
    }

    [Fact]
    [Trait("Attack", "25")]
    public void Verify_AnythingElse_IsWrong()
    {
        using var kept = Keep();
        var proof = Proof(Time);
        Assert.False(Verify(kept, HashingAlgorithm.SHA256, Time + 1, proof, out _));
        Assert.False(Verify(kept, HashingAlgorithm.SHA512, Time, proof, out _));
        Assert.False(Verify(kept, HashingAlgorithm.SHA256, Time, proof[..^1], out _));
        Assert.False(Verify(kept, HashingAlgorithm.SHA256, Time, [.. proof, 0], out _));
        for (var i = 0; i < proof.Length; i++)
        {
            proof[i] ^= 1;
            Assert.False(Verify(kept, HashingAlgorithm.SHA256, Time, proof, out _));
            proof[i] ^= 1;
        }
    }

    [Fact]
    public void Verify_ForNobody_IsWrong() => Assert.False(HashedPassword.Verify([], HashingAlgorithm.SHA256, Time, Proof(Time), out _));

    [Fact]
    public void Keep_DoesNotHoldWhatProvesTheClient()
    {
        using var kept = Keep();
        using var lease = kept.Reveal();
        Assert.Equal(-1, lease.Span.IndexOf(Second));
    }

    [Theory]
    [InlineData(HashingAlgorithm.SHA1, 20)]
    [InlineData(HashingAlgorithm.MD5, 16)]
    [InlineData(HashingAlgorithm.SHA256, 20)]
    public void Keep_WeakHashOrWrongLength_IsRefused(HashingAlgorithm algorithm, int length) => Assert.Throws<KeyreeveException>(
        () => HashedPassword.Keep(new() { HashingAlgorithm = algorithm, HashedUsernamePassword = new byte[length], HashedPasswordUsername = new byte[length] }));

    private static SecretBytes Keep() => HashedPassword.Keep(
        new() { HashingAlgorithm = HashingAlgorithm.SHA256, HashedUsernamePassword = First, HashedPasswordUsername = Second });

    private static bool Verify(SecretBytes kept, HashingAlgorithm algorithm, long time, byte[] given, out byte[] server)
    {
        using var lease = kept.Reveal();
        return HashedPassword.Verify(lease.Span, algorithm, time, given, out server);
    }

    private static byte[] Proof(long time) => [.. SHA256.HashData([.. First, .. Bytes(time)]), .. Second];

    private static byte[] Bytes(long time)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, time);
        return bytes;
    }
}
