using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>DSA, X9.31, DES and PCBC: computed in interop groups, refused with the mode's name in others.</summary>
[SuppressMessage("Security", "CA5351", Justification = "DSA is what is compared.")]
public sealed class KmipOldCipherTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    private static readonly byte[] Message = "a message of 29 bytes in all."u8.ToArray();

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task CreateKeyPair_Dsa_SignsAndIsGivenInItsFormats()
    {
        using var old = door.Enrol("old-dsa", KmipDoor.InteropGroup);
        await using var client = door.Client(old);
        var common = new AttributeList(KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.DSA), KmipAttribute.CryptographicLength(1024));
        var (privateKey, publicKey) = await client.CreateKeyPairAsync(
            common, new AttributeList(Mask(CryptographicUsageMask.Sign)), new AttributeList(Mask(CryptographicUsageMask.Verify)));
        await client.ActivateAsync(privateKey);
        await client.ActivateAsync(publicKey);
        var parameters = new CryptographicParameters { DigitalSignatureAlgorithm = DigitalSignatureAlgorithm.DSAWithSHA256 };
        using var signed = await client.SignAsync(new SignRequest { UniqueIdentifier = privateKey, CryptographicParameters = parameters, Data = DataReference.From(Message) });

        using var encoded = await client.GetAsync(new GetRequest { UniqueIdentifier = publicKey, KeyFormatType = KeyFormatType.X_509 });
        using var reference = DSA.Create();
        reference.ImportSubjectPublicKeyInfo(encoded.Payload.Object.KeyBlock.KeyValue!.Value.KeyMaterial.AsBytes().Span, out _);
        Assert.True(reference.VerifyData(Message, signed.Payload.SignatureData!.Value.ToArray(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

        // spec: KMIP 2.1 §4.26, Table 81: the default is the transparent format.
        using var transparent = await client.GetAsync(new GetRequest { UniqueIdentifier = privateKey });
        Assert.Equal(KeyFormatType.TransparentDSAPrivateKey, transparent.Payload.Object.KeyBlock.KeyFormatType);
        var copy = await client.RegisterAsync(transparent.Payload.Object, new AttributeList(Mask(CryptographicUsageMask.Sign)));
        await client.ActivateAsync(copy);
        using var again = await client.SignAsync(new SignRequest { UniqueIdentifier = copy, CryptographicParameters = parameters, Data = DataReference.From(Message) });
        using var verified = await client.SignatureVerifyAsync(new SignatureVerifyRequest
        {
            UniqueIdentifier = publicKey, CryptographicParameters = parameters, Data = DataReference.From(Message), SignatureData = again.Payload.SignatureData,
        });
        Assert.Equal(ValidityIndicator.Valid, verified.Payload.ValidityIndicator);

        using var strict = door.Enrol("strict-dsa");
        await using var refused = door.Client(strict);
        await AssertNamesModeAsync(() => refused.CreateKeyPairAsync(common, AttributeList.Empty, AttributeList.Empty));
        await AssertNamesModeAsync(() => refused.RegisterAsync(transparent.Payload.Object, new AttributeList(Mask(CryptographicUsageMask.Sign))));
    }

    [Theory]
    [InlineData(2048, 160)]
    [InlineData(1536, 160)]
    public async Task CreateKeyPair_DsaOfLengthsThatThereAreNot_IsRefused(int length, int divisor)
    {
        using var old = door.Enrol($"old-dsa-{length}", KmipDoor.InteropGroup);
        await using var client = door.Client(old);
        var common = new AttributeList(
            KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.DSA),
            KmipAttribute.CryptographicLength(length),
            new KmipAttribute(Tag.CryptographicDomainParameters, KmipValue.Structure((Tag.Qlength, KmipValue.Integer(divisor)))));
        var refusal = await Assert.ThrowsAsync<KmipException>(() => client.CreateKeyPairAsync(common, AttributeList.Empty, AttributeList.Empty));
        Assert.Equal(ResultReason.InvalidAttributeValue, refusal.ResultReason);
    }

    [Fact]
    public async Task Sign_X931_IsVerifiedAndRefusedInStrictGroups()
    {
        using var rsa = RSA.Create(2048);
        var parameters = new CryptographicParameters { PaddingMethod = PaddingMethod.X9_31, HashingAlgorithm = HashingAlgorithm.SHA_256 };
        using var old = door.Enrol("old-x931", KmipDoor.InteropGroup);
        await using var client = door.Client(old);
        var id = await SigningKeyAsync(client, rsa);
        using var signed = await client.SignAsync(new SignRequest { UniqueIdentifier = id, CryptographicParameters = parameters, Data = DataReference.From(Message) });
        using var verified = await client.SignatureVerifyAsync(new SignatureVerifyRequest
        {
            UniqueIdentifier = id, CryptographicParameters = parameters, Data = DataReference.From(Message), SignatureData = signed.Payload.SignatureData,
        });
        Assert.Equal(ValidityIndicator.Valid, verified.Payload.ValidityIndicator);

        using var strict = door.Enrol("strict-x931");
        await using var refused = door.Client(strict);
        var strictId = await SigningKeyAsync(refused, rsa);
        await AssertNamesModeAsync(() => refused.SignAsync(new SignRequest { UniqueIdentifier = strictId, CryptographicParameters = parameters, Data = DataReference.From(Message) }));
    }

    [Theory]
    [InlineData(CryptographicAlgorithm.AES, 128, 16, BlockCipherMode.PCBC, PaddingMethod.PKCS5)]
    [InlineData(CryptographicAlgorithm.AES, 256, 32, BlockCipherMode.PCBC, PaddingMethod.ANSIX9_23)]
    [InlineData(CryptographicAlgorithm.Camellia, 128, 16, BlockCipherMode.PCBC, PaddingMethod.PKCS5)]
    [InlineData(CryptographicAlgorithm.DES3, 192, 24, BlockCipherMode.PCBC, PaddingMethod.PKCS5)]
    [InlineData(CryptographicAlgorithm.DES, 64, 8, BlockCipherMode.PCBC, PaddingMethod.ISO10126)]
    [InlineData(CryptographicAlgorithm.DES, 64, 8, BlockCipherMode.CBC, PaddingMethod.PKCS5)]
    [InlineData(CryptographicAlgorithm.DES, 64, 8, BlockCipherMode.ECB, PaddingMethod.PKCS5)]
    [InlineData(CryptographicAlgorithm.DES, 64, 8, BlockCipherMode.CFB, PaddingMethod.None)]
    public async Task Encrypt_OldCipher_IsDecryptedInInteropGroupsAlone(CryptographicAlgorithm algorithm, int length, int bytes, BlockCipherMode mode, PaddingMethod padding)
    {
        using var old = door.Enrol($"old-{algorithm}-{mode}-{padding}", KmipDoor.InteropGroup);
        await using var client = door.Client(old);
        var id = await CipherKeyAsync(client, algorithm, length, RandomNumberGenerator.GetBytes(bytes));
        var parameters = new CryptographicParameters { BlockCipherMode = mode, PaddingMethod = padding };
        using var encrypted = await client.EncryptAsync(new EncryptRequest { UniqueIdentifier = id, CryptographicParameters = parameters, Data = DataReference.From(Message) });
        using var decrypted = await client.DecryptAsync(new DecryptRequest
        {
            UniqueIdentifier = id,
            CryptographicParameters = parameters,
            Data = DataReference.From(encrypted.Payload.Data!.Value),
            IVCounterNonce = encrypted.Payload.IVCounterNonce,
        });
        Assert.Equal(Message, decrypted.Payload.Data!.Value.ToArray());
    }

    [Fact]
    public async Task Encrypt_Des_IsThatOfTheStandard()
    {
        using var old = door.Enrol("old-des", KmipDoor.InteropGroup);
        await using var client = door.Client(old);
        // FIPS 81, Appendix B, Table B1.
        var id = await CipherKeyAsync(client, CryptographicAlgorithm.DES, 64, Convert.FromHexString("0123456789ABCDEF"));
        using var encrypted = await client.EncryptAsync(new EncryptRequest
        {
            UniqueIdentifier = id,
            CryptographicParameters = new CryptographicParameters { BlockCipherMode = BlockCipherMode.ECB },
            Data = DataReference.From("Now is the time for all "u8.ToArray()),
        });
        Assert.Equal("3FA40E8A984D48156A271787AB8883F9893D51EC4B563B53", Convert.ToHexString(encrypted.Payload.Data!.Value.Span));
    }

    [Fact]
    public async Task Encrypt_PcbcInAStrictGroup_NamesTheMode()
    {
        using var strict = door.Enrol("strict-pcbc");
        await using var client = door.Client(strict);
        var id = await CipherKeyAsync(client, CryptographicAlgorithm.AES, 128, RandomNumberGenerator.GetBytes(16));
        var parameters = new CryptographicParameters { BlockCipherMode = BlockCipherMode.PCBC, PaddingMethod = PaddingMethod.PKCS5 };
        await AssertNamesModeAsync(() => client.EncryptAsync(new EncryptRequest { UniqueIdentifier = id, CryptographicParameters = parameters, Data = DataReference.From(Message) }));
    }

    private static KmipAttribute Mask(CryptographicUsageMask mask) => KmipAttribute.CryptographicUsageMask(mask);

    private static async Task<UniqueIdentifier> SigningKeyAsync(KmipClient client, RSA rsa)
    {
        var id = await client.RegisterAsync(KmipObjects.RsaPrivate(rsa), new AttributeList(Mask(CryptographicUsageMask.Sign | CryptographicUsageMask.Verify)));
        await client.ActivateAsync(id);
        return id;
    }

    private static async Task<UniqueIdentifier> CipherKeyAsync(KmipClient client, CryptographicAlgorithm algorithm, int lengthInBits, byte[] key)
    {
        var block = new KeyBlock
        {
            KeyFormatType = KeyFormatType.Raw, KeyValue = KeyValue.FromBytes(key), CryptographicAlgorithm = algorithm, CryptographicLength = lengthInBits,
        };
        var id = await client.RegisterAsync(
            ManagedObject.FromKey(ObjectType.SymmetricKey, block), new AttributeList(Mask(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt)));
        await client.ActivateAsync(id);
        return id;
    }

    private static async Task AssertNamesModeAsync<TResult>(Func<Task<TResult>> operation)
    {
        var refusal = await Assert.ThrowsAsync<KmipException>(operation);
        Assert.Contains("interop", refusal.ResultMessage!, StringComparison.Ordinal);
    }
}
