using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>Schema c2sp_chunked_encryption_schema: whole messages, and the same as streams that can and cannot seek.</summary>
public sealed class ChunkedEncryptionTests
{
    public static TheoryData<string> Files => WycheproofCatalog.FilesOf<ChunkedEncryptionTests>();

    [Theory]
    [Trait("Attack", "41")]
    [MemberData(nameof(Files))]
    public void File_EveryVector_AgreesWithFile(string file) => WycheproofRunner.Run(file, Run);

    private static Outcome Run(JsonElement group, JsonElement test)
    {
        var algorithm = group.Text("aead") switch
        {
            "AEAD_AES_128_GCM" => AeadAlgorithm.Aes128Gcm,
            "AEAD_AES_256_GCM" => AeadAlgorithm.Aes256Gcm,
            var other => throw new NotSupportedException(other),
        };
        using var key = test.Secret("key");
        try
        {
            var whole = RunWhole(algorithm, key, test);
            var seekable = RunStream(algorithm, key, test, new MemoryStream(Inflate(test)));
            var forwardOnly = RunStream(algorithm, key, test, Inflating(test));
            return whole == seekable && seekable == forwardOnly
                ? whole
                : Outcome.Different($"whole {whole}, seekable {seekable}, forward only {forwardOnly}");
        }
        catch (ArgumentException)
        {
            return Outcome.Rejected; // the key has not the algorithm's size
        }
    }

    private static Outcome RunWhole(AeadAlgorithm algorithm, SecretBytes key, JsonElement test)
    {
        var message = Inflate(test);
        var plaintext = new byte[message.Length];
        return ChunkedEncryption.TryDecrypt(algorithm, key, test.Hex("ctx"), message, plaintext, out var written)
            ? Check(test, plaintext.AsSpan(0, written))
            : Outcome.Rejected;
    }

    private static Outcome RunStream(AeadAlgorithm algorithm, SecretBytes key, JsonElement test, Stream source)
    {
        using var stream = new ChunkedDecryptingStream(source, algorithm, key, test.Hex("ctx"), leaveOpen: false);
        using var plaintext = new MemoryStream();
        try
        {
            stream.CopyTo(plaintext);
        }
        catch (CryptographicException)
        {
            // Chunks that are right may have come out before the one that is wrong, and nothing else.
            var released = plaintext.ToArray();
            return released.Length == 0 || Check(test, released).Kind == OutcomeKind.Accepted
                ? Outcome.Rejected
                : Outcome.Different($"released {released.Length} bytes before it failed");
        }

        return Check(test, plaintext.ToArray());
    }

    private static Outcome Check(JsonElement test, ReadOnlySpan<byte> plaintext) =>
        test.TryGetProperty("msgLength", out var length) && plaintext.Length == length.GetInt32()
            ? Outcome.Compare(test.Hex("msgSha512"), SHA512.HashData(plaintext), "the plaintext's hash")
            : Outcome.Different($"{plaintext.Length} bytes of plaintext");

    // The messages stand in the file compressed.
    private static ZLibStream Inflating(JsonElement test) => new(new MemoryStream(test.Hex("ct")), CompressionMode.Decompress);

    private static byte[] Inflate(JsonElement test)
    {
        using var source = Inflating(test);
        using var inflated = new MemoryStream();
        source.CopyTo(inflated);
        return inflated.ToArray();
    }
}
