using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;

namespace Keyreeve.Integration.Identity;

/// <summary>An issuer of OpenID Connect tokens: right ones, and every kind of wrong one. Signed by hand, without the library that checks them.</summary>
internal sealed class TokenIssuerForTests : IDisposable
{
    public const string Audience = "keyreeve";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TokenIssuerForTests(string folder, string issuer = "https://login.example", string keyId = "1")
    {
        Issuer = issuer;
        KeyId = keyId;
        KeysFile = Path.Combine(folder, $"keys-{Guid.NewGuid():N}.json");
        WriteKeys(PublicJwk());
    }

    public string Issuer { get; }

    public string KeyId { get; }

    public string KeysFile { get; }

    /// <summary>The line of the configuration.</summary>
    public string Setting => $"{Issuer} audience={Audience} keys={KeysFile} algorithms=ES256";

    public void WriteKeys(params JsonObject[] keys) =>
        File.WriteAllText(KeysFile, new JsonObject { ["keys"] = new JsonArray([.. keys.Select(k => (JsonNode)k.DeepClone())]) }.ToJsonString());

    public JsonObject PublicJwk()
    {
        var q = _key.ExportParameters(false).Q;
        return new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["kid"] = KeyId, ["x"] = Url(q.X!), ["y"] = Url(q.Y!) };
    }

    public JsonObject PrivateJwk()
    {
        var jwk = PublicJwk();
        jwk["d"] = Url(_key.ExportParameters(true).D!);
        return jwk;
    }

    /// <summary>The claims of a good token.</summary>
    public JsonObject Claims(string subject, DateTimeOffset now) => new()
    {
        ["iss"] = Issuer, ["aud"] = Audience, ["sub"] = subject, ["iat"] = now.ToUnixTimeSeconds(), ["exp"] = now.AddMinutes(10).ToUnixTimeSeconds(),
    };

    public string Token(JsonObject claims, JsonObject? header = null)
    {
        var signed = Head(claims, header ?? new JsonObject { ["alg"] = "ES256", ["kid"] = KeyId, ["typ"] = "JWT" });
        return signed + "." + Url(_key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256));
    }

    /// <summary>A token that has no signature, as <c>alg: none</c> says.</summary>
    public static string Unsigned(JsonObject claims, string algorithm = "none") => Head(claims, new JsonObject { ["alg"] = algorithm }) + ".";

    /// <summary>A token whose signature is a MAC under what everybody has: the public key.</summary>
    public string SignedWithThePublicKey(JsonObject claims)
    {
        var signed = Head(claims, new JsonObject { ["alg"] = "HS256", ["kid"] = KeyId });
        return signed + "." + Url(HMACSHA256.HashData(Encoding.UTF8.GetBytes(_key.ExportSubjectPublicKeyInfoPem()), Encoding.ASCII.GetBytes(signed)));
    }

    public void Dispose() => _key.Dispose();

    private static string Head(JsonObject claims, JsonObject header) =>
        Url(Encoding.UTF8.GetBytes(header.ToJsonString())) + "." + Url(Encoding.UTF8.GetBytes(claims.ToJsonString()));

    private static string Url(byte[] bytes) => Base64UrlEncoder.Encode(bytes);
}
