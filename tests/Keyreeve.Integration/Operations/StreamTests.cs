using System.Security.Cryptography;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Core.Access;
using Xunit;

namespace Keyreeve.Integration.Operations;

/// <summary>Messages in parts: what comes out is what the whole would give, and nobody else goes on with them.</summary>
public sealed class StreamTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private static readonly byte[] Plaintext = RandomNumberGenerator.GetBytes(100);

    public static TheoryData<BlockCipherMode, PaddingMethod> Modes { get; } = new()
    {
        { BlockCipherMode.CBC, PaddingMethod.PKCS5 },
        { BlockCipherMode.CBC, PaddingMethod.ANSIX923 },
        { BlockCipherMode.CBC, PaddingMethod.ISO10126 },
        { BlockCipherMode.CBC, PaddingMethod.SSL3 },
        { BlockCipherMode.ECB, PaddingMethod.PKCS5 },
        { BlockCipherMode.CTR, PaddingMethod.NotSet },
        { BlockCipherMode.CFB, PaddingMethod.NotSet },
        { BlockCipherMode.OFB, PaddingMethod.NotSet },
        { BlockCipherMode.GCM, PaddingMethod.NotSet },
        { BlockCipherMode.CCM, PaddingMethod.NotSet },
        { BlockCipherMode.XTS, PaddingMethod.NotSet },
    };

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task EncryptAndDecrypt_InParts_GiveWhatWasSent(BlockCipherMode mode, PaddingMethod padding)
    {
        var parameters = Attributes.Parameters(mode, padding);
        var id = await engine.CreateAesAsync(group: EngineFixture.InteropGroup);

        var first = await EncryptAsync(id, Plaintext.AsMemory(0, 7), new StreamPart { IsFirst = true }, parameters);
        var second = await EncryptAsync(id, Plaintext.AsMemory(7, 50), new StreamPart { CorrelationValue = first.CorrelationValue });
        var third = await EncryptAsync(id, Plaintext.AsMemory(57), new StreamPart { CorrelationValue = second.CorrelationValue, IsLast = true });
        byte[] ciphertext = [.. first.Data.Span, .. second.Data.Span, .. third.Data.Span];
        Assert.Null(third.CorrelationValue);

        // The whole in one piece opens it, and so do parts of other lengths.
        var whole = await engine.RunAsync(new DecryptOperation(), Decryption(id, ciphertext, parameters, first.IVCounterNonce, third.AuthenticatedEncryptionTag));
        Assert.Equal(Plaintext, whole.Data.ToArray());
        var begun = await engine.RunAsync(new DecryptOperation(), Decryption(id, ciphertext.AsMemory(0, 33), parameters, first.IVCounterNonce, third.AuthenticatedEncryptionTag) with
        {
            Part = new StreamPart { IsFirst = true },
        });
        var ended = await engine.RunAsync(new DecryptOperation(), new DecryptRequest
        {
            Id = id, Data = ciphertext.AsMemory(33), Part = new StreamPart { CorrelationValue = begun.CorrelationValue, IsLast = true },
        });
        byte[] opened = [.. begun.Data.Span, .. ended.Data.Span];
        Assert.Equal(Plaintext, opened);
    }

    [Theory]
    [Trait("Attack", "37")]
    [InlineData(BlockCipherMode.GCM)]
    [InlineData(BlockCipherMode.CCM)]
    public async Task Decrypt_AuthenticatedModeInParts_GivesNothingBeforeTheTagWasFoundRight(BlockCipherMode mode)
    {
        var parameters = Attributes.Parameters(mode);
        var id = await engine.CreateAesAsync();
        var sealedMessage = await EncryptAsync(id, Plaintext, default, parameters);
        var altered = sealedMessage.Data.ToArray();
        altered[^1] ^= 1;

        var begun = await engine.RunAsync(new DecryptOperation(), Decryption(
            id, altered.AsMemory(0, 64), parameters, sealedMessage.IVCounterNonce, sealedMessage.AuthenticatedEncryptionTag) with
        { Part = new StreamPart { IsFirst = true } });
        Assert.True(begun.Data.IsEmpty);

        var last = new DecryptRequest { Id = id, Data = altered.AsMemory(64), Part = new StreamPart { CorrelationValue = begun.CorrelationValue, IsLast = true } };
        Assert.Equal(KeyreeveError.CryptographicFailure, await engine.RefusedAsync(new DecryptOperation(), last));
        // Nor is there a second try.
        Assert.Equal(KeyreeveError.InvalidCorrelationValue, await engine.RefusedAsync(new DecryptOperation(), last));
    }

    [Fact]
    [Trait("Attack", "28")]
    public async Task Encrypt_AnotherPrincipalKeyOrOperation_DoesNotGoOnWithTheMessage()
    {
        var id = await engine.CreateAesAsync();
        var other = await engine.CreateAesAsync();
        var colleague = EngineFixture.PrincipalOf("colleague", TenantId.Default, null, Role.KeyUser);
        var parameters = Attributes.Parameters(BlockCipherMode.CBC, PaddingMethod.PKCS5);
        var begun = await EncryptAsync(id, Plaintext, new StreamPart { IsFirst = true }, parameters);
        var part = new StreamPart { CorrelationValue = begun.CorrelationValue, IsLast = true };

        Assert.Equal(KeyreeveError.InvalidCorrelationValue, await engine.RefusedAsync(new EncryptOperation(), new EncryptRequest { Id = id, Part = part }, colleague));
        Assert.Equal(KeyreeveError.InvalidCorrelationValue, await engine.RefusedAsync(new EncryptOperation(), new EncryptRequest { Id = other, Part = part }));
        Assert.Equal(KeyreeveError.InvalidCorrelationValue, await engine.RefusedAsync(new DecryptOperation(), new DecryptRequest { Id = id, Part = part }));
        Assert.Null((await EncryptAsync(id, default, part)).CorrelationValue);
    }

    [Fact]
    [Trait("Attack", "40")]
    public async Task Encrypt_KeyRevokedBetweenParts_IsRefused()
    {
        var id = await engine.CreateAesAsync();
        var begun = await EncryptAsync(id, Plaintext, new StreamPart { IsFirst = true });
        await engine.RunAsync(new RevokeOperation(), new RevokeRequest { Id = id, RevocationReasonCode = RevocationReasonCode.CessationOfOperation });

        var last = new EncryptRequest { Id = id, Part = new StreamPart { CorrelationValue = begun.CorrelationValue, IsLast = true } };
        Assert.Equal(KeyreeveError.WrongKeyLifecycleState, await engine.RefusedAsync(new EncryptOperation(), last));
    }

    [Fact]
    public async Task Encrypt_PauseTooLong_TheMessageIsGone()
    {
        var id = await engine.CreateAesAsync();
        var begun = await EncryptAsync(id, Plaintext, new StreamPart { IsFirst = true });
        engine.Time.Advance(TimeSpan.FromMinutes(5));

        var last = new EncryptRequest { Id = id, Part = new StreamPart { CorrelationValue = begun.CorrelationValue, IsLast = true } };
        Assert.Equal(KeyreeveError.InvalidCorrelationValue, await engine.RefusedAsync(new EncryptOperation(), last));
    }

    [Fact]
    public async Task Hash_MoreMessagesThanAPrincipalMayHave_IsRefusedUntilOneEnds()
    {
        var hoarder = EngineFixture.PrincipalOf("hoarder", TenantId.Default, null, Role.KeyUser);
        var first = new HashRequest { HashingAlgorithm = HashingAlgorithm.SHA256, Part = new StreamPart { IsFirst = true } };
        ReadOnlyMemory<byte>? some = null;
        for (var i = 0; i < 32; i++) some = (await engine.RunAsync(new HashOperation(), first with { Data = new byte[i] }, hoarder)).CorrelationValue;

        Assert.Equal(KeyreeveError.TooManyRequests, await engine.RefusedAsync(new HashOperation(), first, hoarder));
        await engine.RunAsync(new HashOperation(), first with { Part = new StreamPart { CorrelationValue = some, IsLast = true } }, hoarder);
        Assert.NotNull((await engine.RunAsync(new HashOperation(), first, hoarder)).CorrelationValue);
        // Others are served all the while.
        Assert.NotNull((await engine.RunAsync(new HashOperation(), first)).CorrelationValue);
    }

    [Fact]
    public async Task Encrypt_UsageLimitsInBytes_CountEachPart()
    {
        var limits = AttributeSet.Empty.With(AttributeName.UsageLimits, AttributeValue.Of(
            new StructureField(AttributeField.UsageLimitsTotal, AttributeValue.Of(20L)),
            new StructureField(AttributeField.UsageLimitsUnit, AttributeValue.Of(UsageLimitsUnit.Byte))));
        var id = await engine.CreateAesAsync(limits);
        var begun = await EncryptAsync(id, new byte[12], new StreamPart { IsFirst = true });
        var part = new StreamPart { CorrelationValue = begun.CorrelationValue };
        var more = await EncryptAsync(id, new byte[8], part);

        Assert.Equal(KeyreeveError.UsageAllocationRefused, await engine.RefusedAsync(new EncryptOperation(), new EncryptRequest { Id = id, Data = new byte[1], Part = part }));
        Assert.Equal(16, (await EncryptAsync(id, default, part with { IsLast = true })).AuthenticatedEncryptionTag!.Value.Length);
        Assert.Equal(20, begun.Data.Length + more.Data.Length);
    }

    [Fact]
    public async Task Encrypt_CommitThatLosesARace_TakesThePartOnce()
    {
        var limits = AttributeSet.Empty.With(AttributeName.UsageLimits, AttributeValue.Of(
            new StructureField(AttributeField.UsageLimitsTotal, AttributeValue.Of(1000L)),
            new StructureField(AttributeField.UsageLimitsUnit, AttributeValue.Of(UsageLimitsUnit.Byte))));
        var id = await engine.CreateAesAsync(limits, EngineFixture.InteropGroup);
        var parameters = Attributes.Parameters(BlockCipherMode.CBC, PaddingMethod.PKCS5);
        var iv = new byte[16];
        var begun = await EncryptAsync(id, Plaintext.AsMemory(0, 10), new StreamPart { IsFirst = true }, parameters, iv);

        // Many at once: all but one lose their first commit to each other and run again.
        var rivals = Enumerable.Range(0, 8).Select(_ => EncryptAsync(id, new byte[1], default, parameters, iv)).ToList();
        var ended = EncryptAsync(id, Plaintext.AsMemory(10), new StreamPart { CorrelationValue = begun.CorrelationValue, IsLast = true });
        await Task.WhenAll(rivals);

        var last = await ended;
        byte[] ciphertext = [.. begun.Data.Span, .. last.Data.Span];
        Assert.Equal(Plaintext, (await engine.RunAsync(new DecryptOperation(), Decryption(id, ciphertext, parameters, iv, null))).Data.ToArray());
    }

    [Fact]
    public async Task Encrypt_LaterPartThatStatesOtherParameters_IsRefused()
    {
        var id = await engine.CreateAesAsync();
        var begun = await EncryptAsync(id, Plaintext, new StreamPart { IsFirst = true }, Attributes.Parameters(BlockCipherMode.CBC, PaddingMethod.PKCS5));
        var other = new EncryptRequest
        {
            Id = id,
            CryptographicParameters = Attributes.Parameters(BlockCipherMode.GCM),
            Part = new StreamPart { CorrelationValue = begun.CorrelationValue },
        };

        Assert.Equal(KeyreeveError.InvalidField, await engine.RefusedAsync(new EncryptOperation(), other));
    }

    private static DecryptRequest Decryption(
        UniqueIdentifier id, ReadOnlyMemory<byte> data, StructureValue parameters, ReadOnlyMemory<byte>? iv, ReadOnlyMemory<byte>? tag) => new()
        {
            Id = id, CryptographicParameters = parameters, Data = data, IVCounterNonce = iv, AuthenticatedEncryptionTag = tag,
        };

    private async Task<EncryptResponse> EncryptAsync(
        UniqueIdentifier id, ReadOnlyMemory<byte> data, StreamPart part, StructureValue? parameters = null, byte[]? iv = null) =>
        await engine.RunAsync(new EncryptOperation(), new EncryptRequest
        {
            Id = id,
            Data = data,
            Part = part,
            CryptographicParameters = parameters,
            IVCounterNonce = iv is null ? default(ReadOnlyMemory<byte>?) : iv,
        });
}
