using System.Security.Cryptography;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Xunit;

namespace Keyreeve.Integration.Operations;

public sealed class EncryptDecryptTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private static readonly byte[] Plaintext = RandomNumberGenerator.GetBytes(128);

    public static TheoryData<BlockCipherMode, PaddingMethod, int> ModesOfStrictGroups { get; } = new()
    {
        { BlockCipherMode.NotSet, PaddingMethod.NotSet, 256 },
        { BlockCipherMode.GCM, PaddingMethod.NotSet, 128 },
        { BlockCipherMode.GCM, PaddingMethod.NotSet, 192 },
        { BlockCipherMode.GCM, PaddingMethod.NotSet, 256 },
        { BlockCipherMode.CCM, PaddingMethod.NotSet, 256 },
        { BlockCipherMode.CBC, PaddingMethod.PKCS5, 256 },
        { BlockCipherMode.CBC, PaddingMethod.NotSet, 128 },
        { BlockCipherMode.CTR, PaddingMethod.NotSet, 256 },
        { BlockCipherMode.XTS, PaddingMethod.NotSet, 256 },
        { BlockCipherMode.XTS, PaddingMethod.NotSet, 512 },
    };

    [Theory]
    [MemberData(nameof(ModesOfStrictGroups))]
    public async Task Encrypt_WithoutIv_ServerChoosesItAndDecryptsAgain(BlockCipherMode mode, PaddingMethod padding, int lengthInBits)
    {
        var parameters = Attributes.Parameters(mode, padding);
        var id = await engine.CreateAesAsync(AttributeSet.Empty.Add(AttributeName.CryptographicParameters, parameters), lengthInBits: lengthInBits);

        var first = await engine.RunAsync(new EncryptOperation(), new EncryptRequest { Id = id, CryptographicParameters = parameters, Data = Plaintext });
        var second = await engine.RunAsync(new EncryptOperation(), new EncryptRequest { Id = id, CryptographicParameters = parameters, Data = Plaintext });
        var clear = await engine.RunAsync(new DecryptOperation(), DecryptOf(id, parameters, first));

        Assert.Equal(Plaintext, clear.Data.ToArray());
        Assert.False(first.IVCounterNonce!.Value.Span.SequenceEqual(second.IVCounterNonce!.Value.Span));
        Assert.Equal(mode is BlockCipherMode.GCM or BlockCipherMode.CCM or BlockCipherMode.NotSet, first.AuthenticatedEncryptionTag is not null);
    }

    [Fact]
    public async Task Encrypt_MongoDbDelegated_CbcWithPaddingAndNoIv()
    {
        var id = await engine.CreateAesAsync();
        var parameters = Attributes.Parameters(BlockCipherMode.CBC, PaddingMethod.PKCS5);

        var sealed96 = await engine.RunAsync(
            new EncryptOperation(), new EncryptRequest { Id = id, CryptographicParameters = parameters, Data = RandomNumberGenerator.GetBytes(96) });

        Assert.Equal(16, sealed96.IVCounterNonce!.Value.Length);
        Assert.Equal(112, sealed96.Data.Length);
    }

    [Fact]
    public async Task Encrypt_ParametersOfTheKey_AreUsedWhereTheRequestStatesNone()
    {
        var parameters = Attributes.Parameters(BlockCipherMode.CBC, PaddingMethod.PKCS5);
        var id = await engine.CreateAesAsync(AttributeSet.Empty.With(AttributeName.CryptographicParameters, parameters));

        var encrypted = await engine.RunAsync(new EncryptOperation(), new EncryptRequest { Id = id, Data = Plaintext });

        Assert.Null(encrypted.AuthenticatedEncryptionTag);
        Assert.Equal(144, encrypted.Data.Length);
    }

    [Theory]
    [Trait("Attack", "36")]
    [InlineData(BlockCipherMode.GCM, 12)]
    [InlineData(BlockCipherMode.CCM, 12)]
    [InlineData(BlockCipherMode.CTR, 16)]
    public async Task Encrypt_CallerChosenNonceInAStrictGroup_IsRefused(BlockCipherMode mode, int sizeInBytes)
    {
        var strict = await engine.CreateAesAsync();
        var interop = await engine.CreateAesAsync(group: EngineFixture.InteropGroup);
        var request = new EncryptRequest
        {
            Id = strict, CryptographicParameters = Attributes.Parameters(mode), Data = Plaintext, IVCounterNonce = new byte[sizeInBytes],
        };

        Assert.Equal(KeyreeveError.RefusedByMode, await engine.RefusedAsync(new EncryptOperation(), request));
        var encrypted = await engine.RunAsync(new EncryptOperation(), request with { Id = interop });
        Assert.Null(encrypted.IVCounterNonce);
    }

    [Theory]
    [InlineData(BlockCipherMode.ECB)]
    [InlineData(BlockCipherMode.CFB)]
    [InlineData(BlockCipherMode.OFB)]
    public async Task Encrypt_WeakMode_InInteropGroupsAlone(BlockCipherMode mode)
    {
        var strict = await engine.CreateAesAsync();
        var interop = await engine.CreateAesAsync(group: EngineFixture.InteropGroup);
        var request = new EncryptRequest { Id = strict, CryptographicParameters = Attributes.Parameters(mode), Data = Plaintext };

        Assert.Equal(KeyreeveError.RefusedByMode, await engine.RefusedAsync(new EncryptOperation(), request));
        var encrypted = await engine.RunAsync(new EncryptOperation(), request with { Id = interop });
        var clear = await engine.RunAsync(new DecryptOperation(), DecryptOf(interop, request.CryptographicParameters, encrypted));
        Assert.Equal(Plaintext, clear.Data.ToArray());
    }

    [Theory]
    [InlineData(BlockCipherMode.ECB)]
    [InlineData(BlockCipherMode.CBC)]
    [InlineData(BlockCipherMode.CFB)]
    [InlineData(BlockCipherMode.OFB)]
    public async Task Encrypt_TripleDes_InInteropGroups(BlockCipherMode mode)
    {
        var id = (await engine.RunAsync(new CreateOperation(), new CreateRequest
        {
            ObjectType = ObjectType.SymmetricKey,
            Group = EngineFixture.InteropGroup,
            Attributes = AttributeSet.Empty
                .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(CryptographicAlgorithm.TripleDES))
                .With(AttributeName.CryptographicLength, AttributeValue.Of(168))
                .With(AttributeName.ActivationDate, AttributeValue.Of(engine.Time.GetUtcNow())),
        })).Id;
        var parameters = Attributes.Parameters(mode, mode is BlockCipherMode.ECB or BlockCipherMode.CBC ? PaddingMethod.PKCS5 : PaddingMethod.NotSet);

        var encrypted = await engine.RunAsync(new EncryptOperation(), new EncryptRequest { Id = id, CryptographicParameters = parameters, Data = Plaintext });
        var clear = await engine.RunAsync(new DecryptOperation(), DecryptOf(id, parameters, encrypted));

        Assert.Equal(Plaintext, clear.Data.ToArray());
    }

    [Theory]
    [InlineData(8)]
    [InlineData(12)]
    public async Task Encrypt_ChaCha20_AsItsAuthorHasIt(int nonceSizeInBytes)
    {
        var zeros = new KeyBlock
        {
            KeyFormatType = KeyFormatType.Raw,
            CryptographicAlgorithm = CryptographicAlgorithm.ChaCha20,
            CryptographicLength = 256,
            Material = Crypto.SecretBytes.CopyFrom(new byte[32]),
        };
        using var value = new ObjectValue { ObjectType = ObjectType.SymmetricKey, KeyBlock = zeros };
        var id = (await engine.RunAsync(new RegisterOperation(), new RegisterRequest
        {
            ObjectType = ObjectType.SymmetricKey,
            Group = EngineFixture.InteropGroup,
            Attributes = AttributeSet.Empty.With(AttributeName.ActivationDate, AttributeValue.Of(engine.Time.GetUtcNow())),
            Value = value,
        })).Id;
        var request = new EncryptRequest { Id = id, Data = new byte[32], IVCounterNonce = new byte[nonceSizeInBytes] };

        var encrypted = await engine.RunAsync(new EncryptOperation(), request);

        // The first key stream block for key, nonce and counter of zeros: RFC 8439 §A.1, test vector 1.
        Assert.Equal("76B8E0ADA0F13D90405D6AE55386BD28BDD219B8A08DED1AA836EFCC8B770DC7", Convert.ToHexString(encrypted.Data.Span));
        var clear = await engine.RunAsync(
            new DecryptOperation(), new DecryptRequest { Id = id, Data = encrypted.Data, IVCounterNonce = request.IVCounterNonce });
        Assert.Equal(request.Data.ToArray(), clear.Data.ToArray());
    }

    [Fact]
    public async Task Encrypt_ChaCha20Poly1305_InAStrictGroup()
    {
        var id = (await engine.RunAsync(new CreateOperation(), new CreateRequest
        {
            ObjectType = ObjectType.SymmetricKey,
            Attributes = AttributeSet.Empty
                .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(CryptographicAlgorithm.ChaCha20Poly1305))
                .With(AttributeName.CryptographicLength, AttributeValue.Of(256))
                .With(AttributeName.ActivationDate, AttributeValue.Of(engine.Time.GetUtcNow())),
        })).Id;

        var encrypted = await engine.RunAsync(new EncryptOperation(), new EncryptRequest { Id = id, Data = Plaintext });
        var clear = await engine.RunAsync(new DecryptOperation(), DecryptOf(id, null, encrypted));

        Assert.Equal(Plaintext, clear.Data.ToArray());
        Assert.Equal(12, encrypted.IVCounterNonce!.Value.Length);
    }

    [Fact]
    [Trait("Attack", "37")]
    public async Task Decrypt_AnythingChanged_FailsInOneWay()
    {
        var id = await engine.CreateAesAsync();
        var parameters = Attributes.Parameters(BlockCipherMode.GCM);
        var encrypted = await engine.RunAsync(new EncryptOperation(), new EncryptRequest
        {
            Id = id, CryptographicParameters = parameters, Data = Plaintext, AuthenticatedEncryptionAdditionalData = "row 7"u8.ToArray(),
        });
        var good = DecryptOf(id, parameters, encrypted) with { AuthenticatedEncryptionAdditionalData = "row 7"u8.ToArray() };
        await engine.RunAsync(new DecryptOperation(), good);

        var messages = new HashSet<string>();
        foreach (var bad in new[]
        {
            good with { Data = Flipped(good.Data) },
            good with { Data = good.Data[1..] },
            good with { Data = default },
            good with { IVCounterNonce = Flipped(good.IVCounterNonce!.Value) },
            good with { IVCounterNonce = new byte[13] },
            good with { IVCounterNonce = Array.Empty<byte>() },
            good with { AuthenticatedEncryptionTag = Flipped(good.AuthenticatedEncryptionTag!.Value) },
            good with { AuthenticatedEncryptionTag = good.AuthenticatedEncryptionTag!.Value[..12] },
            good with { AuthenticatedEncryptionTag = good.AuthenticatedEncryptionTag!.Value[..4] },
            good with { AuthenticatedEncryptionTag = null },
            good with { AuthenticatedEncryptionAdditionalData = "row 8"u8.ToArray() },
            good with { AuthenticatedEncryptionAdditionalData = default },
            good with { Id = await engine.CreateAesAsync() },
        })
        {
            var refusal = await Assert.ThrowsAsync<KeyreeveException>(async () => await engine.RunAsync(new DecryptOperation(), bad));
            Assert.Equal(KeyreeveError.CryptographicFailure, refusal.Error);
            messages.Add(refusal.Message);
        }

        Assert.Single(messages);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(32)]
    public async Task Decrypt_CbcWithWrongPaddingOrLength_FailsInOneWay(int lengthInBytes)
    {
        var id = await engine.CreateAesAsync();
        var request = new DecryptRequest
        {
            Id = id,
            CryptographicParameters = Attributes.Parameters(BlockCipherMode.CBC, PaddingMethod.PKCS5),
            Data = new byte[lengthInBytes],
            IVCounterNonce = new byte[16],
        };

        Assert.Equal(KeyreeveError.CryptographicFailure, await engine.RefusedAsync(new DecryptOperation(), request));
    }

    [Fact]
    public async Task Decrypt_InteropGroup_DoesNotTakeAShorterTagThanStated()
    {
        var id = await engine.CreateAesAsync(group: EngineFixture.InteropGroup);
        var parameters = Attributes.Parameters(BlockCipherMode.GCM, tagLength: 16);
        var encrypted = await engine.RunAsync(new EncryptOperation(), new EncryptRequest { Id = id, CryptographicParameters = parameters, Data = Plaintext });
        var request = DecryptOf(id, parameters, encrypted) with { AuthenticatedEncryptionTag = encrypted.AuthenticatedEncryptionTag!.Value[..4] };

        Assert.Equal(KeyreeveError.CryptographicFailure, await engine.RefusedAsync(new DecryptOperation(), request));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(32)]
    public async Task Encrypt_TagLengthThatGcmHasNot_IsRefused(int tagLength)
    {
        var id = await engine.CreateAesAsync();
        var request = new EncryptRequest { Id = id, CryptographicParameters = Attributes.Parameters(BlockCipherMode.GCM, tagLength: tagLength), Data = Plaintext };

        Assert.Equal(KeyreeveError.BadCryptographicParameters, await engine.RefusedAsync(new EncryptOperation(), request));
    }

    [Fact]
    public async Task Decrypt_WithoutIv_SaysSo()
    {
        var id = await engine.CreateAesAsync();
        var request = new DecryptRequest { Id = id, CryptographicParameters = Attributes.Parameters(BlockCipherMode.CBC), Data = new byte[16] };

        Assert.Equal(KeyreeveError.MissingInitializationVector, await engine.RefusedAsync(new DecryptOperation(), request));
    }

    [Fact]
    [Trait("Attack", "40")]
    public async Task Encrypt_StateOrMaskForbids_IsRefused()
    {
        var request = new EncryptRequest { Id = await engine.CreateAesAsync(active: false), Data = Plaintext };
        Assert.Equal(KeyreeveError.WrongKeyLifecycleState, await engine.RefusedAsync(new EncryptOperation(), request));

        var decryptOnly = (await engine.RunAsync(new CreateOperation(), new CreateRequest
        {
            ObjectType = ObjectType.SymmetricKey,
            Attributes = Attributes.Aes(usage: CryptographicUsageMask.Decrypt).With(AttributeName.ActivationDate, AttributeValue.Of(engine.Time.GetUtcNow())),
        })).Id;
        Assert.Equal(KeyreeveError.IncompatibleUsageMask, await engine.RefusedAsync(new EncryptOperation(), request with { Id = decryptOnly }));

        var revoked = await engine.CreateAesAsync();
        var encrypted = await engine.RunAsync(new EncryptOperation(), request with { Id = revoked });
        await engine.RunAsync(new RevokeOperation(), new RevokeRequest { Id = revoked, RevocationReasonCode = RevocationReasonCode.KeyCompromise });
        Assert.Equal(KeyreeveError.WrongKeyLifecycleState, await engine.RefusedAsync(new EncryptOperation(), request with { Id = revoked }));

        // What was protected can still be read.
        Assert.Equal(Plaintext, (await engine.RunAsync(new DecryptOperation(), DecryptOf(revoked, null, encrypted))).Data.ToArray());
    }

    [Fact]
    [Trait("Attack", "44")]
    public async Task Encrypt_UsageLimitReached_IsRefused()
    {
        var limits = AttributeValue.Of(
            new StructureField(AttributeField.UsageLimitsTotal, AttributeValue.Of(200L)),
            new StructureField(AttributeField.UsageLimitsUnit, AttributeValue.Of(UsageLimitsUnit.Byte)));
        var id = await engine.CreateAesAsync(AttributeSet.Empty.With(AttributeName.UsageLimits, limits));
        var request = new EncryptRequest { Id = id, Data = Plaintext };

        await engine.RunAsync(new EncryptOperation(), request);
        await engine.RestartAsync();

        Assert.Equal(KeyreeveError.UsageAllocationRefused, await engine.RefusedAsync(new EncryptOperation(), request));
        await engine.RunAsync(new EncryptOperation(), request with { Data = new byte[72] });
    }

    [Fact]
    public async Task Encrypt_OtherAlgorithmThanTheKeys_IsRefused()
    {
        var id = await engine.CreateAesAsync();
        var parameters = AttributeValue.Of(
            new StructureField(AttributeField.BlockCipherMode, AttributeValue.Of(BlockCipherMode.CBC)),
            new StructureField(AttributeField.CryptographicAlgorithm, AttributeValue.Of(CryptographicAlgorithm.TripleDES)));

        Assert.Equal(
            KeyreeveError.CryptographicParametersNotSupported,
            await engine.RefusedAsync(new EncryptOperation(), new EncryptRequest { Id = id, CryptographicParameters = (StructureValue)parameters, Data = Plaintext }));
    }

    [Theory]
    [InlineData(BlockCipherMode.CBC)]
    [InlineData(BlockCipherMode.XTS)]
    public async Task Encrypt_DataThatDoesNotFitTheMode_IsRefused(BlockCipherMode mode)
    {
        var id = await engine.CreateAesAsync();
        var request = new EncryptRequest { Id = id, CryptographicParameters = Attributes.Parameters(mode), Data = new byte[5] };

        Assert.Equal(KeyreeveError.InvalidField, await engine.RefusedAsync(new EncryptOperation(), request));
    }

    [Fact]
    public async Task Encrypt_HotKey_TouchesNoStore()
    {
        var id = await engine.CreateAesAsync();
        await engine.RunAsync(new EncryptOperation(), new EncryptRequest { Id = id, Data = Plaintext });
        var reads = engine.Store.Reads;

        for (var i = 0; i < 100; i++)
        {
            var run = engine.Pipeline.RunAsync(new EncryptOperation(), engine.CallOf(), new EncryptRequest { Id = id, Data = Plaintext }, CancellationToken.None);
            Assert.True(run.IsCompletedSuccessfully);
            await run;
        }

        Assert.Equal(reads, engine.Store.Reads);
    }

    [Fact]
    public async Task Encrypt_ManyAtOnce_AllDecrypt()
    {
        var id = await engine.CreateAesAsync();
        var work = Enumerable.Range(0, 64).Select(n => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                var data = BitConverter.GetBytes((n * 1000) + i);
                var encrypted = await engine.RunAsync(new EncryptOperation(), new EncryptRequest { Id = id, Data = data });
                Assert.Equal(data, (await engine.RunAsync(new DecryptOperation(), DecryptOf(id, null, encrypted))).Data.ToArray());
            }
        }));

        await Task.WhenAll(work);
    }

    [Fact]
    public async Task Revoke_WhileInUse_NothingIsEncryptedAfterwards()
    {
        var id = await engine.CreateAesAsync();
        using var stop = new CancellationTokenSource();
        var revoked = 0;
        var work = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var wasRevoked = Volatile.Read(ref revoked) == 1;
                try
                {
                    await engine.RunAsync(new EncryptOperation(), new EncryptRequest { Id = id, Data = Plaintext });
                    Assert.False(wasRevoked);
                }
                catch (KeyreeveException refusal) when (refusal.Error == KeyreeveError.WrongKeyLifecycleState)
                {
                    return;
                }
            }
        })).ToArray();

        await engine.RunAsync(new RevokeOperation(), new RevokeRequest { Id = id, RevocationReasonCode = RevocationReasonCode.KeyCompromise });
        Volatile.Write(ref revoked, 1);
        stop.CancelAfter(TimeSpan.FromSeconds(20));
        await Task.WhenAll(work);

        Assert.False(stop.IsCancellationRequested);
    }

    private static DecryptRequest DecryptOf(UniqueIdentifier id, StructureValue? parameters, EncryptResponse encrypted) => new()
    {
        Id = id,
        CryptographicParameters = parameters,
        Data = encrypted.Data,
        IVCounterNonce = encrypted.IVCounterNonce,
        AuthenticatedEncryptionTag = encrypted.AuthenticatedEncryptionTag,
    };

    private static byte[] Flipped(ReadOnlyMemory<byte> bytes)
    {
        var flipped = bytes.ToArray();
        flipped[^1] ^= 1;
        return flipped;
    }
}
