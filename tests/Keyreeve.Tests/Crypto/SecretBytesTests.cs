using System.Text.Json;
using System.Xml.Serialization;
using Keyreeve.Crypto;
using Keyreeve.Crypto.Memory;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class SecretBytesTests
{
    private static readonly byte[] Marker = "planted-marker-0123456789abcdef!"u8.ToArray();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(32)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(100_000)]
    public void CopyFrom_AnyLength_RevealsTheSameBytes(int lengthInBytes)
    {
        var bytes = new byte[lengthInBytes];
        Random.Shared.NextBytes(bytes);

        using var secret = SecretBytes.CopyFrom(bytes);
        using var lease = secret.Reveal();

        Assert.Equal(lengthInBytes, secret.LengthInBytes);
        Assert.True(lease.Span.SequenceEqual(bytes));
    }

    [Theory]
    [InlineData(32)]
    [InlineData(4096)]
    public unsafe void Dispose_SecretInASlab_IsZeroed(int lengthInBytes)
    {
        var arena = new LockedArena();
        using var neighbour = Marked(arena, lengthInBytes); // keeps the region mapped
        var secret = Marked(arena, lengthInBytes);
        byte* address;
        using (var lease = secret.Reveal())
        {
            fixed (byte* bytes = lease.Span)
                address = bytes;
        }

        Assert.NotEqual(-1, new ReadOnlySpan<byte>(address, lengthInBytes).IndexOf(Marker));
        secret.Dispose();

        Assert.Equal(-1, new ReadOnlySpan<byte>(address, lengthInBytes).IndexOfAnyExcept((byte)0));
        using var untouched = neighbour.Reveal();
        Assert.NotEqual(-1, untouched.Span.IndexOf(Marker));
    }

    [Fact]
    public unsafe void Dispose_WhileALeaseLives_WipesWhenTheLeaseEnds()
    {
        var arena = new LockedArena();
        using var neighbour = Marked(arena, 32);
        var secret = Marked(arena, 32);
        byte* address;
        using (var lease = secret.Reveal())
        {
            fixed (byte* bytes = lease.Span)
                address = bytes;
            var disposer = new Thread(secret.Dispose);
            disposer.Start();
            disposer.Join();

            Assert.True(lease.Span.SequenceEqual(Marker));
            Assert.Throws<ObjectDisposedException>(() => secret.Reveal().Dispose());
        }

        Assert.Equal(-1, new ReadOnlySpan<byte>(address, 32).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Dispose_ManyThreadsReading_NoReaderSeesWipedBytes()
    {
        var torn = 0;
        for (var round = 0; round < 40; round++)
        {
            var secret = SecretBytes.CopyFrom(Marker);
            var readers = Enumerable.Range(0, 2).Select(_ => new Thread(() => ReadUntilDisposed(secret, ref torn))).ToArray();
            Array.ForEach(readers, static r => r.Start());
            Thread.Yield();
            secret.Dispose();
            Array.ForEach(readers, static r => r.Join());
        }

        Assert.Equal(0, torn);
    }

    [Fact]
    public void Members_AfterDispose_ThrowObjectDisposed()
    {
        var secret = SecretBytes.Random(32);
        using var other = SecretBytes.Random(32);
        secret.Dispose();
        secret.Dispose();

        Assert.Throws<ObjectDisposedException>(() => secret.Reveal().Dispose());
        Assert.Throws<ObjectDisposedException>(secret.Clone);
        Assert.Throws<ObjectDisposedException>(() => other.Equals(secret));
        Assert.Throws<ObjectDisposedException>(() => secret.FixedTimeEquals(Marker));
        Assert.Equal(32, secret.LengthInBytes);
    }

    [Fact]
    [Trait("Attack", "52")]
    public void ToString_Always_TellsTheLengthOnly()
    {
        using var secret = SecretBytes.CopyFrom(Marker);

        Assert.Equal("SecretBytes(32 bytes)", secret.ToString());
        Assert.Equal("SecretBytes(32 bytes)", $"{secret}");
        using var sameLength = SecretBytes.Random(32);
        Assert.Equal(secret.GetHashCode(), sameLength.GetHashCode());
    }

    [Fact]
    [Trait("Attack", "52")]
    public void Serialize_Json_Throws()
    {
        using var secret = SecretBytes.CopyFrom(Marker);

        Assert.Throws<NotSupportedException>(() => JsonSerializer.Serialize(secret));
        Assert.Throws<NotSupportedException>(() => JsonSerializer.Serialize(new { Key = secret }));
        Assert.Throws<NotSupportedException>(() => JsonSerializer.Deserialize<SecretBytes>("{}"));
    }

    [Fact]
    [Trait("Attack", "52")]
    public void Serialize_Xml_Throws() =>
        Assert.Throws<InvalidOperationException>(() => new XmlSerializer(typeof(SecretBytes)));

    [Fact]
    public void Equals_SameBytes_True_OtherBytesOrLength_False()
    {
        using var secret = SecretBytes.CopyFrom(Marker);
        using var same = secret.Clone();
        using var shorter = SecretBytes.CopyFrom(Marker.AsSpan(1));
        using var other = SecretBytes.Random(Marker.Length);

        Assert.True(secret.Equals(same));
        Assert.True(secret.Equals((object)secret));
        Assert.False(secret.Equals(shorter));
        Assert.False(secret.Equals(other));
        Assert.False(secret.Equals(null));
    }

    [Fact]
    public void Clone_OriginalDisposed_KeepsItsBytes()
    {
        var secret = SecretBytes.CopyFrom(Marker);
        using var clone = secret.Clone();
        secret.Dispose();

        Assert.True(clone.FixedTimeEquals(Marker));
    }

    [Fact]
    public void Create_FillThrows_ReleasesTheMemoryAndPassesTheExceptionOn()
    {
        var arena = new LockedArena();

        Assert.Throws<InvalidTimeZoneException>(() =>
            SecretBytes.Create(arena, 32, 0, static (_, _) => throw new InvalidTimeZoneException()));

        Assert.Equal(0, arena.Usage.LiveSecrets);
    }

    [Fact]
    public void Create_NegativeLength_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SecretBytes.Random(-1));

    [Fact]
    public void Arena_ManySmallSecrets_SharesRegionsAndGivesThemBack()
    {
        var arena = new LockedArena();
        var secrets = Enumerable.Range(0, 20_000).Select(_ => Marked(arena, 32)).ToArray();
        var peak = arena.Usage;

        // 20,000 * 32 bytes are 640,000: ten regions of 64 KiB.
        Assert.Equal(10 * 65536, peak.LockedBytes + peak.UnlockedBytes);
        Assert.Equal(20_000, peak.LiveSecrets);
        foreach (var secret in secrets)
            secret.Dispose();

        var after = arena.Usage;
        Assert.Equal(65536, after.LockedBytes + after.UnlockedBytes);
        Assert.Equal(0, after.LiveSecrets);
    }

    [Fact]
    public void Arena_SlotsInUse_DoNotOverlap()
    {
        var arena = new LockedArena();
        var secrets = Enumerable.Range(0, 5000)
            .Select(i => SecretBytes.Create(arena, 16 + i % 48, i, static (bytes, value) => bytes.Fill(unchecked((byte)value))))
            .ToArray();
        for (var i = 0; i < secrets.Length; i += 3)
            secrets[i].Dispose();
        for (var i = 0; i < secrets.Length; i += 3)
            secrets[i] = SecretBytes.Create(arena, 16 + i % 48, i, static (bytes, value) => bytes.Fill(unchecked((byte)value)));

        for (var i = 0; i < secrets.Length; i++)
        {
            using var lease = secrets[i].Reveal();
            Assert.Equal(-1, lease.Span.IndexOfAnyExcept(unchecked((byte)i)));
        }
    }

    [Fact]
    public void Arena_LargeSecret_HasItsOwnRegionAndReleasesIt()
    {
        var arena = new LockedArena();
        var secret = SecretBytes.Create(arena, 10_000, 0, static (bytes, _) => bytes.Fill(1));

        Assert.Equal(12_288, arena.Usage.LockedBytes + arena.Usage.UnlockedBytes);
        secret.Dispose();

        Assert.Equal(0, arena.Usage.LockedBytes + arena.Usage.UnlockedBytes);
    }

    [Fact]
    public void Finalizer_ForgottenSecret_GivesItsSlotBack()
    {
        var arena = new LockedArena();
        Forget(arena);
        GC.Collect();
        GC.WaitForPendingFinalizers();

        Assert.Equal(0, arena.Usage.LiveSecrets);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Forget(LockedArena arena) => Assert.Equal(32, Marked(arena, 32).LengthInBytes);
    }

    [Fact]
    [Trait("Attack", "52")]
    public unsafe void Pages_OnLinux_AreLockedOutOfDumpsAndBetweenGuards()
    {
        var arena = new LockedArena();
        using var secret = Marked(arena, 5000);
        using var lease = secret.Reveal();
        nint address;
        fixed (byte* bytes = lease.Span)
            address = (nint)bytes;

        var mappings = File.ReadAllText("/proc/self/smaps").Split("VmFlags:");
        var own = Array.FindIndex(mappings, m => m.Contains($"{address:x}-", StringComparison.Ordinal));
        var flags = mappings[own + 1].Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);

        Assert.Contains("dd", flags, StringComparer.Ordinal);
        Assert.Contains("wf", flags, StringComparer.Ordinal);
        Assert.Equal(arena.Usage.UnlockedBytes == 0, flags.Contains("lo", StringComparer.Ordinal));
        Assert.Contains($"-{address:x} ---p", File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
        Assert.Contains($"{address + 8192:x}-", File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
    }

    private static SecretBytes Marked(LockedArena arena, int lengthInBytes) =>
        SecretBytes.Create(arena, lengthInBytes, 0, static (bytes, _) => Marker.CopyTo(bytes));

    private static void ReadUntilDisposed(SecretBytes secret, ref int torn)
    {
        try
        {
            while (true)
            {
                using var lease = secret.Reveal();
                if (!lease.Span.SequenceEqual(Marker))
                    Interlocked.Increment(ref torn);
            }
        }
        catch (ObjectDisposedException)
        {
            // The expected end of the loop.
        }
    }
}
