using System.Collections.Immutable;
using System.Security.Cryptography;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>What our client does with any server; run against ours, and against one that we did not write.</summary>
public abstract class KmipClientContract
{
    private static readonly CryptographicParameters Cbc = new()
    {
        CryptographicAlgorithm = CryptographicAlgorithm.AES, BlockCipherMode = BlockCipherMode.CBC, PaddingMethod = PaddingMethod.PKCS5,
    };

    public static TheoryData<string> Versions => ["1.0", "1.1", "1.2", "1.3", "1.4", "2.0"];

    /// <summary>How to reach the server; skips the test where it cannot run.</summary>
    protected abstract KmipClientOptions Options { get; }

    /// <summary>The newest version that both speak.</summary>
    protected abstract ProtocolVersion Newest { get; }

    /// <summary>Whether the server takes Cryptographic Parameters as an attribute.</summary>
    protected virtual bool KeepsCryptographicParameters => true;

    /// <summary>Whether the server deletes an attribute by its value, as KMIP 2.x does.</summary>
    protected virtual bool DeletesByValue => true;

    [Fact]
    public async Task GetVersion_SeveralInCommon_IsTheNewest()
    {
        await using var client = new KmipClient(Options);
        Assert.Equal(Newest, await client.GetVersionAsync());
        var spoken = await client.DiscoverVersionsAsync([ProtocolVersion.Kmip12, ProtocolVersion.Kmip10]);
        Assert.Equal([ProtocolVersion.Kmip12, ProtocolVersion.Kmip10], spoken);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Client_LifeOfAKey_GoesThrough(string version)
    {
        await using var client = Client(version);
        var query = await client.QueryAsync([QueryFunction.QueryOperations, QueryFunction.QueryServerInformation]);
        Assert.Contains(Operation.Create, query.Operations);

        var name = Unique("life");
        var key = await CreateAsync(client, CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt, KmipAttribute.Name(name));
        Assert.Equal([key], await client.LocateAsync(new AttributeList(KmipAttribute.Name(name))));
        using (var got = await client.GetAsync(key))
        {
            Assert.Equal(ObjectType.SymmetricKey, got.Payload.ObjectType);
            Assert.Equal(32, got.Payload.Object.KeyBlock.KeyValue!.Value.KeyMaterial.AsBytes().Length);
        }

        var attributes = await client.GetAttributesAsync(key, [Tag.State, Tag.CryptographicLength]);
        Assert.Equal(State.PreActive, attributes.Find(Tag.State)!.Value.AsEnumeration<State>());
        Assert.Equal(256, attributes.Find(Tag.CryptographicLength)!.Value.AsInteger());
        Assert.Contains((AttributeReference)Tag.CryptographicAlgorithm, await client.GetAttributeListAsync(key));

        await client.ActivateAsync(key);
        if (!version.StartsWith("1.0", StringComparison.Ordinal) && !version.StartsWith("1.1", StringComparison.Ordinal)) await EncryptAsync(client, key);
        await client.RevokeAsync(key, new RevocationReason { RevocationReasonCode = RevocationReasonCode.CessationOfOperation });
        await client.DestroyAsync(key);
        Assert.Empty(await client.LocateAsync(new AttributeList(KmipAttribute.Name(name), KmipAttribute.State(State.Active))));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Register_EveryKindOfObject_ComesBackAsItWas(string version)
    {
        await using var client = Client(version);
        foreach (var (given, mask) in KmipObjects.All())
        {
            AttributeList attributes = mask is null
                ? new(KmipAttribute.Name(Unique($"{given.ObjectType}")))
                : new(KmipAttribute.Name(Unique($"{given.ObjectType}")), KmipAttribute.CryptographicUsageMask(mask.Value));
            var identifier = await client.RegisterAsync(given, attributes);
            using var got = await client.GetAsync(identifier);
            Assert.Equal((identifier, given.ObjectType), (got.Payload.UniqueIdentifier, got.Payload.ObjectType));
            KmipObjects.AssertEqual(given, got.Payload.Object);
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Attributes_Changed_AreWhatTheyWereChangedTo(string version)
    {
        await using var client = Client(version);
        var (first, second) = (KmipAttribute.Name(Unique("first")), KmipAttribute.Name(Unique("second")));
        var key = await CreateAsync(client, CryptographicUsageMask.Encrypt, first);
        if (version.StartsWith('1'))
        {
            await client.ModifyAttributeAsync(key, second with { Index = 0 });
        }
        else
        {
            await client.ModifyAttributeAsync(key, second, first);
            await client.SetAttributeAsync(key, KmipAttribute.Sensitive(true));
            Assert.True((await client.GetAttributesAsync(key, [Tag.Sensitive])).Find(Tag.Sensitive)!.Value.AsBoolean());
        }

        Assert.Equal(second.Value, (await client.GetAttributesAsync(key, [Tag.Name])).Find(Tag.Name));
        Assert.Empty(await client.LocateAsync(new AttributeList(first)));
        Assert.Equal([key], await client.LocateAsync(new AttributeList(second)));
        if (version.StartsWith('2') && !DeletesByValue) return;
        using (await client.DeleteAttributeAsync(new DeleteAttributeRequest
        {
            UniqueIdentifier = key,
            AttributeReference = version.StartsWith('1') ? Tag.Name : null,
            AttributeIndex = version.StartsWith('1') ? 0 : null,
            CurrentAttribute = version.StartsWith('1') ? null : second,
        }))
        {
            // Of interest is what Locate finds now.
        }

        Assert.Empty(await client.LocateAsync(new AttributeList(second)));
    }

    [Fact]
    public async Task Get_WithAWrappingKey_ReturnsTheKeyWrappedUnderIt()
    {
        await using var client = Client("1.2");
        byte[] kek = RandomNumberGenerator.GetBytes(32), secret = RandomNumberGenerator.GetBytes(16);
        var how = new CryptographicParameters { BlockCipherMode = BlockCipherMode.NISTKeyWrap };
        ImmutableArray<KmipAttribute> attributes = [KmipAttribute.Name(Unique("kek")), KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.WrapKey)];
        if (KeepsCryptographicParameters) attributes = attributes.Add(KmipAttribute.CryptographicParameters(how));
        var wrapping = await client.RegisterAsync(KmipObjects.Aes(kek), new AttributeList(attributes));
        await client.ActivateAsync(wrapping);
        var key = await client.RegisterAsync(KmipObjects.Aes(secret), new AttributeList(
            KmipAttribute.Name(Unique("wrapped")), KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt)));

        using var got = await client.GetAsync(new GetRequest
        {
            UniqueIdentifier = key,
            KeyWrappingSpecification = new KeyWrappingSpecification
            {
                WrappingMethod = WrappingMethod.Encrypt,
                EncryptionKeyInformation = new WrappingKey { UniqueIdentifier = wrapping, CryptographicParameters = how },
                EncodingOption = EncodingOption.NoEncoding,
            },
        });
        Assert.Equal(WrappingMethod.Encrypt, got.Payload.Object.KeyBlock.KeyWrappingData!.WrappingMethod);
        var value = got.Payload.Object.KeyBlock.KeyValue!.Value;
        var wrapped = value.Wrapped ?? value.KeyMaterial.AsBytes();
        Assert.Equal(24, wrapped.Length);
        Assert.True(wrapped.Span.IndexOf(secret.AsSpan(0, 8)) < 0);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task DeriveKey_FromAPassword_IsWhatPbkdf2Gives(string version)
    {
        await using var client = Client(version);
        var (password, salt) = ("open sesame"u8.ToArray(), RandomNumberGenerator.GetBytes(16));
        var secret = await client.RegisterAsync(KmipObjects.Password(password), new AttributeList(
            KmipAttribute.Name(Unique("password")), KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.DeriveKey)));
        await client.ActivateAsync(secret);
        using var derived = await client.DeriveKeyAsync(new()
        {
            ObjectType = ObjectType.SymmetricKey,
            UniqueIdentifiers = [secret],
            DerivationMethod = DerivationMethod.PBKDF2,
            DerivationParameters = new() { CryptographicParameters = new CryptographicParameters { HashingAlgorithm = HashingAlgorithm.SHA_256 }, Salt = salt, IterationCount = 10_000 },
            Attributes = Aes256(CryptographicUsageMask.Encrypt, KmipAttribute.Name(Unique("derived"))),
        });
        using var got = await client.GetAsync(derived.Payload.UniqueIdentifier);
        Assert.Equal(Rfc2898DeriveBytes.Pbkdf2(password, salt, 10_000, HashAlgorithmName.SHA256, 32), got.Payload.Object.KeyBlock.KeyValue!.Value.KeyMaterial.AsBytes().ToArray());
    }

    [Theory]
    [InlineData("1.2")]
    [InlineData("1.4")]
    [InlineData("2.0")]
    public async Task Mac_And_Sign_GiveWhatOthersCompute(string version)
    {
        await using var client = Client(version);
        byte[] secret = RandomNumberGenerator.GetBytes(32), data = "message"u8.ToArray();
        var macKey = await client.RegisterAsync(KmipObjects.Hmac(secret), new AttributeList(
            KmipAttribute.Name(Unique("mac")), KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.MACGenerate)));
        await client.ActivateAsync(macKey);
        using var mac = await client.MACAsync(new()
        {
            UniqueIdentifier = macKey, CryptographicParameters = new CryptographicParameters { CryptographicAlgorithm = CryptographicAlgorithm.HMAC_SHA256 }, Data = DataReference.From(data),
        });
        Assert.Equal(HMACSHA256.HashData(secret, data), mac.Payload.MACData!.Value.ToArray());

        using var pair = RSA.Create(2048);
        var signing = await client.RegisterAsync(KmipObjects.RsaPrivate(pair), new AttributeList(
            KmipAttribute.Name(Unique("sign")), KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Sign)));
        await client.ActivateAsync(signing);
        var pkcs1 = new CryptographicParameters { DigitalSignatureAlgorithm = DigitalSignatureAlgorithm.SHA_256WithRSAEncryption, PaddingMethod = PaddingMethod.PKCS1V1_5 };
        using var signed = await client.SignAsync(new() { UniqueIdentifier = signing, CryptographicParameters = pkcs1, Data = DataReference.From(data) });
        Assert.True(pair.VerifyData(data, signed.Payload.SignatureData!.Value.Span, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task SendBatch_OperationsOnWhatTheFirstMakes_AllSucceed(string version)
    {
        await using var client = Client(version);
        var batch = new KmipBatch();
        var create = batch.Add(new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Aes256(CryptographicUsageMask.Encrypt, KmipAttribute.Name(Unique("batch"))) });
        var list = batch.Add(new GetAttributeListRequest());
        var get = batch.Add(new GetRequest());
        using (var response = await client.SendAsync(batch))
        {
            Assert.Equal(response.Get(create).UniqueIdentifier, response.Get(list).UniqueIdentifier);
            Assert.Equal(response.Get(create).UniqueIdentifier, response.Get(get).UniqueIdentifier);
        }

        var failing = new KmipBatch { BatchErrorContinuationOption = BatchErrorContinuationOption.Stop };
        var absent = failing.Add(new GetRequest { UniqueIdentifier = UniqueIdentifier.From(Unique("absent")) });
        var never = failing.Add(new QueryRequest { QueryFunctions = [QueryFunction.QueryOperations] });
        using var stopped = await client.SendAsync(failing);
        Assert.Equal(Operation.Get, Assert.Throws<KmipException>(() => stopped.Get(absent)).Operation);
        Assert.Throws<KmipException>(() => stopped.Get(never));
    }

    [Fact]
    public async Task Send_ManyAtOnceAndSomeCancelled_EachGetsItsOwnAnswer()
    {
        await using var client = new KmipClient(Options with { Versions = [ProtocolVersion.Kmip14], MaximumConnections = 3 });
        var keys = new List<(UniqueIdentifier Key, byte[] Secret)>();
        for (var i = 0; i < 4; i++)
        {
            var secret = RandomNumberGenerator.GetBytes(16);
            keys.Add((await client.RegisterAsync(KmipObjects.Aes(secret), new AttributeList(
                KmipAttribute.Name(Unique("many")), KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt))), secret));
        }

        var cancelled = 0;
        await Task.WhenAll(Enumerable.Range(0, 60).Select(async i =>
        {
            var (key, secret) = keys[i % keys.Count];
            // Every third is given up at some point between the handshake and the answer.
            using var giveUp = new CancellationTokenSource();
            if (i % 3 == 0) giveUp.CancelAfter(TimeSpan.FromMilliseconds(i));
            try
            {
                using var got = await client.GetAsync(key, cancellationToken: giveUp.Token);
                Assert.Equal(secret, got.Payload.Object.KeyBlock.KeyValue!.Value.KeyMaterial.AsBytes().ToArray());
            }
            catch (OperationCanceledException) when (i % 3 == 0)
            {
                Interlocked.Increment(ref cancelled);
            }
        }));
        Assert.InRange(cancelled, 1, 20);
        foreach (var (key, secret) in keys)
        {
            using var got = await client.GetAsync(key);
            Assert.Equal(secret, got.Payload.Object.KeyBlock.KeyValue!.Value.KeyMaterial.AsBytes().ToArray());
        }
    }

    [Fact]
    public async Task Send_WhatTheServerRefuses_ThrowsItsReason()
    {
        await using var client = new KmipClient(Options);
        var thrown = await Assert.ThrowsAsync<KmipException>(() => client.ActivateAsync(UniqueIdentifier.From(Unique("absent"))));
        Assert.Equal((Operation.Activate, ResultStatus.OperationFailed), (thrown.Operation, thrown.ResultStatus));
        Assert.Contains(thrown.ResultReason!.Value, new[] { ResultReason.ItemNotFound, ResultReason.ObjectNotFound });
        Assert.StartsWith("Activate: OperationFailed: ", thrown.Message, StringComparison.Ordinal);
    }

    protected static string Unique(string name) => $"{name}-{Guid.NewGuid():n}";

    private KmipClient Client(string version) => new(Options with { Versions = [new(version[0] - '0', version[2] - '0')] });

    private static Task<UniqueIdentifier> CreateAsync(KmipClient client, CryptographicUsageMask mask, KmipAttribute name) =>
        client.CreateAsync(ObjectType.SymmetricKey, Aes256(mask, name));

    private static AttributeList Aes256(CryptographicUsageMask mask, KmipAttribute name) => new(
        KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES), KmipAttribute.CryptographicLength(256), KmipAttribute.CryptographicUsageMask(mask), name);

    private static async Task EncryptAsync(KmipClient client, UniqueIdentifier key)
    {
        var plaintext = "sixteen bytes and some more"u8.ToArray();
        var iv = RandomNumberGenerator.GetBytes(16);
        using var encrypted = await client.EncryptAsync(new EncryptRequest
        {
            UniqueIdentifier = key, CryptographicParameters = Cbc, Data = DataReference.From(plaintext), IVCounterNonce = iv,
        });
        using var decrypted = await client.DecryptAsync(new DecryptRequest
        {
            UniqueIdentifier = key, CryptographicParameters = Cbc, Data = DataReference.From(encrypted.Payload.Data!.Value), IVCounterNonce = iv,
        });
        Assert.Equal(plaintext, decrypted.Payload.Data!.Value.ToArray());
    }
}
