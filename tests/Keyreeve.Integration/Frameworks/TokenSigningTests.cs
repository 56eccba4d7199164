using Keyreeve.Client.IdentityModel;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Payloads;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace Keyreeve.Integration.Frameworks;

/// <summary>Tokens signed by a server, whose private keys never leave it.</summary>
public sealed class TokenSigningTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Theory]
    [InlineData(SecurityAlgorithms.RsaSha256)]
    [InlineData(SecurityAlgorithms.RsaSha384)]
    [InlineData(SecurityAlgorithms.RsaSha512)]
    [InlineData(SecurityAlgorithms.RsaSsaPssSha256)]
    [InlineData(SecurityAlgorithms.RsaSsaPssSha384)]
    [InlineData(SecurityAlgorithms.RsaSsaPssSha512)]
    [InlineData(SecurityAlgorithms.EcdsaSha256)]
    public async Task CreateToken_SignedByTheServer_IsVerifiedByThePublicKeyAlone(string algorithm)
    {
        await using var client = new KmipClient(ClientOptions());
        using var key = await OpenAsync(client, algorithm.StartsWith('E') ? CryptographicAlgorithm.ECDSA : CryptographicAlgorithm.RSA);
        var tokens = new JsonWebTokenHandler();

        var token = tokens.CreateToken(new SecurityTokenDescriptor { Issuer = "shop", Audience = "orders", SigningCredentials = key.CredentialsFor(algorithm) });

        var parameters = new TokenValidationParameters { ValidIssuer = "shop", ValidAudience = "orders", IssuerSigningKey = PublicKeyOf(key), ValidAlgorithms = [algorithm] };
        var valid = await tokens.ValidateTokenAsync(token, parameters);
        Assert.True(valid.IsValid, valid.Exception?.ToString());
        Assert.Equal(key.KeyId, ((JsonWebToken)valid.SecurityToken).Kid);
        Assert.True((await tokens.ValidateTokenAsync(token, new TokenValidationParameters { ValidIssuer = "shop", ValidAudience = "orders", IssuerSigningKey = key })).IsValid);
        var parts = token.Split('.');
        var altered = $"{parts[0]}.{Base64UrlEncoder.Encode("{\"iss\":\"shop\",\"aud\":\"orders\",\"exp\":9999999999}")}.{parts[2]}";
        Assert.False((await tokens.ValidateTokenAsync(altered, parameters)).IsValid);
    }

    [Fact]
    public async Task CredentialsFor_AlgorithmOfAnotherKey_IsRefused()
    {
        await using var client = new KmipClient(ClientOptions());
        using var key = await OpenAsync(client, CryptographicAlgorithm.RSA);

        Assert.Throws<NotSupportedException>(() => key.CredentialsFor(SecurityAlgorithms.EcdsaSha256));
        Assert.Throws<NotSupportedException>(() => key.CredentialsFor(SecurityAlgorithms.HmacSha256));
        Assert.DoesNotContain("BEGIN", key.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateToken_KeyRevokedServerGoneOrAnothersKey_GivesNoTokenThatHolds()
    {
        await using var client = new KmipClient(ClientOptions());
        var pair = await CreateAsync(client, CryptographicAlgorithm.ECDSA);
        using var key = await KmipSigningKey.OpenAsync(client, pair.PrivateKey, pair.PublicKey);
        using var another = await OpenAsync(client, CryptographicAlgorithm.ECDSA);
        var tokens = new JsonWebTokenHandler();
        var wanted = new SecurityTokenDescriptor { Issuer = "shop", Audience = "orders", SigningCredentials = key.CredentialsFor(SecurityAlgorithms.EcdsaSha256) };
        var token = tokens.CreateToken(wanted);
        var foreign = new TokenValidationParameters { ValidIssuer = "shop", ValidAudience = "orders", IssuerSigningKey = another.VerificationKey, TryAllIssuerSigningKeys = true };
        Assert.False((await tokens.ValidateTokenAsync(token, foreign)).IsValid);

        await client.RevokeAsync(pair.PrivateKey, new RevocationReason { RevocationReasonCode = RevocationReasonCode.KeyCompromise });
        Assert.Throws<KmipException>(() => tokens.CreateToken(wanted));
        await client.DisposeAsync();
        wanted.SigningCredentials = another.CredentialsFor(SecurityAlgorithms.EcdsaSha256);
        Assert.ThrowsAny<Exception>(() => tokens.CreateToken(wanted));
    }

    private static async Task<KmipSigningKey> OpenAsync(KmipClient client, CryptographicAlgorithm algorithm)
    {
        var (privateKey, publicKey) = await CreateAsync(client, algorithm);
        return await KmipSigningKey.OpenAsync(client, privateKey, publicKey);
    }

    private static async Task<(UniqueIdentifier PrivateKey, UniqueIdentifier PublicKey)> CreateAsync(KmipClient client, CryptographicAlgorithm algorithm)
    {
        var common = algorithm == CryptographicAlgorithm.RSA
            ? new AttributeList(KmipAttribute.CryptographicAlgorithm(algorithm), KmipAttribute.CryptographicLength(2048))
            : new AttributeList(KmipAttribute.CryptographicAlgorithm(algorithm), KmipAttribute.CryptographicDomainParameters(RecommendedCurve.P_256));
        var (privateKey, publicKey) = await client.CreateKeyPairAsync(
            common,
            new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Sign)),
            new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Verify)));
        await client.ActivateAsync(privateKey);
        await client.ActivateAsync(publicKey);
        return (privateKey, publicKey);
    }

    // Through a JWK, as another program gets it.
    private static JsonWebKey PublicKeyOf(KmipSigningKey key)
    {
        var published = JsonWebKeyConverter.ConvertFromSecurityKey(key.VerificationKey);
        Assert.False(published.HasPrivateKey);
        return published;
    }

    private KmipClientOptions ClientOptions() => new()
    {
        Host = "localhost",
        Port = server.KmipEndPoint.Port,
        Tls = new()
        {
            ClientCertificates = [server.App.Certificate],
            CertificateChainPolicy = new()
            {
                TrustMode = System.Security.Cryptography.X509Certificates.X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { server.Authority },
                RevocationMode = System.Security.Cryptography.X509Certificates.X509RevocationMode.NoCheck,
            },
        },
    };
}
