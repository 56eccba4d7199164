using System.Security.Cryptography;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Core.Tokens;
using Keyreeve.Crypto;
using Keyreeve.Integration.Operations;
using Xunit;
using Attributes = Keyreeve.Integration.Operations.Attributes;

namespace Keyreeve.Integration.Hsm;

/// <summary>Keys that live in a token: used like any other, and never anywhere else.</summary>
[Collection(SoftHsmTests.Name)]
public sealed class HsmKeyTests(SoftHsm softHsm) : IAsyncLifetime
{
    private const CryptographicUsageMask Wrapping = CryptographicUsageMask.WrapKey | CryptographicUsageMask.UnwrapKey;

    private static readonly byte[] Message = RandomNumberGenerator.GetBytes(1000);

    private TokenEngine _token = null!;

    private EngineFixture Core => _token.Core;

    public async ValueTask InitializeAsync() => _token = await TokenEngine.OpenAsync(softHsm);

    public ValueTask DisposeAsync() => _token.DisposeAsync();

    public static TheoryData<BlockCipherMode, PaddingMethod> Ciphers => new()
    {
        { BlockCipherMode.NotSet, PaddingMethod.NotSet },
        { BlockCipherMode.GCM, PaddingMethod.NotSet },
        { BlockCipherMode.CBC, PaddingMethod.PKCS5 },
    };

    [Theory]
    [MemberData(nameof(Ciphers))]
    public async Task Encrypt_KeyInTheToken_OpensThereAndNowhereElse(BlockCipherMode mode, PaddingMethod padding)
    {
        var id = await _token.CreateAsync(Attributes.Aes());
        var parameters = Attributes.Parameters(mode, padding);

        var encrypted = await Core.RunAsync(new EncryptOperation(), new EncryptRequest { Id = id, CryptographicParameters = parameters, Data = Message });
        var request = new DecryptRequest
        {
            Id = id,
            CryptographicParameters = parameters,
            Data = encrypted.Data,
            IVCounterNonce = encrypted.IVCounterNonce,
            AuthenticatedEncryptionTag = encrypted.AuthenticatedEncryptionTag,
        };
        var opened = await Core.RunAsync(new DecryptOperation(), request);

        Assert.Equal(Message, opened.Data.ToArray());
        var altered = encrypted.Data.ToArray()[..^1];
        Assert.Equal(KeyreeveError.CryptographicFailure, await Core.RefusedAsync(new DecryptOperation(), request with { Data = altered }));
        Assert.Equal(1, await _token.CountInTokenAsync());
    }

    [Fact]
    public async Task Encrypt_InParts_IsOneMessage()
    {
        var id = await _token.CreateAsync(Attributes.Aes());

        var first = await Core.RunAsync(new EncryptOperation(), new EncryptRequest { Id = id, Data = Message.AsMemory(0, 300), Part = new StreamPart { IsFirst = true } });
        var last = await Core.RunAsync(
            new EncryptOperation(), new EncryptRequest { Id = id, Data = Message.AsMemory(300), Part = new StreamPart { CorrelationValue = first.CorrelationValue, IsLast = true } });
        var opened = await Core.RunAsync(new DecryptOperation(), new DecryptRequest
        {
            Id = id, Data = last.Data, IVCounterNonce = first.IVCounterNonce, AuthenticatedEncryptionTag = last.AuthenticatedEncryptionTag,
        });

        Assert.Equal(Message, opened.Data.ToArray());
    }

    [Fact]
    [Trait("Attack", "35")]
    public async Task Get_KeyInTheToken_IsRefusedForEver()
    {
        var id = await _token.CreateAsync(Attributes.Aes());
        var kek = (await Core.RunAsync(new CreateOperation(), new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Attributes.Aes(256, Wrapping) })).Id;
        await Core.RunAsync(new ActivateOperation(), new ActivateRequest(kek));

        var attributes = await Core.AttributesOfAsync(id);
        Assert.All(
            new[] { AttributeName.Sensitive, AttributeName.AlwaysSensitive, AttributeName.NeverExtractable },
            name => Assert.Equal(AttributeValue.Of(value: true), attributes.Find(name)));
        Assert.Equal(AttributeValue.Of(value: false), attributes.Find(AttributeName.Extractable));
        Assert.Equal(AttributeValue.Of(2), attributes.Find(AttributeName.ProtectionStorageMask));
        Assert.False(attributes.Has(AttributeName.Digest));
        Assert.Equal(KeyreeveError.NotExtractable, await Core.RefusedAsync(new GetOperation(), new GetRequest { Id = id }));
        Assert.Equal(KeyreeveError.NotExtractable, await Core.RefusedAsync(new ExportOperation(), new GetRequest { Id = id }));
        Assert.Equal(KeyreeveError.NotExtractable, await Core.RefusedAsync(new GetOperation(), new GetRequest { Id = id, KeyWrappingSpecification = WrappedBy(kek) }));
        Assert.Equal(
            KeyreeveError.AttributeReadOnly,
            await Core.RefusedAsync(new SetAttributeOperation(), new SetAttributeRequest(id, AttributeName.Extractable, AttributeValue.Of(value: true))));
    }

    [Theory]
    [InlineData(CryptographicAlgorithm.RSA, 2048, PaddingMethod.PSS)]
    [InlineData(CryptographicAlgorithm.RSA, 2048, PaddingMethod.PKCS1V15)]
    [InlineData(CryptographicAlgorithm.ECDSA, 256, PaddingMethod.NotSet)]
    [InlineData(CryptographicAlgorithm.EC, 384, PaddingMethod.NotSet)]
    [InlineData(CryptographicAlgorithm.EC, 521, PaddingMethod.NotSet)]
    public async Task Sign_PairInTheToken_VerifiesWithEitherHalf(CryptographicAlgorithm algorithm, int length, PaddingMethod padding)
    {
        var (privateKey, publicKey) = await CreatePairAsync(algorithm, length, CryptographicUsageMask.Sign | CryptographicUsageMask.Verify);
        var parameters = padding == PaddingMethod.NotSet ? null : Attributes.Parameters(BlockCipherMode.NotSet, padding);

        var signed = await Core.RunAsync(new SignOperation(), new SignRequest { Id = privateKey, CryptographicParameters = parameters, Data = Message });

        foreach (var half in new[] { privateKey, publicKey })
        {
            var request = new SignatureVerifyRequest { Id = half, CryptographicParameters = parameters, Data = Message, SignatureData = signed.SignatureData };
            Assert.True((await Core.RunAsync(new SignatureVerifyOperation(), request)).IsValid);
            Assert.False((await Core.RunAsync(new SignatureVerifyOperation(), request with { Data = Message.AsMemory(1) })).IsValid);
        }

        Assert.Equal(1, await _token.CountInTokenAsync());
        Assert.Equal(KeyreeveError.NotExtractable, await Core.RefusedAsync(new GetOperation(), new GetRequest { Id = privateKey }));
        using var released = await Core.RunAsync(new GetOperation(), new GetRequest { Id = publicKey });
    }

    [Fact]
    public async Task Decrypt_RsaInTheToken_OpensWhatThePublicKeyEncrypted()
    {
        var (privateKey, publicKey) = await CreatePairAsync(CryptographicAlgorithm.RSA, 2048, CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt);

        var encrypted = await Core.RunAsync(new EncryptOperation(), new EncryptRequest { Id = publicKey, Data = Message.AsMemory(0, 100) });
        var opened = await Core.RunAsync(new DecryptOperation(), new DecryptRequest { Id = privateKey, Data = encrypted.Data });

        Assert.Equal(Message[..100], opened.Data.ToArray());
        var altered = encrypted.Data.ToArray();
        altered[7] ^= 1;
        Assert.Equal(KeyreeveError.CryptographicFailure, await Core.RefusedAsync(new DecryptOperation(), new DecryptRequest { Id = privateKey, Data = altered }));
        // The key was not made for that.
        Assert.Equal(KeyreeveError.IncompatibleUsageMask, await Core.RefusedAsync(new SignOperation(), new SignRequest { Id = privateKey, Data = Message }));
    }

    [Theory]
    [InlineData(CryptographicAlgorithm.HMACSHA256, 256)]
    [InlineData(CryptographicAlgorithm.HMACSHA512, 512)]
    [InlineData(CryptographicAlgorithm.AES, 128)]
    public async Task Mac_KeyInTheToken_VerifiesThereAlone(CryptographicAlgorithm algorithm, int length)
    {
        var attributes = Attributes.Aes(length, CryptographicUsageMask.MACGenerate | CryptographicUsageMask.MACVerify)
            .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm));
        if (algorithm == CryptographicAlgorithm.AES) attributes = attributes.Add(AttributeName.CryptographicParameters, Attributes.Parameters(BlockCipherMode.CMAC));
        var id = await _token.CreateAsync(attributes);

        var code = (await Core.RunAsync(new MacOperation(), new MacRequest { Id = id, Data = Message })).MacData!.Value;
        var request = new MacVerifyRequest { Id = id, Data = Message, MacData = code };

        Assert.True((await Core.RunAsync(new MacVerifyOperation(), request)).IsValid);
        Assert.False((await Core.RunAsync(new MacVerifyOperation(), request with { Data = Message.AsMemory(1) })).IsValid);
        Assert.False((await Core.RunAsync(new MacVerifyOperation(), request with { MacData = code[..^1] })).IsValid);
    }

    [Theory]
    [InlineData(BlockCipherMode.NISTKeyWrap)]
    [InlineData(BlockCipherMode.AESKeyWrapPadding)]
    public async Task Wrap_KekInTheToken_GivesAndTakesKeysUnderIt(BlockCipherMode mode)
    {
        var parameters = Attributes.Parameters(mode);
        var kek = await _token.CreateAsync(Attributes.Aes(256, Wrapping).Add(AttributeName.CryptographicParameters, parameters));
        var key = await Core.CreateAesAsync();
        using var plain = await Core.RunAsync(new GetOperation(), new GetRequest { Id = key });

        using var wrapped = await Core.RunAsync(new GetOperation(), new GetRequest { Id = key, KeyWrappingSpecification = WrappedBy(kek) });
        var registered = await Core.RunAsync(new RegisterOperation(), new RegisterRequest
        {
            ObjectType = ObjectType.SymmetricKey, Attributes = Attributes.Aes(), Value = wrapped.Value,
        });
        using var back = await Core.RunAsync(new GetOperation(), new GetRequest { Id = registered.Id, KeyWrapType = KeyWrapType.NotWrapped });

        Assert.False(wrapped.Value.KeyBlock!.Material!.Equals(plain.Value.KeyBlock!.Material));
        Assert.True(back.Value.KeyBlock!.Material!.Equals(plain.Value.KeyBlock!.Material));
    }

    [Fact]
    public async Task ReKey_KeyInTheToken_TheNextIsThereToo()
    {
        var id = await _token.CreateAsync(Attributes.Aes());
        var (privateKey, _) = await CreatePairAsync(CryptographicAlgorithm.ECDSA, 256, CryptographicUsageMask.Sign | CryptographicUsageMask.Verify);

        var next = await Core.RunAsync(new ReKeyOperation(), new ReKeyRequest { Id = id });
        var nextPair = await Core.RunAsync(new ReKeyKeyPairOperation(), new ReKeyKeyPairRequest { PrivateKeyId = privateKey });

        Assert.Equal(4, await _token.CountInTokenAsync());
        foreach (var made in new[] { next.Id, nextPair.PrivateKeyId })
            Assert.Equal(AttributeValue.Of(2), (await Core.AttributesOfAsync(made)).Find(AttributeName.ProtectionStorageMask));
    }

    [Fact]
    public async Task NamedKey_InTheToken_SealsRotatesAndEnds()
    {
        using var plaintext = SecretBytes.CopyFrom(Message);
        var context = EncryptionContext.Empty;
        var key = KeySelector.Parse("roots");
        await Core.RunAsync(new CreateKeyOperation(), new CreateKeyRequest { Name = "roots", Protection = KeyProtection.Hsm });

        var first = await Core.RunAsync(new EncryptEnvelopeOperation(), new EncryptEnvelopeRequest(key, plaintext, context));
        var rotated = await Core.RunAsync(new RotateKeyOperation(), new RotateKeyRequest(key));
        var second = await Core.RunAsync(new EncryptEnvelopeOperation(), new EncryptEnvelopeRequest(key, plaintext, context));

        Assert.Equal((KeyProtection.Hsm, 2), (rotated.Protection, await _token.CountInTokenAsync()));
        foreach (var envelope in new[] { first.Envelope, second.Envelope })
        {
            using var opened = await Core.RunAsync(new DecryptEnvelopeOperation(), new DecryptEnvelopeRequest(envelope, context));
            Assert.True(opened.Plaintext.Equals(plaintext));
            for (var i = 0; i < envelope.Length; i += 7)
            {
                var altered = envelope.ToArray();
                altered[i] ^= 1;
                Assert.Equal(KeyreeveError.CryptographicFailure, await Core.RefusedAsync(new DecryptEnvelopeOperation(), new DecryptEnvelopeRequest(altered, context)));
            }
        }

        await Core.RunAsync(new DestroyKeyOperation(), new DestroyKeyRequest(key, "roots"));
        await _token.WaitForCountAsync(0);
        Assert.Equal(KeyreeveError.ObjectDestroyed, await Core.RefusedAsync(new DecryptEnvelopeOperation(), new DecryptEnvelopeRequest(first.Envelope, context)));
    }

    [Fact]
    public async Task List_WhileKeysAreDestroyed_PassesOverWhatWentMeanwhile()
    {
        var stays = await _token.CreateAsync(Attributes.Aes());
        var goes = new List<UniqueIdentifier>();
        for (var i = 0; i < 60; i++) goes.Add(await _token.CreateAsync(Attributes.Aes(), active: false));
        var going = Task.Run(async () =>
        {
            foreach (var id in goes) await _token.Token.DestroyAsync(id, null, default);
        });

        while (!going.IsCompleted) Assert.Contains(stays, await _token.Token.ListAsync(default));

        await going;
        Assert.Equal([stays], await _token.Token.ListAsync(default));
    }

    [Fact]
    public async Task Create_GroupThatDemandsTheToken_MakesItThereOrNotAtAll()
    {
        Core.Engine.Protections = new GroupProtections([KeyValuePair.Create(GroupName.Parse("vault"), KeyProtection.Hsm)]);
        var group = GroupName.Parse("vault/inner");
        var request = new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Attributes.Aes(), Group = group };

        await Core.RunAsync(new CreateOperation(), request);

        Assert.Equal(1, await _token.CountInTokenAsync());
        Assert.Equal(KeyreeveError.ProtectionStorageUnavailable, await Core.RefusedAsync(new CreateOperation(), request with { Protections = [KeyProtection.Software] }));
        using var value = new ObjectValue
        {
            ObjectType = ObjectType.SymmetricKey,
            KeyBlock = new KeyBlock { KeyFormatType = KeyFormatType.Raw, Material = SecretBytes.Random(32), CryptographicAlgorithm = CryptographicAlgorithm.AES, CryptographicLength = 256 },
        };
        var registration = new RegisterRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Attributes.Aes(), Value = value, Group = group };
        Assert.Equal(KeyreeveError.ProtectionStorageUnavailable, await Core.RefusedAsync(new RegisterOperation(), registration));
    }

    [Theory]
    [InlineData(CryptographicAlgorithm.Camellia, 256, CryptographicUsageMask.Encrypt)]
    [InlineData(CryptographicAlgorithm.AES, 512, CryptographicUsageMask.Encrypt)]
    [InlineData(CryptographicAlgorithm.AES, 256, CryptographicUsageMask.DeriveKey)]
    [InlineData(CryptographicAlgorithm.HMACSHA3256, 256, CryptographicUsageMask.MACGenerate)]
    public async Task Create_WhatTheTokenCannotServe_IsRefusedAndMakesNothing(CryptographicAlgorithm algorithm, int length, CryptographicUsageMask usage)
    {
        var attributes = Attributes.Aes(length, usage).With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm));
        var request = new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = attributes, Protections = [KeyProtection.Hsm] };

        Assert.Equal(KeyreeveError.CryptographicParametersNotSupported, await Core.RefusedAsync(new CreateOperation(), request));

        Assert.Equal((0, 0), (await _token.CountInTokenAsync(), await _token.Keys.SweepAsync(default)));
    }

    private static KeyWrappingSpecification WrappedBy(UniqueIdentifier kek) => new()
    {
        WrappingMethod = WrappingMethod.Encrypt, EncryptionKey = new WrappingKeyInformation(kek.ToString(), null), EncodingOption = EncodingOption.NoEncoding,
    };

    [Fact]
    public async Task CreateKeyPair_HalvesThatDoNotFit_EndsServingUntilARestart()
    {
        Core.Engine.SelfTest = SelfTestState.Begin([new KnownAnswer("one", static () => [1], "01")], TimeProvider.System);
        var id = await _token.CreateAsync(Attributes.Aes());
        await Core.RunAsync(new EncryptOperation(), new EncryptRequest { Id = id, Data = Message });
        _token.Port.MakesPairsThatDoNotFit = true;

        var refusal = await Assert.ThrowsAsync<KeyreeveException>(() => CreatePairAsync(CryptographicAlgorithm.RSA, 2048, CryptographicUsageMask.Sign));

        Assert.Equal(KeyreeveError.SelfTestFailed, refusal.Error);
        Assert.Contains("halves", Core.Engine.SelfTest.Failure, StringComparison.Ordinal);
        // Nothing is served, whatever comes out now.
        _token.Port.MakesPairsThatDoNotFit = false;
        Assert.True(Core.Engine.SelfTest.Run().HasPassed);
        Assert.Equal(KeyreeveError.SelfTestFailed, await Core.RefusedAsync(new EncryptOperation(), new EncryptRequest { Id = id, Data = Message }));
        Assert.Equal(KeyreeveError.SelfTestFailed, await Core.RefusedAsync(new GetOperation(), new GetRequest { Id = id }));
    }

    [Fact]
    public async Task CreateKeyPair_ForDecryptionAlone_IsTriedAndDecrypts()
    {
        var (privateKey, publicKey) = await CreatePairAsync(CryptographicAlgorithm.RSA, 2048, CryptographicUsageMask.Decrypt | CryptographicUsageMask.Encrypt);
        var parameters = AttributeValue.Of(
            new StructureField(AttributeField.PaddingMethod, AttributeValue.Of(PaddingMethod.OAEP)), new StructureField(AttributeField.HashingAlgorithm, AttributeValue.Of(HashingAlgorithm.SHA1)));
        var encrypted = await Core.RunAsync(new EncryptOperation(), new EncryptRequest { Id = publicKey, CryptographicParameters = (StructureValue)parameters, Data = Message.AsMemory(0, 32) });

        var opened = await Core.RunAsync(new DecryptOperation(), new DecryptRequest { Id = privateKey, CryptographicParameters = (StructureValue)parameters, Data = encrypted.Data });

        Assert.Equal(Message[..32], opened.Data.ToArray());
    }

    private async Task<(UniqueIdentifier Private, UniqueIdentifier Public)> CreatePairAsync(CryptographicAlgorithm algorithm, int length, CryptographicUsageMask usage)
    {
        const CryptographicUsageMask ofPrivate = CryptographicUsageMask.Sign | CryptographicUsageMask.Decrypt;
        var isSigning = (usage & CryptographicUsageMask.Sign) != CryptographicUsageMask.NotSet;
        var made = await Core.RunAsync(new CreateKeyPairOperation(), new CreateKeyPairRequest
        {
            CommonAttributes = AttributeSet.Empty
                .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm))
                .With(AttributeName.CryptographicLength, AttributeValue.Of(length))
                .With(AttributeName.ActivationDate, AttributeValue.Of(Core.Time.GetUtcNow())),
            // A private key verifies by its public half.
            PrivateKeyAttributes = AttributeSet.Empty.With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)(isSigning ? usage : usage & ofPrivate))),
            PublicKeyAttributes = AttributeSet.Empty.With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)(usage & ~ofPrivate))),
            Protections = [KeyProtection.Hsm],
        });
        return (made.PrivateKeyId, made.PublicKeyId);
    }
}
