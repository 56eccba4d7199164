using System.Security.Cryptography;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;

namespace Keyreeve.Integration.Operations;

/// <summary>Keys in the forms in which clients send them, and a way to register them.</summary>
internal static class RegisteredKeys
{
    public static readonly CryptographicUsageMask Wraps = CryptographicUsageMask.WrapKey | CryptographicUsageMask.UnwrapKey;

    public static AttributeValue LinkOf(LinkType type, UniqueIdentifier id) => AttributeValue.Of(
        new StructureField(AttributeField.LinkType, AttributeValue.Of(type)),
        new StructureField(AttributeField.LinkedObjectIdentifier, AttributeValue.Of(id.ToString())));

    public static KeyBlock Block(KeyFormatType format, byte[] bytes) => new() { KeyFormatType = format, Material = SecretBytes.CopyFrom(bytes) };

    public static KeyBlock SymmetricBlock(byte[] key, KeyFormatType format) => new()
    {
        KeyFormatType = format,
        CryptographicAlgorithm = CryptographicAlgorithm.AES,
        CryptographicLength = key.Length * 8,
        Material = format == KeyFormatType.TransparentSymmetricKey ? null : SecretBytes.CopyFrom(key),
        Transparent = format != KeyFormatType.TransparentSymmetricKey
            ? null
            : new TransparentKey(format, new Dictionary<KeyComponent, SecretBytes> { [KeyComponent.Key] = SecretBytes.CopyFrom(key) }),
    };

    public static KeyBlock CopyOf(KeyBlock block) => new()
    {
        KeyFormatType = block.KeyFormatType,
        Material = block.Material?.Clone(),
        Transparent = block.Transparent is not { } transparent
            ? null
            : new TransparentKey(transparent.KeyFormatType, transparent.Components.ToDictionary(c => c.Key, c => c.Value.Clone())) { RecommendedCurve = transparent.RecommendedCurve },
    };

    public static KeyBlock TransparentPoint(byte[] point) => new()
    {
        KeyFormatType = KeyFormatType.TransparentECPublicKey,
        Transparent = new TransparentKey(
            KeyFormatType.TransparentECPublicKey, new Dictionary<KeyComponent, SecretBytes> { [KeyComponent.QString] = SecretBytes.CopyFrom(point) })
        {
            RecommendedCurve = RecommendedCurve.P256,
        },
    };

    public static KeyBlock EvenExponent()
    {
        var modulus = RandomNumberGenerator.GetBytes(256);
        modulus[0] |= 0x80;
        modulus[^1] |= 1;
        return new KeyBlock
        {
            KeyFormatType = KeyFormatType.TransparentRSAPublicKey,
            Transparent = new TransparentKey(KeyFormatType.TransparentRSAPublicKey, new Dictionary<KeyComponent, SecretBytes>
            {
                [KeyComponent.Modulus] = SecretBytes.CopyFrom(modulus),
                [KeyComponent.PublicExponent] = SecretBytes.CopyFrom([1, 0, 0]),
            }),
        };
    }

    public static KeyBlock HalvesThatDoNotMatch()
    {
        using var first = EcPrivateKey.Generate(EllipticCurve.P256);
        using var second = EcPrivateKey.Generate(EllipticCurve.P256);
        using var sec1 = first.ExportSec1();
        var mixed = BytesOf(sec1);
        second.PublicKey.ExportPoint().CopyTo(mixed, mixed.Length - 65);
        return Block(KeyFormatType.ECPrivateKey, mixed);
    }

    public static ObjectValue ValueOf(ObjectType objectType, KeyBlock block) => new() { ObjectType = objectType, KeyBlock = block };

    public static KeyWrappingSpecification SpecificationOf(UniqueIdentifier kek, BlockCipherMode mode = BlockCipherMode.NISTKeyWrap) => new()
    {
        WrappingMethod = WrappingMethod.Encrypt,
        EncryptionKey = new WrappingKeyInformation(kek.ToString(), Attributes.Parameters(mode)),
        EncodingOption = EncodingOption.NoEncoding,
    };

    public static AttributeSet WrappingAttributes(this EngineFixture engine, BlockCipherMode mode) => AttributeSet.Empty
        .With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)Wraps))
        .With(AttributeName.CryptographicParameters, Attributes.Parameters(mode))
        .With(AttributeName.ActivationDate, AttributeValue.Of(engine.Time.GetUtcNow()));

    public static byte[] BytesOf(SecretBytes secret)
    {
        using var lease = secret.Reveal();
        return lease.Span.ToArray();
    }

    public static async Task<UniqueIdentifier> CreateWrappingKeyAsync(this EngineFixture engine, BlockCipherMode mode = BlockCipherMode.NISTKeyWrap) =>
        (await engine.RunAsync(new CreateOperation(), new CreateRequest
        {
            ObjectType = ObjectType.SymmetricKey,
            Attributes = Attributes.Aes(usage: Wraps).With(AttributeName.CryptographicParameters, Attributes.Parameters(mode))
                .With(AttributeName.ActivationDate, AttributeValue.Of(engine.Time.GetUtcNow())),
        })).Id;

    public static async Task<UniqueIdentifier> RegisterKeyAsync(this EngineFixture engine, ObjectType objectType, KeyBlock block, CryptographicAlgorithm algorithm, AttributeSet? more = null)
    {
        using var value = ValueOf(objectType, block);
        var attributes = (more ?? AttributeSet.Empty).With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm));
        return (await engine.RunAsync(new RegisterOperation(), new RegisterRequest { ObjectType = objectType, Attributes = attributes, Value = value })).Id;
    }
}
