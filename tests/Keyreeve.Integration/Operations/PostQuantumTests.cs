using System.Security.Cryptography;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Operations;

/// <summary>ML-KEM and ML-DSA with a library that has them, and without; with it they run in a process of their own: <see cref="NewerOpenSslTests"/>.</summary>
public sealed class PostQuantumTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private static readonly byte[] Message = RandomNumberGenerator.GetBytes(100);

    public static TheoryData<CryptographicAlgorithm> Signatures { get; } = [CryptographicAlgorithm.MLDSA44, CryptographicAlgorithm.MLDSA65, CryptographicAlgorithm.MLDSA87];

    public static TheoryData<CryptographicAlgorithm> Encapsulations { get; } = [CryptographicAlgorithm.MLKEM512, CryptographicAlgorithm.MLKEM768, CryptographicAlgorithm.MLKEM1024];

    [Theory]
    [MemberData(nameof(Signatures))]
    [MemberData(nameof(Encapsulations))]
    public async Task CreateKeyPair_LibraryWithoutIt_IsRefusedAndSaysWhy(CryptographicAlgorithm algorithm)
    {
        Assert.SkipWhen(PostQuantumAlgorithm.MlDsa65.IsAvailable(), "this process runs with an OpenSSL that has it");
        var refused = await Assert.ThrowsAsync<KeyreeveException>(async () => await CreateAsync(algorithm, CryptographicUsageMask.Sign, CryptographicUsageMask.Verify));
        Assert.Equal(KeyreeveError.FeatureNotSupported, refused.Error);
        Assert.Contains("OpenSSL 3.5", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(KnownAnswer.All, static answer => answer.Name.StartsWith("ML-", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Signatures))]
    public async Task Sign_MlDsaPair_VerifiesAndNothingElseDoes(CryptographicAlgorithm algorithm)
    {
        Require();
        var (privateKey, publicKey) = await CreateAsync(algorithm, CryptographicUsageMask.Sign, CryptographicUsageMask.Verify);

        var signature = (await engine.RunAsync(new SignOperation(), new SignRequest { Id = privateKey, Data = Message })).SignatureData!.Value.ToArray();

        Assert.True(await IsValidAsync(publicKey, Message, signature));
        Assert.False(await IsValidAsync(publicKey, [.. Message, 0], signature));
        signature[100] ^= 1;
        Assert.False(await IsValidAsync(publicKey, Message, signature));
        Assert.False(await IsValidAsync(publicKey, Message, signature[1..]));
        Assert.Equal(KeyreeveError.InvalidField, await engine.RefusedAsync(new SignOperation(), new SignRequest { Id = privateKey, DigestedData = new byte[32] }));

        // Who has the public key only, and .NET, agrees.
        using var given = await engine.RunAsync(new GetOperation(), new GetRequest { Id = publicKey, KeyFormatType = KeyFormatType.Raw });
        using var outside = MlDsaKey.ImportRaw(PostQuantumForm.Of(algorithm), isPrivate: false, given.Value.KeyBlock!.Material!);
        signature[100] ^= 1;
        Assert.True(outside.Verify(Message, signature));
    }

    [Theory]
    [MemberData(nameof(Encapsulations))]
    public async Task DeriveKey_EncapsulatedForAnMlKemPair_IsTheSecret(CryptographicAlgorithm algorithm)
    {
        Require();
        var (privateKey, publicKey) = await CreateAsync(algorithm, CryptographicUsageMask.DeriveKey, CryptographicUsageMask.DeriveKey);
        using var given = await engine.RunAsync(new GetOperation(), new GetRequest { Id = publicKey });
        using var outside = MlKemKey.Import(PostQuantumForm.Of(algorithm), isPrivate: false, given.Value.KeyBlock!.Material!);
        using var secret = outside.Encapsulate(out var ciphertext);

        var derived = await engine.RunAsync(new DeriveKeyOperation(), Decapsulation(privateKey, ciphertext));

        using var got = await engine.RunAsync(new GetOperation(), new GetRequest { Id = derived.Id });
        Assert.Equal(secret, got.Value.KeyBlock!.Material);
        Assert.Equal(KeyreeveError.InvalidField, await engine.RefusedAsync(new DeriveKeyOperation(), Decapsulation(privateKey, ciphertext[1..])));
        Assert.Equal(KeyreeveError.InvalidField, await engine.RefusedAsync(new DeriveKeyOperation(), Decapsulation(publicKey, ciphertext)));
    }

    [Theory]
    [MemberData(nameof(Signatures))]
    [MemberData(nameof(Encapsulations))]
    public async Task Register_PrivateKeyAsItsSeed_ComesBackSo(CryptographicAlgorithm algorithm)
    {
        Require();
        var isEncapsulation = PostQuantumForm.Of(algorithm).IsEncapsulation();
        var seed = RandomNumberGenerator.GetBytes(isEncapsulation ? MlKemKey.SeedSizeInBytes : MlDsaKey.SeedSizeInBytes);

        var id = await RegisterAsync(algorithm, seed);

        using var got = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id, KeyFormatType = KeyFormatType.Raw });
        using (var lease = got.Value.KeyBlock!.Material!.Reveal()) Assert.Equal(seed, lease.Span.ToArray());
        using var encoded = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id, KeyFormatType = KeyFormatType.PKCS8 });
        Assert.True(encoded.Value.KeyBlock!.Material!.LengthInBytes > seed.Length);
        var refused = await Assert.ThrowsAsync<KeyreeveException>(async () => await RegisterAsync(algorithm, seed[1..]));
        Assert.Equal(KeyreeveError.InvalidField, refused.Error);
    }

    [Fact]
    public void SelfTest_LibraryThatHasThem_KnownAnswersComeOut()
    {
        Require();
        var answers = KnownAnswer.All.Where(static answer => answer.Name.StartsWith("ML-", StringComparison.Ordinal)).ToList();
        Assert.Equal(6, answers.Count);
        Assert.True(SelfTest.Run(answers, TimeProvider.System).HasPassed);
    }

    private static void Require() => Assert.SkipUnless(
        PostQuantumAlgorithm.MlDsa65.IsAvailable(), $"{CryptographyLibrary.Version} has neither ML-KEM nor ML-DSA; NewerOpenSslTests runs this with one that has");

    private async Task<(UniqueIdentifier Private, UniqueIdentifier Public)> CreateAsync(
        CryptographicAlgorithm algorithm, CryptographicUsageMask privateUse, CryptographicUsageMask publicUse)
    {
        var pair = await engine.RunAsync(new CreateKeyPairOperation(), new CreateKeyPairRequest
        {
            CommonAttributes = AttributeSet.Empty.With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm))
                .With(AttributeName.ActivationDate, AttributeValue.Of(engine.Time.GetUtcNow().AddMinutes(-1))),
            PrivateKeyAttributes = AttributeSet.Empty.With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)privateUse)),
            PublicKeyAttributes = AttributeSet.Empty.With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)publicUse)),
        });
        return (pair.PrivateKeyId, pair.PublicKeyId);
    }

    private async Task<UniqueIdentifier> RegisterAsync(CryptographicAlgorithm algorithm, byte[] seed)
    {
        using var value = new ObjectValue
        {
            ObjectType = ObjectType.PrivateKey,
            KeyBlock = new KeyBlock { KeyFormatType = KeyFormatType.Raw, CryptographicAlgorithm = algorithm, Material = SecretBytes.CopyFrom(seed) },
        };
        return (await engine.RunAsync(new RegisterOperation(), new RegisterRequest
        {
            ObjectType = ObjectType.PrivateKey,
            Value = value,
            Attributes = AttributeSet.Empty.With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm))
                .With(AttributeName.CryptographicUsageMask, AttributeValue.Of(0)),
        })).Id;
    }

    private static DeriveKeyRequest Decapsulation(UniqueIdentifier key, byte[] ciphertext) => new()
    {
        ObjectType = ObjectType.SecretData,
        Ids = [key],
        Method = DerivationMethod.AsymmetricKey,
        Parameters = new DerivationParameters { DerivationData = [ciphertext] },
        Attributes = AttributeSet.Empty.With(AttributeName.CryptographicLength, AttributeValue.Of(MlKemKey.SharedSecretSizeInBytes * 8)),
    };

    private async Task<bool> IsValidAsync(UniqueIdentifier key, byte[] message, byte[] signature) =>
        (await engine.RunAsync(new SignatureVerifyOperation(), new SignatureVerifyRequest { Id = key, Data = message, SignatureData = signature })).IsValid == true;
}
