using System.Security.Cryptography;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Operations;

/// <summary>What Cryptographic Parameters choose beside the usual: other ciphers, key wrap, counters, who makes the IV, pads.</summary>
public sealed class CipherParametersTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private static readonly byte[] Plaintext = RandomNumberGenerator.GetBytes(64);

    [Theory]
    [InlineData(CryptographicAlgorithm.Camellia)]
    [InlineData(CryptographicAlgorithm.ARIA)]
    [InlineData(CryptographicAlgorithm.SM4)]
    public async Task Encrypt_CipherOfANationalStandard_DecryptsAgain(CryptographicAlgorithm algorithm)
    {
        var id = await CreateAsync(algorithm, 128, null);
        var parameters = Attributes.Parameters(BlockCipherMode.CBC, PaddingMethod.PKCS5);

        var encrypted = await EncryptAsync(id, Plaintext, parameters);

        Assert.Equal(80, encrypted.Data.Length);
        Assert.Equal(Plaintext, await DecryptAsync(id, encrypted, parameters));
        Assert.Equal(KeyreeveError.RefusedByMode, await RefusedAsync(id, Plaintext, Attributes.Parameters(BlockCipherMode.ECB, PaddingMethod.PKCS5)));
        Assert.Equal(KeyreeveError.CryptographicParametersNotSupported, await RefusedAsync(id, Plaintext, Attributes.Parameters(BlockCipherMode.GCM)));
    }

    [Theory]
    [InlineData(BlockCipherMode.NISTKeyWrap, 64)]
    [InlineData(BlockCipherMode.AESKeyWrapPadding, 61)]
    public async Task Encrypt_KeyWrapModes_TakeKeysThatAreForThemAndFindChanges(BlockCipherMode mode, int sizeInBytes)
    {
        var parameters = Attributes.Parameters(mode);
        var id = await engine.CreateAesAsync(AttributeSet.Empty.Add(AttributeName.CryptographicParameters, parameters));
        var data = Plaintext[..sizeInBytes];

        var wrapped = await EncryptAsync(id, data, parameters);
        var altered = wrapped.Data.ToArray();
        altered[3] ^= 1;

        Assert.Equal(72, wrapped.Data.Length);
        Assert.Equal(data, await DecryptAsync(id, wrapped, parameters));
        Assert.Equal(KeyreeveError.CryptographicFailure, await engine.RefusedAsync(
            new DecryptOperation(), new DecryptRequest { Id = id, CryptographicParameters = parameters, Data = altered }));
        Assert.Equal(KeyreeveError.RefusedByMode, await RefusedAsync(await engine.CreateAesAsync(), data, parameters));
    }

    [Fact]
    public async Task Encrypt_CounterTooShortForTheMessage_IsRefused()
    {
        var parameters = With(Attributes.Parameters(BlockCipherMode.CTR), AttributeField.CounterLength, 8);
        var id = await engine.CreateAesAsync(AttributeSet.Empty.Add(AttributeName.CryptographicParameters, parameters));

        var longest = await EncryptAsync(id, new byte[256 * 16], parameters);
        Assert.Equal(15, longest.IVCounterNonce!.Value.Length);
        Assert.Equal(new byte[256 * 16], await DecryptAsync(id, longest, parameters));
        Assert.Equal(KeyreeveError.InvalidField, await RefusedAsync(id, new byte[(256 * 16) + 1], parameters));
        Assert.Equal(KeyreeveError.InvalidField, await RefusedAsync(id, new byte[256 * 16], With(parameters, AttributeField.InitialCounterValue, 1)));
        Assert.Equal(KeyreeveError.BadCryptographicParameters, await RefusedAsync(id, Plaintext, With(Attributes.Parameters(BlockCipherMode.CTR), AttributeField.CounterLength, 9)));
    }

    [Fact]
    public async Task Encrypt_RandomIvSaysNo_TheIvIsMissing()
    {
        var id = await engine.CreateAesAsync();
        var parameters = new StructureValue([
            .. Attributes.Parameters(BlockCipherMode.CBC, PaddingMethod.PKCS5).Fields, new StructureField(AttributeField.RandomIV, AttributeValue.Of(value: false))]);

        Assert.Equal(KeyreeveError.MissingInitializationVector, await RefusedAsync(id, Plaintext, parameters));
    }

    [Theory]
    [InlineData(12)]
    [InlineData(14)]
    [InlineData(16)]
    public async Task Decrypt_ChaCha20Poly1305WithCutTag_OpensWhatIsGenuine(int tagSizeInBytes)
    {
        var id = await CreateAsync(CryptographicAlgorithm.ChaCha20Poly1305, 256, null);
        var parameters = Attributes.Parameters(BlockCipherMode.AEAD, tagLength: tagSizeInBytes);
        var encrypted = await EncryptAsync(id, Plaintext, parameters);
        var altered = encrypted.Data.ToArray();
        altered[0] ^= 1;

        Assert.Equal(tagSizeInBytes, encrypted.AuthenticatedEncryptionTag!.Value.Length);
        Assert.Equal(Plaintext, await DecryptAsync(id, encrypted, parameters));
        Assert.Equal(KeyreeveError.CryptographicFailure, await engine.RefusedAsync(new DecryptOperation(), new DecryptRequest
        {
            Id = id, CryptographicParameters = parameters, Data = altered,
            IVCounterNonce = encrypted.IVCounterNonce, AuthenticatedEncryptionTag = encrypted.AuthenticatedEncryptionTag,
        }));
    }

    [Fact]
    public async Task Encrypt_OneTimePad_IsForInteropGroupsAloneAndStaysHere()
    {
        var pad = RandomNumberGenerator.GetBytes(8);
        var interop = await RegisterPadAsync(pad, EngineFixture.InteropGroup);
        var strict = await RegisterPadAsync(pad, null);

        var encrypted = await EncryptAsync(interop, new byte[6], null);
        using var given = await engine.RunAsync(new GetOperation(), new GetRequest { Id = interop });

        Assert.Equal(pad[..6], encrypted.Data.ToArray());
        Assert.Equal(new byte[6], await DecryptAsync(interop, encrypted, null));
        Assert.Equal(KeyreeveError.InvalidField, await RefusedAsync(interop, new byte[9], null));
        Assert.Equal(KeyreeveError.RefusedByMode, await RefusedAsync(strict, new byte[6], null));
        Assert.Null(given.Value.KeyBlock!.Material);
    }

    private static StructureValue With(StructureValue parameters, AttributeField field, int value) =>
        new(parameters.Fields.Add(new StructureField(field, AttributeValue.Of(value))));

    private async Task<EncryptResponse> EncryptAsync(UniqueIdentifier id, byte[] data, StructureValue? parameters) =>
        await engine.RunAsync(new EncryptOperation(), new EncryptRequest { Id = id, CryptographicParameters = parameters, Data = data });

    private async Task<byte[]> DecryptAsync(UniqueIdentifier id, EncryptResponse encrypted, StructureValue? parameters) =>
        (await engine.RunAsync(new DecryptOperation(), new DecryptRequest
        {
            Id = id,
            CryptographicParameters = parameters,
            Data = encrypted.Data,
            IVCounterNonce = encrypted.IVCounterNonce,
            AuthenticatedEncryptionTag = encrypted.AuthenticatedEncryptionTag,
        })).Data.ToArray();

    private async Task<KeyreeveError> RefusedAsync(UniqueIdentifier id, byte[] data, StructureValue? parameters) =>
        await engine.RefusedAsync(new EncryptOperation(), new EncryptRequest { Id = id, CryptographicParameters = parameters, Data = data });

    private async Task<UniqueIdentifier> CreateAsync(CryptographicAlgorithm algorithm, int lengthInBits, GroupName? group)
    {
        var attributes = AttributeSet.Empty
            .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm))
            .With(AttributeName.CryptographicLength, AttributeValue.Of(lengthInBits))
            .With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt)))
            .With(AttributeName.ActivationDate, AttributeValue.Of(engine.Time.GetUtcNow().AddMinutes(-1)));
        return (await engine.RunAsync(new CreateOperation(), new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = attributes, Group = group })).Id;
    }

    private async Task<UniqueIdentifier> RegisterPadAsync(byte[] pad, GroupName? group)
    {
        using var value = new ObjectValue
        {
            ObjectType = ObjectType.SecretData,
            SecretDataType = SecretDataType.Password,
            KeyBlock = new KeyBlock { KeyFormatType = KeyFormatType.Opaque, Material = SecretBytes.CopyFrom(pad) },
        };
        var attributes = AttributeSet.Empty
            .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(CryptographicAlgorithm.OneTimePad))
            .With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt)))
            .With(AttributeName.ActivationDate, AttributeValue.Of(engine.Time.GetUtcNow().AddMinutes(-1)));
        return (await engine.RunAsync(new RegisterOperation(), new RegisterRequest { ObjectType = ObjectType.SecretData, Attributes = attributes, Value = value, Group = group })).Id;
    }
}
