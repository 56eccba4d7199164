using System.Security.Cryptography.X509Certificates;
using Keyreeve.Crypto;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>ML-DSA over KMIP 3.0 and what Query says of it, with a library that has it and without.</summary>
public sealed class PostQuantumTests(KmipDoor door) : IClassFixture<KmipDoor>, IDisposable
{
    private readonly X509Certificate2 _certificate = door.Enrol("post-quantum");

    public void Dispose() => _certificate.Dispose();

    [Fact]
    public async Task MlDsa_OverKmip_IsThereExactlyIfQuerySaysSo()
    {
        await using var client = door.Client(_certificate, new ProtocolVersion(3, 0));
        var isThere = PostQuantumAlgorithm.MlDsa65.IsAvailable();

        var query = await client.QueryAsync([QueryFunction.QueryServerInformation]);
        Assert.EndsWith(isThere ? "; ML-KEM offered, ML-DSA offered" : "; ML-KEM unavailable, ML-DSA unavailable", query.VendorIdentification, StringComparison.Ordinal);

        if (!isThere)
        {
            var refused = await Assert.ThrowsAsync<KmipException>(() => CreateAsync(client));
            Assert.Contains("OpenSSL 3.5", refused.Message, StringComparison.Ordinal);
            return;
        }

        var (privateKey, publicKey) = await CreateAsync(client);
        await client.ActivateAsync(privateKey);
        await client.ActivateAsync(publicKey);
        using var signed = await client.SignAsync(new() { UniqueIdentifier = privateKey, Data = DataReference.From("message"u8.ToArray()) });
        using var verified = await client.SignatureVerifyAsync(new()
        {
            UniqueIdentifier = publicKey, Data = DataReference.From("message"u8.ToArray()), SignatureData = signed.Payload.SignatureData,
        });
        Assert.Equal(ValidityIndicator.Valid, verified.Payload.ValidityIndicator);
    }

    private static Task<(UniqueIdentifier PrivateKey, UniqueIdentifier PublicKey)> CreateAsync(KmipClient client) => client.CreateKeyPairAsync(
        new AttributeList(KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.ML_DSA_65)),
        new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Sign)),
        new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Verify)));
}
