using System.Security.Cryptography;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;
using Xunit;
using static Keyreeve.Integration.Operations.RegisteredKeys;

namespace Keyreeve.Integration.Operations;

/// <summary>Keys that come and go wrapped.</summary>
public sealed class WrappedKeyTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact]
    public async Task Get_Wrapped_AsRfc3394HasIt()
    {
        // RFC 3394 §4.1, the vector that the standard's own cases use.
        var kek = await engine.RegisterKeyAsync(
            ObjectType.SymmetricKey, SymmetricBlock(Convert.FromHexString("000102030405060708090A0B0C0D0E0F"), KeyFormatType.Raw), CryptographicAlgorithm.AES,
            engine.WrappingAttributes(BlockCipherMode.NISTKeyWrap));
        var key = await engine.RegisterKeyAsync(
            ObjectType.SymmetricKey, SymmetricBlock(Convert.FromHexString("00112233445566778899AABBCCDDEEFF"), KeyFormatType.Raw), CryptographicAlgorithm.AES);

        using var got = await engine.RunAsync(new GetOperation(), new GetRequest { Id = key, KeyWrappingSpecification = SpecificationOf(kek) });

        Assert.Equal("1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5", Convert.ToHexString(BytesOf(got.Value.KeyBlock!.Material!)));
        Assert.Equal(kek.ToString(), got.Value.KeyBlock.Wrapping!.EncryptionKey!.UniqueIdentifier);
    }

    [Fact]
    public async Task Register_Wrapped_IsGivenAsRegisteredOrUnwrapped()
    {
        var kek = await engine.RegisterKeyAsync(
            ObjectType.SymmetricKey, SymmetricBlock(Convert.FromHexString("000102030405060708090A0B0C0D0E0F"), KeyFormatType.Raw), CryptographicAlgorithm.AES,
            engine.WrappingAttributes(BlockCipherMode.NISTKeyWrap));
        var block = new KeyBlock
        {
            KeyFormatType = KeyFormatType.Raw,
            CryptographicAlgorithm = CryptographicAlgorithm.AES,
            CryptographicLength = 128,
            Material = SecretBytes.CopyFrom(Convert.FromHexString("1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5")),
            Wrapping = new KeyWrappingData
            {
                WrappingMethod = WrappingMethod.Encrypt,
                EncryptionKey = new WrappingKeyInformation(kek.ToString(), Attributes.Parameters(BlockCipherMode.NISTKeyWrap)),
                EncodingOption = EncodingOption.NoEncoding,
            },
        };
        var id = await engine.RegisterKeyAsync(ObjectType.SymmetricKey, block, CryptographicAlgorithm.AES);

        using var asRegistered = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id, KeyWrapType = KeyWrapType.AsRegistered });
        using var clear = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id, KeyWrapType = KeyWrapType.NotWrapped });

        Assert.Equal("1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5", Convert.ToHexString(BytesOf(asRegistered.Value.KeyBlock!.Material!)));
        Assert.Equal(EncodingOption.NoEncoding, asRegistered.Value.KeyBlock.Wrapping!.EncodingOption);
        Assert.Null(clear.Value.KeyBlock!.Wrapping);
        Assert.Equal("00112233445566778899AABBCCDDEEFF", Convert.ToHexString(BytesOf(clear.Value.KeyBlock.Material!)));
        // spec: KMIP 2.1 §6.1.43 "the server SHALL create a Link attribute of Link Type Wrapping Key Link"
        Assert.Equal(LinkOf(LinkType.WrappingKeyLink, kek), (await engine.AttributesOfAsync(id)).Find(AttributeName.Link));
    }

    [Theory]
    [InlineData(BlockCipherMode.NISTKeyWrap)]
    [InlineData(BlockCipherMode.AESKeyWrapPadding)]
    public async Task Get_WrappedPrivateKey_UnwrapsElsewhere(BlockCipherMode mode)
    {
        var kekBytes = RandomNumberGenerator.GetBytes(32);
        var kek = await engine.RegisterKeyAsync(
            ObjectType.SymmetricKey, SymmetricBlock(kekBytes, KeyFormatType.Raw), CryptographicAlgorithm.AES, engine.WrappingAttributes(mode));
        var secret = RandomNumberGenerator.GetBytes(mode == BlockCipherMode.NISTKeyWrap ? 40 : 37);
        using var value = ValueOf(ObjectType.SecretData, Block(KeyFormatType.Raw, secret));
        var id = (await engine.RunAsync(new RegisterOperation(), new RegisterRequest { ObjectType = ObjectType.SecretData, Attributes = AttributeSet.Empty, Value = value })).Id;

        using var got = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id, KeyWrappingSpecification = SpecificationOf(kek, mode) });

        using var kekSecret = SecretBytes.CopyFrom(kekBytes);
        var wrapped = BytesOf(got.Value.KeyBlock!.Material!);
        SecretBytes? unwrapped;
        Assert.True(mode == BlockCipherMode.NISTKeyWrap
            ? AesKeyWrap.TryUnwrap(kekSecret, wrapped, out unwrapped)
            : AesKeyWrapWithPadding.TryUnwrap(kekSecret, wrapped, out unwrapped));
        using (unwrapped) Assert.Equal(secret, BytesOf(unwrapped!));
    }

    [Fact]
    public async Task Get_WrappedByAKeyThatMayNot_IsRefused()
    {
        var key = await engine.CreateAesAsync();
        var notForWrapping = await engine.CreateAesAsync();
        var otherParameters = await engine.CreateWrappingKeyAsync(BlockCipherMode.AESKeyWrapPadding);
        var strangers = await engine.CreateAesAsync(principal: engine.Stranger);

        Assert.Equal(
            KeyreeveError.IncompatibleUsageMask,
            await engine.RefusedAsync(new GetOperation(), new GetRequest { Id = key, KeyWrappingSpecification = SpecificationOf(notForWrapping) }));
        // spec: KMIP 2.1 §7.18 "if no match is found, then an error is returned"
        Assert.Equal(
            KeyreeveError.CryptographicParametersNotSupported,
            await engine.RefusedAsync(new GetOperation(), new GetRequest { Id = key, KeyWrappingSpecification = SpecificationOf(otherParameters) }));
        Assert.Equal(
            KeyreeveError.WrappingKeyNotFound,
            await engine.RefusedAsync(new GetOperation(), new GetRequest { Id = key, KeyWrappingSpecification = SpecificationOf(strangers) }));
    }
}
