using System.Security.Cryptography;
using System.Text.Json;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Conformance.Envelopes;

/// <summary>docs/formats/envelope-vectors.json: what it says must open opens, what must not does not, and it can be made again.</summary>
public sealed class EnvelopeVectorTests
{
    private static readonly EnvelopeVector[] Vectors = EnvelopeVector.ReadAll();

    public static TheoryData<string> All => [.. Vectors.Select(static v => v.Name)];

    public static TheoryData<string> Valid => [.. Vectors.Where(static v => v.IsValid).Select(static v => v.Name)];

    [Fact]
    public void File_Always_HasVectorsOfEveryKind()
    {
        Assert.True(Vectors.Length >= 30);
        foreach (var mode in new byte[] { 1, 2, 3 })
        {
            Assert.Contains(Vectors, v => v.IsValid && v.Envelope[2] == mode);
            Assert.Contains(Vectors, v => !v.IsValid && v.Envelope[2] == mode);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Open_Vector_GivesWhatTheFileSays(string name)
    {
        var vector = Find(name);
        var plaintext = EnvelopeHeader.TryParse(vector.Envelope, out var header)
            ? header.Mode == EnvelopeMode.Chunked ? OpenChunked(vector) : OpenSmall(vector, header.Suite)
            : null;

        Assert.Equal(vector.IsValid, plaintext is not null);
        if (plaintext is null)
            return;
        Assert.Equal(vector.PlaintextLength, plaintext.Length);
        Assert.Equal(vector.PlaintextSha256, SHA256.HashData(plaintext));
        Assert.Equal(vector.CanonicalContext, vector.Context.ToBytes());
    }

    [Theory]
    [MemberData(nameof(Valid))]
    public void Write_WithTheVectorsSalt_GivesTheSameBytes(string name)
    {
        var vector = Find(name);
        Assert.True(EnvelopeHeader.TryParse(vector.Envelope, out var header));
        var headerBytes = vector.Envelope[..header.LengthInBytes];
        var plaintext = header.Mode == EnvelopeMode.Chunked ? OpenChunked(vector) : OpenSmall(vector, header.Suite);
        Assert.NotNull(plaintext);
        using var secret = SecretBytes.CopyFrom(vector.Key);

        // From version 2 on, the body is bound to what stays when the data key is wrapped anew.
        var bound = header.Version == 1 ? headerBytes : headerBytes[..4];
        Assert.Equal(vector.Envelope, header.Mode == EnvelopeMode.Chunked
            ? [.. headerBytes, .. WriteChunked(secret, [.. bound, .. vector.CanonicalContext], vector.Salt, plaintext)]
            : [.. headerBytes, .. WriteSmall(secret, header.Suite, bound, vector, plaintext)]);
    }

    [Fact]
    public void WrappedKey_OfTheVectorsWithKek_IsAnEnvelopeAroundTheKey()
    {
        var withKek = Vectors.Where(static v => v.Kek is not null).ToArray();
        Assert.NotEmpty(withKek);
        foreach (var vector in withKek)
        {
            Assert.True(EnvelopeHeader.TryParse(vector.Envelope, out var header));
            using var secret = SecretBytes.CopyFrom(vector.Kek);
            using var kek = new CommittingAead(secret);
            Assert.True(EnvelopeReader.TryOpenSecret(
                header.WrappedKeyIn(vector.Envelope), kek, EncryptionContext.Empty, out var dataKey));
            using (dataKey)
                Assert.True(dataKey.FixedTimeEquals(vector.Key));
        }
    }

    private static EnvelopeVector Find(string name) => Vectors.Single(v => v.Name.Equals(name, StringComparison.Ordinal));

    private static byte[]? OpenSmall(EnvelopeVector vector, EnvelopeSuite suite)
    {
        Assert.SkipUnless(
            suite != EnvelopeSuite.XChaCha20Poly1305 || AeadAlgorithm.XChaCha20Poly1305.IsAvailable, "libsodium is not installed");
        using var secret = SecretBytes.CopyFrom(vector.Key);
        using var key = new CommittingAead(secret, suite);
        var plaintext = new byte[vector.Envelope.Length];
        return EnvelopeReader.TryOpen(vector.Envelope, key, vector.Context, plaintext, out var written) ? plaintext[..written] : null;
    }

    private static byte[]? OpenChunked(EnvelopeVector vector)
    {
        var source = new MemoryStream(vector.Envelope);
        var header = ChunkedEnvelopeHeader.Read(source);
        Assert.NotNull(header);
        using var key = SecretBytes.CopyFrom(vector.Key);
        using var decrypting = new ChunkedDecryptingStream(source, header, key, vector.Context);
        var plaintext = new MemoryStream();
        try
        {
            decrypting.CopyTo(plaintext);
            return plaintext.ToArray();
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static byte[] WriteSmall(SecretBytes secret, EnvelopeSuite suite, byte[] header, EnvelopeVector vector, byte[] plaintext)
    {
        using var key = new CommittingAead(secret, suite);
        var body = new byte[plaintext.Length + CommittingAead.OverheadInBytes];
        key.SealWithSalt(vector.Salt, new AeadAssociatedData(header, vector.CanonicalContext), plaintext, body);
        return body;
    }

    private static byte[] WriteChunked(SecretBytes secret, byte[] context, byte[] salt, byte[] plaintext)
    {
        var prefix = new byte[ChunkedEncryption.PrefixSizeInBytes];
        salt.CopyTo(prefix, 0);
        using var message = ChunkedEncryption.StartWithSalt(AeadAlgorithm.Aes256Gcm, secret, context, prefix);
        var body = new MemoryStream();
        body.Write(prefix);
        for (var index = 0; index <= plaintext.Length / ChunkedEncryption.ChunkSizeInBytes; index++)
        {
            var rest = plaintext.AsSpan(index * ChunkedEncryption.ChunkSizeInBytes);
            var part = rest[..Math.Min(rest.Length, ChunkedEncryption.ChunkSizeInBytes)];
            var chunk = new byte[part.Length + 16];
            message.EncryptChunk(index, part, chunk);
            body.Write(chunk);
        }

        return body.ToArray();
    }

    private sealed class EnvelopeVector
    {
        public required string Name { get; init; }

        public required bool IsValid { get; init; }

        public required byte[] Envelope { get; init; }

        public required byte[] Key { get; init; }

        public required byte[]? Kek { get; init; }

        public required EncryptionContext Context { get; init; }

        public required byte[] CanonicalContext { get; init; }

        public required byte[] Salt { get; init; }

        public required int PlaintextLength { get; init; }

        public required byte[] PlaintextSha256 { get; init; }

        public static EnvelopeVector[] ReadAll()
        {
            using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(RepositoryRoot(), "docs", "formats", "envelope-vectors.json")));
            var vectors = file.RootElement.GetProperty("tests").EnumerateArray().Select(Read).ToArray();
            return vectors.Length == file.RootElement.GetProperty("numberOfTests").GetInt32()
                ? vectors
                : throw new InvalidDataException("The file of vectors does not have the number of tests it says.");
        }

        private static EnvelopeVector Read(JsonElement test)
        {
            var plaintext = Bytes(test, "plaintext");
            return new EnvelopeVector
            {
                Name = $"{test.GetProperty("id").GetInt32()}: {test.GetProperty("comment").GetString()}",
                IsValid = test.GetProperty("result").GetString() is "valid",
                Envelope = Bytes(test, "envelope")!,
                Key = Bytes(test, "key")!,
                Kek = Bytes(test, "kek"),
                Context = EncryptionContext.Create(test.GetProperty("context").EnumerateObject()
                    .Select(static p => KeyValuePair.Create(p.Name, p.Value.GetString()!))),
                CanonicalContext = Bytes(test, "canonicalContext") ?? [],
                Salt = Bytes(test, "salt") ?? [],
                PlaintextLength = plaintext?.Length ?? (test.TryGetProperty("plaintextLength", out var length) ? length.GetInt32() : 0),
                PlaintextSha256 = plaintext is null ? Bytes(test, "plaintextSha256") ?? [] : SHA256.HashData(plaintext),
            };
        }

        private static byte[]? Bytes(JsonElement test, string name) =>
            test.TryGetProperty(name, out var value) ? Convert.FromHexString(value.GetString()!) : null;

        private static string RepositoryRoot()
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "Keyreeve.slnx")))
                    return folder.FullName;
            }

            throw new DirectoryNotFoundException("The tests run from inside the repository.");
        }
    }
}
