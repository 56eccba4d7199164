using System.Security.Cryptography;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>Cryptography over KMIP: what the wire adds to the operations, and what strict groups refuse.</summary>
public sealed class KmipCryptographyTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    private static readonly byte[] Message = RandomNumberGenerator.GetBytes(1000);

    [Fact]
    public async Task Batch_DataOfAnEarlierItem_IsWhatItGave()
    {
        using var certificate = door.Enrol("references");
        await using var client = door.Client(certificate);
        var batch = new KmipBatch();
        var random = batch.Add(new RNGRetrieveRequest { DataLength = 40 });
        var hash = batch.Add(new HashRequest { CryptographicParameters = Sha256, Data = DataReference.From(DataEnumeration.RNGRetrieve) });
        var again = batch.Add(new HashRequest { CryptographicParameters = Sha256, Data = DataReference.From(DataEnumeration.Hash) });
        using var response = await client.SendAsync(batch);

        var digest = SHA256.HashData(response.Get(random).Data!.Value.Span);
        Assert.Equal(digest, response.Get(hash).Data!.Value.ToArray());
        Assert.Equal(SHA256.HashData(digest), response.Get(again).Data!.Value.ToArray());
    }

    // spec: KMIP 2.1 §8.3 Ephemeral "the Data output of the operation should not be returned to the client"
    [Theory]
    [InlineData(2, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 0)]
    public async Task Batch_DataThatIsEphemeral_IsForLaterItemsAlone(int major, int minor)
    {
        using var certificate = door.Enrol("ephemeral");
        await using var client = door.Client(certificate, new ProtocolVersion(major, minor));
        var id = await client.CreateAsync(ObjectType.SymmetricKey, Attributes(CryptographicAlgorithm.AES, 256, CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt));
        await client.ActivateAsync(id);
        using var encrypted = await client.EncryptAsync(new EncryptRequest { UniqueIdentifier = id, Data = DataReference.From(Message) });
        var batch = new KmipBatch();
        var decrypted = batch.Add(new DecryptRequest
        {
            UniqueIdentifier = id,
            Data = DataReference.From(encrypted.Payload.Data!.Value),
            IVCounterNonce = encrypted.Payload.IVCounterNonce,
            AuthenticatedEncryptionTag = encrypted.Payload.AuthenticatedEncryptionTag,
        }, isEphemeral: true);
        var hash = batch.Add(new HashRequest { CryptographicParameters = Sha256, Data = DataReference.From(DataEnumeration.Decrypt) });
        var random = batch.Add(new RNGRetrieveRequest { DataLength = 16 }, isEphemeral: true);
        using var response = await client.SendAsync(batch);

        Assert.Null(response.Get(decrypted).Data);
        Assert.Null(response.Get(random).Data);
        Assert.Equal(SHA256.HashData(Message), response.Get(hash).Data!.Value.ToArray());
    }

    [Fact]
    public async Task Batch_OfMuchEphemeralData_IsLimitedAsIfItWereReturned()
    {
        using var certificate = door.Enrol("much-ephemeral");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        var batch = new KmipBatch { BatchErrorContinuationOption = BatchErrorContinuationOption.Continue };
        List<KmipBatchItem<RNGRetrieveResponse>> items = [];
        for (var i = 0; i < 300; i++) items.Add(batch.Add(new RNGRetrieveRequest { DataLength = 1 << 16 }, isEphemeral: true));
        using var response = await client.SendAsync(batch);
        Assert.Null(response.Get(items[0]).Data);
        Assert.Equal(ResultReason.ServerLimitExceeded, Assert.Throws<KmipException>(() => response.Get(items[^1])).ResultReason);
    }

    [Fact]
    public async Task Hash_DataThatNoItemGave_IsRefused()
    {
        using var certificate = door.Enrol("no-reference");
        await using var client = door.Client(certificate);
        var refusal = await Assert.ThrowsAsync<KmipException>(() => client.HashAsync(new HashRequest
        {
            CryptographicParameters = Sha256, Data = DataReference.From(DataEnumeration.Decrypt),
        }));

        Assert.Equal(ResultReason.InvalidField, refusal.ResultReason);
    }

    [Fact]
    public async Task Encrypt_InParts_IsOneMessageOverSeveralConnections()
    {
        using var certificate = door.Enrol("parts");
        await using var client = door.Client(certificate);
        await using var elsewhere = door.Client(certificate);
        var id = await client.CreateAsync(ObjectType.SymmetricKey, Attributes(CryptographicAlgorithm.AES, 256, CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt));
        await client.ActivateAsync(id);

        using var first = await client.EncryptAsync(new EncryptRequest { UniqueIdentifier = id, Data = DataReference.From(Message.AsMemory(0, 300)), InitIndicator = true });
        using var last = await elsewhere.EncryptAsync(new EncryptRequest
        {
            UniqueIdentifier = id, Data = DataReference.From(Message.AsMemory(300)), CorrelationValue = first.Payload.CorrelationValue!.Value.ToArray(), FinalIndicator = true,
        });
        byte[] ciphertext = [.. first.Payload.Data!.Value.Span, .. last.Payload.Data!.Value.Span];
        using var opened = await client.DecryptAsync(new DecryptRequest
        {
            UniqueIdentifier = id,
            Data = DataReference.From(ciphertext),
            IVCounterNonce = first.Payload.IVCounterNonce,
            AuthenticatedEncryptionTag = last.Payload.AuthenticatedEncryptionTag,
        });

        Assert.Null(last.Payload.CorrelationValue);
        Assert.Equal(Message, opened.Payload.Data!.Value.ToArray());
        var refusal = await Assert.ThrowsAsync<KmipException>(() => client.EncryptAsync(new EncryptRequest
        {
            UniqueIdentifier = id, CorrelationValue = first.Payload.CorrelationValue!.Value.ToArray(), FinalIndicator = true,
        }));
        Assert.Equal(ResultReason.InvalidCorrelationValue, refusal.ResultReason);
    }

    [Fact]
    [Trait("Attack", "45")]
    public async Task Decrypt_Pkcs1Padding_IsNotTriedInAStrictGroup()
    {
        using var certificate = door.Enrol("pkcs1-strict");
        await using var client = door.Client(certificate);
        var (privateKey, publicKey) = await CreateRsaAsync(client, CryptographicUsageMask.Decrypt, CryptographicUsageMask.Encrypt);
        var pkcs1 = new CryptographicParameters { PaddingMethod = PaddingMethod.PKCS1V1_5 };

        var encryption = await Assert.ThrowsAsync<KmipException>(() => client.EncryptAsync(new EncryptRequest
        {
            UniqueIdentifier = publicKey, CryptographicParameters = pkcs1, Data = DataReference.From(new byte[16]),
        }));
        Assert.Equal(ResultReason.PermissionDenied, encryption.ResultReason);
        foreach (var ciphertext in new[] { new byte[256], new byte[16], RandomNumberGenerator.GetBytes(256) })
        {
            var refusal = await Assert.ThrowsAsync<KmipException>(() => client.DecryptAsync(new DecryptRequest
            {
                UniqueIdentifier = privateKey, CryptographicParameters = pkcs1, Data = DataReference.From(ciphertext),
            }));
            Assert.Equal(ResultReason.PermissionDenied, refusal.ResultReason);
            Assert.Contains("strict", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Sign_OverSha1InAStrictGroup_IsRefused()
    {
        using var certificate = door.Enrol("sha1-strict");
        await using var client = door.Client(certificate);
        var (privateKey, publicKey) = await CreateRsaAsync(client, CryptographicUsageMask.Sign, CryptographicUsageMask.Verify);
        SignRequest Request(HashingAlgorithm hash) => new()
        {
            UniqueIdentifier = privateKey,
            CryptographicParameters = new() { PaddingMethod = PaddingMethod.PSS, HashingAlgorithm = hash },
            Data = DataReference.From(Message),
        };

        var refusal = await Assert.ThrowsAsync<KmipException>(() => client.SignAsync(Request(HashingAlgorithm.SHA_1)));
        using var signed = await client.SignAsync(Request(HashingAlgorithm.SHA_256));
        using var verified = await client.SignatureVerifyAsync(new SignatureVerifyRequest
        {
            UniqueIdentifier = publicKey,
            CryptographicParameters = Request(HashingAlgorithm.SHA_256).CryptographicParameters,
            Data = DataReference.From(Message),
            SignatureData = signed.Payload.SignatureData,
        });

        Assert.Equal(ResultReason.PermissionDenied, refusal.ResultReason);
        Assert.Equal(ValidityIndicator.Valid, verified.Payload.ValidityIndicator);
    }

    [Fact]
    [Trait("Attack", "43")]
    public async Task SignatureVerify_EcdsaSignatureWrittenOtherwise_IsInvalid()
    {
        using var certificate = door.Enrol("ecdsa-forms");
        await using var client = door.Client(certificate);
        var (privateKey, publicKey) = await CreatePairAsync(client, CryptographicAlgorithm.ECDSA, 256, CryptographicUsageMask.Sign, CryptographicUsageMask.Verify);
        using var signed = await client.SignAsync(new SignRequest { UniqueIdentifier = privateKey, CryptographicParameters = Sha256, Data = DataReference.From(Message) });
        var signature = signed.Payload.SignatureData!.Value.ToArray();
        async Task<ValidityIndicator?> VerifyAsync(byte[] written)
        {
            using var verified = await client.SignatureVerifyAsync(new SignatureVerifyRequest
            {
                UniqueIdentifier = publicKey, CryptographicParameters = Sha256, Data = DataReference.From(Message), SignatureData = written,
            });
            return verified.Payload.ValidityIndicator;
        }

        Assert.Equal(ValidityIndicator.Valid, await VerifyAsync(signature));
        // A length in the long form where the short one does, and a byte behind the end: other texts of the same numbers.
        Assert.Equal(ValidityIndicator.Invalid, await VerifyAsync([0x30, 0x81, signature[1], .. signature.AsSpan(2)]));
        Assert.Equal(ValidityIndicator.Invalid, await VerifyAsync([.. signature, 0]));
    }

    [Fact]
    [Trait("Attack", "44")]
    public async Task Encrypt_UseLimitReached_IsRefused()
    {
        using var certificate = door.Enrol("use-limit");
        await using var client = door.Client(certificate);
        var id = await client.CreateAsync(ObjectType.SymmetricKey, new AttributeList([
            .. Attributes(CryptographicAlgorithm.AES, 256, CryptographicUsageMask.Encrypt),
            new(Tag.UsageLimits, KmipValue.Structure(
                new KmipField(Tag.UsageLimitsTotal, KmipValue.LongInteger(2)), new KmipField(Tag.UsageLimitsCount, KmipValue.LongInteger(2)),
                new KmipField(Tag.UsageLimitsUnit, KmipValue.Enumeration(UsageLimitsUnit.Object)))),
        ]));
        await client.ActivateAsync(id);
        async Task EncryptAsync()
        {
            using var encrypted = await client.EncryptAsync(new EncryptRequest { UniqueIdentifier = id, Data = DataReference.From(Message) });
        }

        await EncryptAsync();
        await EncryptAsync();
        var refusal = await Assert.ThrowsAsync<KmipException>(EncryptAsync);

        Assert.Equal(ResultReason.PermissionDenied, refusal.ResultReason);
    }

    private static CryptographicParameters Sha256 => new() { HashingAlgorithm = HashingAlgorithm.SHA_256 };

    private static AttributeList Attributes(CryptographicAlgorithm algorithm, int length, CryptographicUsageMask usage) => new(
        new(Tag.CryptographicAlgorithm, KmipValue.Enumeration(algorithm)),
        new(Tag.CryptographicLength, KmipValue.Integer(length)),
        new(Tag.CryptographicUsageMask, KmipValue.Integer((int)usage)));

    private static Task<(UniqueIdentifier Private, UniqueIdentifier Public)> CreateRsaAsync(
        KmipClient client, CryptographicUsageMask ofPrivate, CryptographicUsageMask ofPublic) =>
        CreatePairAsync(client, CryptographicAlgorithm.RSA, 2048, ofPrivate, ofPublic);

    private static async Task<(UniqueIdentifier Private, UniqueIdentifier Public)> CreatePairAsync(
        KmipClient client, CryptographicAlgorithm algorithm, int length, CryptographicUsageMask ofPrivate, CryptographicUsageMask ofPublic)
    {
        using var pair = await client.CreateKeyPairAsync(new CreateKeyPairRequest
        {
            CommonAttributes = new(
                new(Tag.CryptographicAlgorithm, KmipValue.Enumeration(algorithm)),
                new(Tag.CryptographicLength, KmipValue.Integer(length)),
                new(Tag.ActivationDate, KmipValue.DateTime(DateTimeOffset.UtcNow.AddMinutes(-1)))),
            PrivateKeyAttributes = new(new KmipAttribute(Tag.CryptographicUsageMask, KmipValue.Integer((int)ofPrivate))),
            PublicKeyAttributes = new(new KmipAttribute(Tag.CryptographicUsageMask, KmipValue.Integer((int)ofPublic))),
        });
        return (UniqueIdentifier.From(pair.Payload.PrivateKeyUniqueIdentifier.ToString()), UniqueIdentifier.From(pair.Payload.PublicKeyUniqueIdentifier.ToString()));
    }
}
