using System.Buffers.Text;
using System.Text.Json;
using Keyreeve.Crypto;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>Reads the encodings of keys that the product leaves to its front doors: PEM and JWK.</summary>
internal static class WycheproofKeys
{
    /// <summary>The DER in a PEM block; refused as a bad key when there is no block of that label.</summary>
    public static byte[] FromPem(string pem, string label)
    {
        if (!System.Security.Cryptography.PemEncoding.TryFind(pem, out var fields) || !pem[fields.Label].Equals(label, StringComparison.Ordinal))
            throw new InvalidKeyException($"no PEM block {label}");
        return Convert.FromBase64String(pem[fields.Base64Data]);
    }

    /// <summary>A member of a JWK, base64url; refused as a bad key when it is absent.</summary>
    public static byte[] JwkBytes(JsonElement jwk, string name) =>
        jwk.TryGetProperty(name, out var value)
            ? Base64Url.DecodeFromChars(value.GetString()!)
            : throw new InvalidKeyException($"a JWK without {name}");

    /// <summary>Refuses a JWK of another type or curve.</summary>
    public static void RequireJwk(JsonElement jwk, string type, string curve)
    {
        if (!jwk.TryGetProperty("kty", out var kty) || !type.Equals(kty.GetString(), StringComparison.Ordinal))
            throw new InvalidKeyException($"a JWK that is not {type}");
        if (!jwk.TryGetProperty("crv", out var crv) || !curve.Equals(crv.GetString(), StringComparison.Ordinal))
            throw new InvalidKeyException($"a JWK that is not {curve}");
    }

    /// <summary>Numbers in the vectors are two's complement: a zero byte may stand in front.</summary>
    public static SecretBytes Scalar(byte[] number, int sizeInBytes) =>
        SecretBytes.CopyFrom(number.Length > sizeInBytes ? number.AsSpan().TrimStart((byte)0) : number);
}
