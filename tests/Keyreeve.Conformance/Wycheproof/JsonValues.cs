using System.Text.Json;
using Keyreeve.Crypto;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>Reads the values of a vector in the form the code under test takes.</summary>
internal static class JsonValues
{
    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static int Number(this JsonElement element, string name) => element.GetProperty(name).GetInt32();

    public static byte[] Hex(this JsonElement element, string name) => Convert.FromHexString(element.Text(name));

    /// <summary>Test keys are public, but they take the way that real ones take.</summary>
    public static SecretBytes Secret(this JsonElement element, string name) => SecretBytes.CopyFrom(element.Hex(name));

    public static DigestAlgorithm Digest(this JsonElement element, string name) => element.Text(name) switch
    {
        "SHA-1" => DigestAlgorithm.Sha1,
        "SHA-224" => DigestAlgorithm.Sha224,
        "SHA-256" => DigestAlgorithm.Sha256,
        "SHA-384" => DigestAlgorithm.Sha384,
        "SHA-512" => DigestAlgorithm.Sha512,
        "SHA-512/224" => DigestAlgorithm.Sha512_224,
        "SHA-512/256" => DigestAlgorithm.Sha512_256,
        "SHA3-256" => DigestAlgorithm.Sha3_256,
        "SHA3-512" => DigestAlgorithm.Sha3_512,
        var other => throw new NotSupportedException($"digest {other}"),
    };
}
