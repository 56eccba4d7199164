using System.Security.Cryptography;
using System.Text.Json;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Fuzz.Envelopes;

/// <summary>
/// Mutated envelopes and contexts. The law: no exception but those a method names; what parses is written the same again;
/// what is not exactly what was written does not open.
/// </summary>
public sealed class EnvelopeFuzzTests(ITestOutputHelper output)
{
    private const int Rounds = 40_000;

    private static readonly EncryptionContext Context = EncryptionContext.Of(("tenant", "acme"), ("row", "42"), ("Straße", ""));

    [Theory]
    [Trait("Attack", "37")]
    [InlineData(1)]
    [InlineData(2)]
    public void Open_MutatedEnvelopes_HoldTheLaw(int seed)
    {
        var random = new Random(seed);
        var seeds = Seeds();
        Assert.NotEmpty(seeds);
        using var secret = SecretBytes.Random(32);
        using var key = new CommittingAead(secret);
        seeds.Add(EnvelopeWriter.WriteDirect(key, Guid.NewGuid(), Context, "text"u8));
        seeds.Add(EnvelopeWriter.WriteWrapped(key, new WrappedDataKey(Guid.NewGuid(), 1, new byte[112]), Context, "text"u8));
        var parsed = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var envelope = Mutate(random, seeds[random.Next(seeds.Count)], seeds[random.Next(seeds.Count)]);
            if (seeds.Any(s => s.AsSpan().SequenceEqual(envelope)))
                continue;
            if (EnvelopeHeader.TryParse(envelope, out var header))
            {
                parsed++;
                Assert.Equal(envelope[..header.LengthInBytes], Rewrite(header, envelope));
            }

            if (EnvelopeReader.TryGetPlaintextLength(envelope, out var length))
                Assert.InRange(length, 0, envelope.Length);
            if (EnvelopeReader.TryOpen(envelope, key, Context, new byte[envelope.Length], out _))
                Assert.True(seeds.Any(seed => DiffersInWrappedKeyAlone(envelope, seed)), Convert.ToHexString(envelope));
        }

        output.WriteLine($"{parsed} of {Rounds} parsed");
        Assert.InRange(parsed, Rounds / 100, Rounds);
    }

    [Theory]
    [Trait("Attack", "41")]
    [InlineData(1)]
    [InlineData(2)]
    public void Read_MutatedFiles_FailOrAreTheOriginal(int seed)
    {
        var random = new Random(seed);
        using var key = SecretBytes.Random(32);
        var plaintext = RandomNumberGenerator.GetBytes(40_000);
        var file = new MemoryStream();
        using (var encrypting = new ChunkedEncryptingStream(file, key, new WrappedDataKey(Guid.NewGuid(), 1, new byte[20]), Context))
        {
            encrypting.Write(plaintext);
            encrypting.Complete();
        }

        var original = file.ToArray();
        for (var round = 0; round < Rounds / 40; round++)
        {
            var mutated = Mutate(random, original, original);
            var opened = Read(key, mutated);
            Assert.True(
                opened is null || mutated.AsSpan().SequenceEqual(original) || DiffersInWrappedKeyAlone(mutated, original), Convert.ToHexString(mutated));
            if (opened is not null)
                Assert.Equal(plaintext, opened);
        }

        Assert.Equal(plaintext, Read(key, original));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void TryParse_MutatedContexts_HoldTheLaw(int seed)
    {
        var random = new Random(seed);
        byte[][] seeds = [Context.ToBytes(), EncryptionContext.Empty.ToBytes(), EncryptionContext.Of(("a", "é"), ("\U0001F511", "b")).ToBytes()];
        var parsed = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = Mutate(random, seeds[random.Next(seeds.Length)], seeds[random.Next(seeds.Length)]);
            if (!EncryptionContext.TryParse(bytes, out var context))
                continue;
            parsed++;
            Assert.Equal(bytes, context.ToBytes());
            Assert.Equal(context, EncryptionContext.Create(context.Pairs.Reverse()));
        }

        output.WriteLine($"{parsed} of {Rounds} parsed");
        Assert.InRange(parsed, Rounds / 200, Rounds);
    }

    /// <summary>From version 2 on, which key wrapped the data key, and how, is for whoever unwraps it to authenticate.</summary>
    private static bool DiffersInWrappedKeyAlone(byte[] envelope, byte[] original) =>
        EnvelopeHeader.TryParse(envelope, out var header) && EnvelopeHeader.TryParse(original, out var known) && header.CanReWrap
        && envelope.AsSpan(0, 4).SequenceEqual(original.AsSpan(0, 4))
        && envelope.AsSpan(header.LengthInBytes).SequenceEqual(original.AsSpan(known.LengthInBytes));

    private static byte[] Mutate(Random random, byte[] original, byte[] other)
    {
        var bytes = original.ToList();
        for (var count = random.Next(1, 4); count > 0; count--)
        {
            var at = random.Next(bytes.Count + 1);
            switch (random.Next(6))
            {
                case 0 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1 when at < bytes.Count:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2 when at < bytes.Count:
                    bytes.RemoveRange(at, random.Next(1, Math.Min(bytes.Count - at, 40) + 1));
                    break;
                case 3:
                    bytes.InsertRange(at, RandomNumberGenerator.GetBytes(random.Next(1, 20)));
                    break;
                case 4:
                    bytes = [.. bytes.Take(at), .. other.Skip(Math.Min(at, other.Length))];
                    break;
                default:
                    // Most of what parsing decides stands in the first bytes.
                    if (bytes.Count > 0)
                        bytes[random.Next(Math.Min(bytes.Count, 30))] = (byte)random.Next(4);
                    break;
            }
        }

        return [.. bytes];
    }

    private static byte[] Rewrite(EnvelopeHeader header, byte[] envelope)
    {
        var rewritten = new byte[header.LengthInBytes];
        if (header.Mode == EnvelopeMode.Direct)
        {
            EnvelopeHeader.WriteDirect(header.Suite, header.UniqueIdentifier, rewritten);
        }
        else
        {
            var wrapped = new WrappedDataKey(header.UniqueIdentifier, header.KeyVersion, header.WrappedKeyIn(envelope));
            EnvelopeHeader.WriteWithKey(header.Mode, header.Suite, wrapped, rewritten, header.Version);
        }

        return rewritten;
    }

    private static byte[]? Read(SecretBytes key, byte[] file)
    {
        var source = new MemoryStream(file);
        if (ChunkedEnvelopeHeader.Read(source) is not { } header)
            return null;
        using var decrypting = new ChunkedDecryptingStream(source, header, key, Context);
        var opened = new MemoryStream();
        try
        {
            decrypting.CopyTo(opened);
            return opened.ToArray();
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>The published examples, so that the fuzzer never runs on nothing.</summary>
    private static List<byte[]> Seeds()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Keyreeve.slnx")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests run from inside the repository.");
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.FullName, "docs", "formats", "envelope-vectors.json")));
        return [.. file.RootElement.GetProperty("tests").EnumerateArray()
            .Select(static t => Convert.FromHexString(t.GetProperty("envelope").GetString()!))
            .Where(static e => e.Length < 1000)];
    }
}
