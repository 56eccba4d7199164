using System.Text.Json;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>Schema aead_test_schema_v1: AES-GCM, ChaCha20-Poly1305, XChaCha20-Poly1305, AES-CCM.</summary>
public sealed class AeadTests
{
    public static TheoryData<string> Files => WycheproofCatalog.FilesOf<AeadTests>();

    [Theory]
    [MemberData(nameof(Files))]
    public void File_EveryVector_AgreesWithFile(string file) =>
        WycheproofRunner.Run(file, (group, test) => file switch
        {
            "aes_gcm_test.json" => RunAeadKey(test, GcmOf(group.Number("keySize"))),
            "chacha20_poly1305_test.json" => RunAeadKey(test, AeadAlgorithm.ChaCha20Poly1305),
            "xchacha20_poly1305_test.json" => RunAeadKey(test, AeadAlgorithm.XChaCha20Poly1305),
            "aes_ccm_test.json" => RunCcm(test),
            _ => throw new NotSupportedException(file),
        });

    private static AeadAlgorithm GcmOf(int keySizeInBits) => keySizeInBits switch
    {
        128 => AeadAlgorithm.Aes128Gcm,
        192 => AeadAlgorithm.Aes192Gcm,
        256 => AeadAlgorithm.Aes256Gcm,
        _ => throw new NotSupportedException($"AES-{keySizeInBits}"),
    };

    private static Outcome RunAeadKey(JsonElement test, AeadAlgorithm algorithm)
    {
        Assert.SkipUnless(algorithm.IsAvailable, $"{algorithm} needs a library that is not installed");
        using var secret = test.Secret("key");
        using var key = new AeadKey(algorithm, secret);
        var (nonce, ad, ciphertext, tag) = (test.Hex("iv"), test.Hex("aad"), test.Hex("ct"), test.Hex("tag"));
        var plaintext = new byte[ciphertext.Length];
        if (!key.TryDecrypt(nonce, ciphertext, tag, ad, plaintext))
        {
            return plaintext.AsSpan().IndexOfAnyExcept((byte)0) < 0
                ? Outcome.Rejected
                : Outcome.Different("plaintext of a message that was refused");
        }

        var (againCiphertext, againTag) = (new byte[ciphertext.Length], new byte[tag.Length]);
        key.Encrypt(nonce, plaintext, ad, againCiphertext, againTag);
        return Compare(test, plaintext, againCiphertext, againTag);
    }

    private static Outcome RunCcm(JsonElement test)
    {
        using var key = test.Secret("key");
        var (nonce, ad, ciphertext, tag) = (test.Hex("iv"), test.Hex("aad"), test.Hex("ct"), test.Hex("tag"));
        var plaintext = new byte[ciphertext.Length];
        try
        {
            if (!AesCcmMode.TryDecrypt(key, nonce, ciphertext, tag, plaintext, ad))
                return Outcome.Rejected;
        }
        catch (ArgumentException)
        {
            // Sizes are the protocol's choice, and a wrong one is a fault of the caller.
            return Outcome.Rejected;
        }

        var (againCiphertext, againTag) = (new byte[ciphertext.Length], new byte[tag.Length]);
        AesCcmMode.Encrypt(key, nonce, plaintext, againCiphertext, againTag, ad);
        return Compare(test, plaintext, againCiphertext, againTag);
    }

    private static Outcome Compare(JsonElement test, byte[] plaintext, byte[] ciphertext, byte[] tag)
    {
        var outcomes = new[]
        {
            Outcome.Compare(test.Hex("msg"), plaintext, "the plaintext"),
            Outcome.Compare(test.Hex("ct"), ciphertext, "the ciphertext"),
            Outcome.Compare(test.Hex("tag"), tag, "the tag"),
        };
        return Array.Find(outcomes, o => o.Kind != OutcomeKind.Accepted) is { Kind: not OutcomeKind.None } different
            ? different
            : Outcome.Accepted;
    }
}
