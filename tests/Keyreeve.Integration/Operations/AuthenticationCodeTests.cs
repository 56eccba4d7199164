using System.Security.Cryptography;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Operations;

/// <summary>MAC, MAC Verify, Hash and the generator.</summary>
public sealed class AuthenticationCodeTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private const CryptographicUsageMask Authenticates = CryptographicUsageMask.MACGenerate | CryptographicUsageMask.MACVerify;
    private static readonly byte[] Message = RandomNumberGenerator.GetBytes(77);

    [Fact]
    public async Task Mac_KeyOfHmac_DotNetComputesTheSame()
    {
        var id = await CreateAsync(CryptographicAlgorithm.HMACSHA256, 256);
        using var given = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id });
        var expected = HmacOf(given.Value.KeyBlock!.Material!);

        var code = (await engine.RunAsync(new MacOperation(), new MacRequest { Id = id, Data = Message })).MacData!.Value;

        Assert.Equal(expected, code.ToArray());
        Assert.True(await IsValidAsync(id, code));
        Assert.False(await IsValidAsync(id, code[..16]));
        Assert.False(await IsValidAsync(id, new byte[32]));
    }

    [Fact]
    public async Task Mac_InParts_IsTheCodeOfTheWhole()
    {
        var id = await CreateAsync(CryptographicAlgorithm.AES, 256, Attributes.Parameters(BlockCipherMode.CMAC));
        var whole = (await engine.RunAsync(new MacOperation(), new MacRequest { Id = id, Data = Message })).MacData!.Value;
        var first = await engine.RunAsync(new MacOperation(), new MacRequest { Id = id, Data = Message.AsMemory(0, 20), Part = new StreamPart { IsFirst = true } });
        var last = await engine.RunAsync(new MacOperation(), new MacRequest
        {
            Id = id, Data = Message.AsMemory(20), Part = new StreamPart { CorrelationValue = first.CorrelationValue, IsLast = true },
        });

        Assert.Null(first.MacData);
        Assert.Equal(whole.ToArray(), last.MacData!.Value.ToArray());
    }

    [Fact]
    [Trait("Attack", "40")]
    public async Task Mac_WhatTheKeyIsNotForInAStrictGroup_IsRefused()
    {
        var aes = await CreateAsync(CryptographicAlgorithm.AES, 256);
        var hmac = await CreateAsync(CryptographicAlgorithm.HMACSHA512, 512);
        var cipher = await engine.CreateAesAsync();

        Assert.Equal(KeyreeveError.CryptographicParametersNotSupported, await engine.RefusedAsync(new MacOperation(), new MacRequest { Id = aes, Data = Message }));
        Assert.Equal(KeyreeveError.RefusedByMode, await RefusedAsync(aes, Algorithm(CryptographicAlgorithm.HMACSHA256)));
        Assert.Equal(KeyreeveError.RefusedByMode, await RefusedAsync(aes, Attributes.Parameters(BlockCipherMode.CBCMAC)));
        Assert.Equal(KeyreeveError.RefusedByMode, await RefusedAsync(hmac, Algorithm(CryptographicAlgorithm.HMACSHA1)));
        Assert.Equal(KeyreeveError.IncompatibleUsageMask, await RefusedAsync(cipher, Attributes.Parameters(BlockCipherMode.CMAC)));
        Assert.Equal(KeyreeveError.ItemNotFound, await engine.RefusedAsync(new MacOperation(), new MacRequest { Id = hmac, Data = Message }, engine.Stranger));
    }

    [Theory]
    [InlineData(HashingAlgorithm.SHA1)]
    [InlineData(HashingAlgorithm.SHA256)]
    [InlineData(HashingAlgorithm.SHA512)]
    public async Task Hash_WholeAndInParts_IsWhatDotNetComputes(HashingAlgorithm hash)
    {
        var expected = CryptographicOperations.HashData(new HashAlgorithmName(hash.ToString()), Message);
        var request = new HashRequest { HashingAlgorithm = hash, Data = Message };
        var first = await engine.RunAsync(new HashOperation(), request with { Data = Message.AsMemory(0, 5), Part = new StreamPart { IsFirst = true } });
        var last = await engine.RunAsync(new HashOperation(), request with
        {
            Data = Message.AsMemory(5),
            Part = new StreamPart { CorrelationValue = first.CorrelationValue, IsLast = true },
        });

        Assert.Equal(expected, (await engine.RunAsync(new HashOperation(), request)).Data!.Value.ToArray());
        Assert.Equal(expected, last.Data!.Value.ToArray());
    }

    [Fact]
    public async Task RngSeed_MoreThanTheGeneratorTakes_IsTakenInPartAndThenRefusedUntilItIsDrawnFrom()
    {
        var client = EngineFixture.PrincipalOf("seeds", TenantId.Default, null, Role.KeyUser);
        var seed = new RngSeedRequest(new byte[32]);

        Assert.Equal(32, (await engine.RunAsync(new RngSeedOperation(), seed, client)).DataLength);
        Assert.Equal(16, (await engine.RunAsync(new RngSeedOperation(), seed, client)).DataLength);
        Assert.Equal(KeyreeveError.PermissionDenied, await engine.RefusedAsync(new RngSeedOperation(), seed, client));
        Assert.Equal(32, (await engine.RunAsync(new RngSeedOperation(), seed)).DataLength);
        using var first = await engine.RunAsync(new RngRetrieveOperation(), new RngRetrieveRequest(32), client);
        using var second = await engine.RunAsync(new RngRetrieveOperation(), new RngRetrieveRequest(32), client);
        Assert.NotEqual(first, second);
        Assert.Equal(32, (await engine.RunAsync(new RngSeedOperation(), seed, client)).DataLength);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData((1 << 16) + 1)]
    public async Task RngRetrieve_LengthThatIsNotGiven_IsRefused(int length) =>
        Assert.Equal(KeyreeveError.InvalidField, await engine.RefusedAsync(new RngRetrieveOperation(), new RngRetrieveRequest(length)));

    private static byte[] HmacOf(SecretBytes key)
    {
        using var lease = key.Reveal();
        return HMACSHA256.HashData(lease.Span, Message);
    }

    private static StructureValue Algorithm(CryptographicAlgorithm algorithm) =>
        new([new StructureField(AttributeField.CryptographicAlgorithm, AttributeValue.Of(algorithm))]);

    private async Task<KeyreeveError> RefusedAsync(UniqueIdentifier id, StructureValue parameters) =>
        await engine.RefusedAsync(new MacOperation(), new MacRequest { Id = id, CryptographicParameters = parameters, Data = Message });

    private async Task<bool> IsValidAsync(UniqueIdentifier id, ReadOnlyMemory<byte> code) =>
        (await engine.RunAsync(new MacVerifyOperation(), new MacVerifyRequest { Id = id, Data = Message, MacData = code })).IsValid!.Value;

    private async Task<UniqueIdentifier> CreateAsync(CryptographicAlgorithm algorithm, int lengthInBits, StructureValue? parameters = null)
    {
        var attributes = AttributeSet.Empty
            .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm))
            .With(AttributeName.CryptographicLength, AttributeValue.Of(lengthInBits))
            .With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)Authenticates))
            .With(AttributeName.ActivationDate, AttributeValue.Of(engine.Time.GetUtcNow().AddMinutes(-1)));
        if (parameters is not null) attributes = attributes.Add(AttributeName.CryptographicParameters, parameters);
        return (await engine.RunAsync(new CreateOperation(), new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = attributes })).Id;
    }
}
