using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Client.IdentityModel;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

// JSON Web Tokens, signed by a key that stays in a KMIP server. Usage: HOST PORT CERTIFICATE.pem KEY.pem AUTHORITY.pem
using var certificate = X509Certificate2.CreateFromPemFile(args[2], args[3]);
using var authority = X509CertificateLoader.LoadCertificateFromFile(args[4]);
await using var client = new KmipClient(new KmipClientOptions
{
    Host = args[0],
    Port = int.Parse(args[1], CultureInfo.InvariantCulture),
    Tls = new()
    {
        ClientCertificates = [certificate],
        CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { authority }, RevocationMode = X509RevocationMode.NoCheck },
    },
});

// Made once; their Unique Identifiers stand in the configuration from then on.
var (privateKey, publicKey) = await client.CreateKeyPairAsync(
    new AttributeList(KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.RSA), KmipAttribute.CryptographicLength(2048)),
    new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Sign)),
    new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Verify)));
await client.ActivateAsync(privateKey);

using var signing = await KmipSigningKey.OpenAsync(client, privateKey, publicKey);
var tokens = new JsonWebTokenHandler();
string token = tokens.CreateToken(new SecurityTokenDescriptor
{
    Issuer = "https://shop.example",
    Audience = "orders",
    SigningCredentials = signing.CredentialsFor(SecurityAlgorithms.RsaSsaPssSha256),
});

var valid = await tokens.ValidateTokenAsync(token, new TokenValidationParameters
{
    ValidIssuer = "https://shop.example", ValidAudience = "orders", IssuerSigningKey = signing.VerificationKey,
});
Console.WriteLine($"valid: {valid.IsValid}, by {signing}");
