using System.Security.Cryptography;
using System.Text;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Operations;

public sealed class DeriveKeyTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private static readonly byte[] Key = Convert.FromHexString("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");

    [Fact]
    public async Task DeriveKey_Hmac_IsTheMacOfTheData()
    {
        var id = await DeriveAsync(await RegisterAsync(Key), DerivationMethod.HMAC, new() { CryptographicParameters = Hash(HashingAlgorithm.SHA256), DerivationData = [new byte[] { 1, 2 }] });

        Assert.Equal(HMACSHA256.HashData(Key, (byte[])[1, 2])[..16], await MaterialOfAsync(id));
    }

    [Fact]
    public async Task DeriveKey_HmacKey_ItsOwnHashCountsAndNotTheOneStated()
    {
        var key = await RegisterAsync(Key, CryptographicAlgorithm.HMACSHA512);

        var id = await DeriveAsync(key, DerivationMethod.HMAC, new() { CryptographicParameters = Hash(HashingAlgorithm.SHA256), DerivationData = [new byte[] { 1 }] });

        Assert.Equal(HMACSHA512.HashData(Key, (byte[])[1])[..16], await MaterialOfAsync(id));
    }

    [Fact]
    public async Task DeriveKey_Hash_IsTheHashOfTheKey()
    {
        var id = await DeriveAsync(await RegisterAsync(Key), DerivationMethod.HASH, new() { CryptographicParameters = Hash(HashingAlgorithm.SHA384) }, lengthInBits: 256);

        Assert.Equal(SHA384.HashData(Key)[..32], await MaterialOfAsync(id));
    }

    [Fact]
    public async Task DeriveKey_Hkdf_IsRfc5869()
    {
        // RFC 5869 A.1
        var input = Enumerable.Repeat((byte)0x0B, 22).ToArray();
        var secret = await RegisterSecretAsync(input);

        var id = await DeriveAsync(
            secret, DerivationMethod.HKDF,
            new() { Salt = Convert.FromHexString("000102030405060708090a0b0c"), DerivationData = [Convert.FromHexString("f0f1f2f3f4f5f6f7f8f9")] },
            lengthInBits: 336, objectType: ObjectType.SecretData);

        Assert.Equal(
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
            Convert.ToHexStringLower(await MaterialOfAsync(id)));
    }

    [Fact]
    public async Task DeriveKey_AwsSignature_IsTheDocumentedSigningKey()
    {
        // The example of AWS' own documentation, "Deriving the signing key".
        var secret = await RegisterSecretAsync(Encoding.ASCII.GetBytes("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"));

        var id = await DeriveAsync(
            secret, DerivationMethod.AWSSignatureVersion4,
            new() { DerivationData = [Encoding.ASCII.GetBytes("20120215"), Encoding.ASCII.GetBytes("us-east-1"), Encoding.ASCII.GetBytes("iam")] },
            lengthInBits: 256, objectType: ObjectType.SecretData);

        Assert.Equal("f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d", Convert.ToHexStringLower(await MaterialOfAsync(id)));
    }

    [Fact]
    public async Task DeriveKey_Pbkdf2_IsRfc8018()
    {
        var salt = Encoding.ASCII.GetBytes("saltSALTsaltSALTsalt");
        var password = Encoding.ASCII.GetBytes("passwordPASSWORD");
        var secret = await RegisterSecretAsync(password);

        var id = await DeriveAsync(
            secret, DerivationMethod.PBKDF2, new() { CryptographicParameters = Hash(HashingAlgorithm.SHA256), Salt = salt, IterationCount = 4096 }, lengthInBits: 256);

        Assert.Equal(Rfc2898DeriveBytes.Pbkdf2(password, salt, 4096, HashAlgorithmName.SHA256, 32), await MaterialOfAsync(id));
    }

    [Fact]
    public async Task DeriveKey_Encrypt_IsTheCiphertextOfTheData()
    {
        var data = Enumerable.Range(0, 32).Select(i => (byte)i).ToArray();
        var iv = new byte[16];
        iv[0] = 7;

        var id = await DeriveAsync(
            await RegisterAsync(Key), DerivationMethod.ENCRYPT,
            new() { CryptographicParameters = Attributes.Parameters(BlockCipherMode.CBC), InitializationVector = iv, DerivationData = [data] }, lengthInBits: 256);

        using var aes = Aes.Create();
        aes.Key = Key;
        Assert.Equal(aes.EncryptCbc(data, iv, PaddingMode.None), await MaterialOfAsync(id));
    }

    [Theory]
    [InlineData(DerivationMethod.NIST800108C)]
    [InlineData(DerivationMethod.NIST800108F)]
    [InlineData(DerivationMethod.NIST800108DPI)]
    public async Task DeriveKey_Nist800108_IsTheChainOfThePublication(DerivationMethod method)
    {
        byte[] fixedInput = [.. "label"u8, 0, .. "context"u8];
        byte[] iv = [9, 9];

        var id = await DeriveAsync(
            await RegisterAsync(Key), method,
            new() { CryptographicParameters = Hash(HashingAlgorithm.SHA256), DerivationData = [fixedInput], InitializationVector = iv },
            lengthInBits: 640, objectType: ObjectType.SecretData);

        // spec: SP 800-108r1 §4.1 to §4.3, each block from its definition.
        var expected = new List<byte>();
        byte[] previous = method == DerivationMethod.NIST800108F ? iv : [];
        var a = fixedInput;
        for (byte i = 1; i <= 3; i++)
        {
            if (method == DerivationMethod.NIST800108DPI) previous = a = HMACSHA256.HashData(Key, a);
            var block = HMACSHA256.HashData(Key, (byte[])[.. previous, 0, 0, 0, i, .. fixedInput]);
            if (method == DerivationMethod.NIST800108F) previous = block;
            expected.AddRange(block);
        }

        Assert.Equal(expected.Take(80), await MaterialOfAsync(id));
    }

    [Fact]
    public async Task DeriveKey_SecretDataAsSecondObject_IsTheDerivationData()
    {
        var request = Request([await RegisterAsync(Key), await RegisterSecretAsync([5, 6])], DerivationMethod.HMAC, new() { CryptographicParameters = Hash(HashingAlgorithm.SHA256) });

        var id = (await engine.RunAsync(new DeriveKeyOperation(), request)).Id;

        Assert.Equal(HMACSHA256.HashData(Key, (byte[])[5, 6])[..16], await MaterialOfAsync(id));
        var links = Links.Of(await engine.AttributesOfAsync(id), LinkType.DerivationBaseObjectLink);
        Assert.Equal(request.Ids, links);
        foreach (var derivedOf in request.Ids) Assert.Equal([id], Links.Of(await engine.AttributesOfAsync(derivedOf), LinkType.DerivedKeyLink));
    }

    [Fact]
    public async Task DeriveKey_NotAllowed_IsRefusedAndNothingIsMade()
    {
        var plain = await engine.CreateAesAsync();
        var data = new DerivationParameters { CryptographicParameters = Hash(HashingAlgorithm.SHA256), DerivationData = [new byte[1]] };
        Assert.Equal(KeyreeveError.IncompatibleUsageMask, await RefusedAsync(Request([plain], DerivationMethod.HMAC, data)));

        var young = await RegisterAsync(Key, active: false);
        Assert.Equal(KeyreeveError.WrongKeyLifecycleState, await RefusedAsync(Request([young], DerivationMethod.HMAC, data)));

        var key = await RegisterAsync(Key);
        Assert.Equal(KeyreeveError.InvalidField, await RefusedAsync(Request([key], DerivationMethod.HMAC, data, lengthInBits: 512, objectType: ObjectType.SecretData)));
        Assert.Equal(KeyreeveError.InvalidMessage, await RefusedAsync(Request([key, await RegisterSecretAsync([1])], DerivationMethod.HMAC, data)));
        Assert.Equal(KeyreeveError.InvalidField, await RefusedAsync(Request([key], DerivationMethod.HMAC, new() { CryptographicParameters = Hash(HashingAlgorithm.SHA256) })));
        Assert.Equal(KeyreeveError.InvalidField, await RefusedAsync(Request([key], (DerivationMethod)99, data)));
        Assert.Equal(KeyreeveError.ItemNotFound, await engine.RefusedAsync(new DeriveKeyOperation(), Request([key], DerivationMethod.HMAC, data), engine.Stranger));
        var other = EngineFixture.PrincipalOf("derive-elsewhere", TenantId.Default, GroupName.Parse("derive/here"), Role.KeyUser);
        Assert.Equal(KeyreeveError.ItemNotFound, await engine.RefusedAsync(new DeriveKeyOperation(), Request([key], DerivationMethod.HMAC, data), other));
        Assert.Empty(Links.Of(await engine.AttributesOfAsync(key), LinkType.DerivedKeyLink));
    }

    [Fact]
    public async Task DeriveKey_TooLittleOrTooMuchWork_IsRefused()
    {
        var secret = await RegisterSecretAsync([1, 2, 3]);
        Assert.Equal(KeyreeveError.RefusedByMode, await RefusedAsync(Request([secret], DerivationMethod.PBKDF2, new() { Salt = new byte[16], IterationCount = 999 })));
        Assert.Equal(KeyreeveError.RefusedByMode, await RefusedAsync(Request([secret], DerivationMethod.PBKDF2, new() { Salt = new byte[8], IterationCount = 1000 })));
        Assert.Equal(KeyreeveError.InvalidField, await RefusedAsync(Request([secret], DerivationMethod.PBKDF2, new() { Salt = new byte[16], IterationCount = int.MaxValue })));
        Assert.Equal(KeyreeveError.InvalidField, await RefusedAsync(Request([secret], DerivationMethod.PBKDF2, new() { IterationCount = 1000 })));
        Assert.Equal(
            KeyreeveError.RefusedByMode,
            await RefusedAsync(Request([await RegisterAsync(Key)], DerivationMethod.ENCRYPT, new() { CryptographicParameters = Attributes.Parameters(BlockCipherMode.ECB), DerivationData = [new byte[16]] })));
    }

    [Theory]
    [Trait("Attack", "35")]
    [InlineData(AttributeName.Sensitive, true, KeyreeveError.Sensitive)]
    [InlineData(AttributeName.Extractable, false, KeyreeveError.NotExtractable)]
    public async Task DeriveKey_ProtectedSecretAsData_LeavesNoMoreThanTheSecret(AttributeName name, bool value, KeyreeveError error)
    {
        var secret = await RegisterSecretAsync(new byte[32], AttributeSet.Empty.With(name, AttributeValue.Of(value)));
        var known = await RegisterAsync(Key);
        var parameters = new DerivationParameters { CryptographicParameters = Attributes.Parameters(BlockCipherMode.CBC), InitializationVector = new byte[16] };

        var derived = (await engine.RunAsync(
            new DeriveKeyOperation(), Request([known, secret], DerivationMethod.ENCRYPT, parameters, lengthInBits: 256, objectType: ObjectType.SecretData))).Id;

        Assert.Equal(error, await engine.RefusedAsync(new GetOperation(), new GetRequest { Id = derived }));
    }

    [Fact]
    [Trait("Attack", "28")]
    public async Task DeriveKey_DataOfAnotherUser_IsRefused()
    {
        var (mine, others) = (new CallUser("user:mine", "mine"), new CallUser("user:others", "others"));
        var secret = await RegisterSecretAsync([5, 6], user: others);
        var request = Request([await RegisterAsync(Key), secret], DerivationMethod.HMAC, new() { CryptographicParameters = Hash(HashingAlgorithm.SHA256) });

        var refusal = await Assert.ThrowsAsync<KeyreeveException>(async () =>
            await engine.Pipeline.RunAsync(new DeriveKeyOperation(), engine.CallOf() with { User = mine }, request, CancellationToken.None));

        Assert.Equal(KeyreeveError.PermissionDenied, refusal.Error);
    }

    [Fact]
    public async Task DeriveKey_LongKeyOfLongData_IsRefusedBeforeItKeepsTheServerBusy()
    {
        var data = new DerivationParameters { CryptographicParameters = Hash(HashingAlgorithm.SHA256), DerivationData = [new byte[1 << 19]] };

        var request = Request([await RegisterAsync(Key)], DerivationMethod.NIST800108C, data, lengthInBits: 1 << 20, objectType: ObjectType.SecretData);

        Assert.Equal(KeyreeveError.InvalidField, await RefusedAsync(request));
    }

    [Fact]
    [Trait("Attack", "44")]
    public async Task DeriveKey_UsageLimits_CountAndEnd()
    {
        var limits = AttributeValue.Of(
            new StructureField(AttributeField.UsageLimitsTotal, AttributeValue.Of(1L)),
            new StructureField(AttributeField.UsageLimitsUnit, AttributeValue.Of(UsageLimitsUnit.Object)));
        var key = await RegisterAsync(Key, more: AttributeSet.Empty.With(AttributeName.UsageLimits, limits));
        var request = Request([key], DerivationMethod.HMAC, new() { CryptographicParameters = Hash(HashingAlgorithm.SHA256), DerivationData = [new byte[1]] });
        await engine.RunAsync(new DeriveKeyOperation(), request);

        Assert.Equal(KeyreeveError.UsageAllocationRefused, await RefusedAsync(request));
    }

    private async ValueTask<UniqueIdentifier> DeriveAsync(
        UniqueIdentifier id, DerivationMethod method, DerivationParameters parameters, int lengthInBits = 128, ObjectType objectType = ObjectType.SymmetricKey) =>
        (await engine.RunAsync(new DeriveKeyOperation(), Request([id], method, parameters, lengthInBits, objectType))).Id;

    private ValueTask<KeyreeveError> RefusedAsync(DeriveKeyRequest request) => engine.RefusedAsync(new DeriveKeyOperation(), request);

    private static DeriveKeyRequest Request(
        UniqueIdentifier[] ids, DerivationMethod method, DerivationParameters parameters, int lengthInBits = 128, ObjectType objectType = ObjectType.SymmetricKey) => new()
        {
            ObjectType = objectType,
            Ids = [.. ids],
            Method = method,
            Parameters = parameters,
            Attributes = objectType == ObjectType.SymmetricKey
                ? Attributes.Aes(lengthInBits)
                : AttributeSet.Empty.With(AttributeName.CryptographicLength, AttributeValue.Of(lengthInBits)),
        };

    private async ValueTask<UniqueIdentifier> RegisterAsync(
        byte[] key, CryptographicAlgorithm algorithm = CryptographicAlgorithm.AES, bool active = true, AttributeSet? more = null)
    {
        using var block = new KeyBlock
        {
            KeyFormatType = KeyFormatType.Raw, Material = SecretBytes.CopyFrom(key), CryptographicAlgorithm = algorithm, CryptographicLength = key.Length * 8,
        };
        return await RegisterAsync(ObjectType.SymmetricKey, new ObjectValue { ObjectType = ObjectType.SymmetricKey, KeyBlock = block }, active, more);
    }

    private async ValueTask<UniqueIdentifier> RegisterSecretAsync(byte[] secret, AttributeSet? more = null, CallUser? user = null)
    {
        using var block = new KeyBlock { KeyFormatType = KeyFormatType.Raw, Material = SecretBytes.CopyFrom(secret) };
        var value = new ObjectValue { ObjectType = ObjectType.SecretData, SecretDataType = SecretDataType.Seed, KeyBlock = block };
        return await RegisterAsync(ObjectType.SecretData, value, active: true, more, user);
    }

    private async ValueTask<UniqueIdentifier> RegisterAsync(ObjectType objectType, ObjectValue value, bool active, AttributeSet? more, CallUser? user = null)
    {
        var attributes = (more ?? AttributeSet.Empty).With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)CryptographicUsageMask.DeriveKey));
        if (active) attributes = attributes.With(AttributeName.ActivationDate, AttributeValue.Of(engine.Time.GetUtcNow()));
        var register = new RegisterRequest { ObjectType = objectType, Attributes = attributes, Value = value };
        var held = await engine.Pipeline.RunAsync(new RegisterOperation(), engine.CallOf() with { User = user }, register, CancellationToken.None);
        return (await held.ReleaseAsync(CancellationToken.None)).Id;
    }

    private async ValueTask<byte[]> MaterialOfAsync(UniqueIdentifier id)
    {
        using var got = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id });
        using var lease = got.Value.KeyBlock!.Material!.Reveal();
        return lease.Span.ToArray();
    }

    private static StructureValue Hash(HashingAlgorithm hash) => new([new StructureField(AttributeField.HashingAlgorithm, AttributeValue.Of(hash))]);
}
