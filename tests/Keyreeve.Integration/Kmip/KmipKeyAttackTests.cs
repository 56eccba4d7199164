using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>Keys over KMIP that are no keys, and ciphertexts that ask what a decryption found.</summary>
public sealed class KmipKeyAttackTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    private const int BlockSizeInBytes = 256;

    [Fact]
    [Trait("Attack", "42")]
    public async Task Register_KeyThatIsNone_IsRefusedAndNothingIsKept()
    {
        using var certificate = door.Enrol("no keys");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        foreach (var (name, key) in NoKeys())
        {
            var attributes = new AttributeList(KmipAttribute.Name(name), KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Verify));
            await Assert.ThrowsAsync<KmipException>(() => client.RegisterAsync(key, attributes));
            Assert.Empty(await client.LocateAsync(new AttributeList(KmipAttribute.Name(name))));
        }

        await Assert.ThrowsAsync<KmipException>(() => client.CreateKeyPairAsync(new CreateKeyPairRequest
        {
            CommonAttributes = new AttributeList(KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.RSA), KmipAttribute.CryptographicLength(1024)),
            PrivateKeyAttributes = new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Sign)),
            PublicKeyAttributes = new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Verify)),
        }));
    }

    [Fact]
    [Trait("Attack", "45")]
    public async Task Decrypt_Pkcs1PaddingThatIsWrong_GivesOtherBytesHoweverItIs()
    {
        using var certificate = door.Enrol("padding oracle", KmipDoor.InteropGroup);
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        using var pair = RSA.Create(8 * BlockSizeInBytes);
        var id = await client.RegisterAsync(
            KmipObjects.RsaPrivate(pair), new AttributeList(KmipAttribute.Name("padding oracle"), KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Decrypt)));
        await client.ActivateAsync(id);
        async Task<byte[]> DecryptAsync(byte[] ciphertext)
        {
            using var opened = await client.DecryptAsync(new DecryptRequest
            {
                UniqueIdentifier = id, CryptographicParameters = new() { PaddingMethod = PaddingMethod.PKCS1V1_5 }, Data = DataReference.From(ciphertext),
            });
            return opened.Payload.Data!.Value.ToArray();
        }

        Assert.Equal("hello"u8.ToArray(), await DecryptAsync(pair.Encrypt("hello"u8.ToArray(), RSAEncryptionPadding.Pkcs1)));
        // Implicit rejection: a padding that is wrong gives other bytes, the same each time, and nothing tells that it was wrong.
        foreach (var ciphertext in WrongPaddings().Select(block => Encrypt(pair, block)))
        {
            var given = await DecryptAsync(ciphertext);
            Assert.Equal(given, await DecryptAsync(ciphertext));
            Assert.DoesNotContain("1111111111", Convert.ToHexString(given), StringComparison.Ordinal);
        }

        // Of a ciphertext's length nobody makes a secret.
        var shorter = await Assert.ThrowsAsync<KmipException>(() => DecryptAsync(new byte[16]));
        var longer = await Assert.ThrowsAsync<KmipException>(() => DecryptAsync(new byte[BlockSizeInBytes + 1]));
        Assert.Equal((shorter.ResultReason, shorter.Message), (longer.ResultReason, longer.Message));
    }

    private static IEnumerable<(string Name, ManagedObject Key)> NoKeys()
    {
        using var small = RSA.Create(1024);
        yield return ("RSA of 1024 bits", Key(ObjectType.PublicKey, KeyFormatType.X_509, small.ExportSubjectPublicKeyInfo(), CryptographicAlgorithm.RSA, 1024));
        using var rsa = RSA.Create(2048);
        yield return ("even exponent", Key(ObjectType.PublicKey, KeyFormatType.PKCS_1, EvenExponent(rsa), CryptographicAlgorithm.RSA, 2048));
        yield return ("halves that do not fit", Key(ObjectType.PrivateKey, KeyFormatType.PKCS_1, OtherModulus(rsa), CryptographicAlgorithm.RSA, 2048));
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var offTheCurve = curve.ExportSubjectPublicKeyInfo();
        offTheCurve[^1] ^= 1;
        yield return ("point off the curve", Key(ObjectType.PublicKey, KeyFormatType.X_509, offTheCurve, CryptographicAlgorithm.ECDSA, 256));
        using var stated = ECDsa.Create(curve.ExportExplicitParameters(includePrivateParameters: false));
        yield return ("curve of its own", Key(ObjectType.PublicKey, KeyFormatType.X_509, stated.ExportSubjectPublicKeyInfo(), CryptographicAlgorithm.ECDSA, 256));
    }

    private static byte[] EvenExponent(RSA pair)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(pair.ExportParameters(includePrivateParameters: false).Modulus);
            writer.WriteInteger(65538);
        }

        return writer.Encode();
    }

    private static byte[] OtherModulus(RSA pair)
    {
        var key = pair.ExportRSAPrivateKey();
        var modulus = pair.ExportParameters(includePrivateParameters: false).Modulus!;
        key[key.AsSpan().IndexOf(modulus) + (modulus.Length / 2)] ^= 1;
        return key;
    }

    // Of another type; without its end; ended before eight bytes of filling; with another byte in front.
    private static IEnumerable<byte[]> WrongPaddings()
    {
        foreach (var (first, type, end) in new[] { (0, 1, 100), (0, 2, -1), (0, 2, 5), (1, 2, 100) })
        {
            var block = new byte[BlockSizeInBytes];
            block.AsSpan().Fill(0x11);
            (block[0], block[1]) = ((byte)first, (byte)type);
            if (end > 0) block[end] = 0;
            yield return block;
        }
    }

    private static byte[] Encrypt(RSA pair, byte[] block)
    {
        var parameters = pair.ExportParameters(includePrivateParameters: false);
        var number = BigInteger.ModPow(Number(block), Number(parameters.Exponent!), Number(parameters.Modulus!));
        var ciphertext = new byte[BlockSizeInBytes];
        var bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        bytes.CopyTo(ciphertext, ciphertext.Length - bytes.Length);
        return ciphertext;
    }

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static ManagedObject Key(ObjectType type, KeyFormatType format, byte[] bytes, CryptographicAlgorithm algorithm, int length) =>
        ManagedObject.FromKey(type, new() { KeyFormatType = format, KeyValue = KeyValue.FromBytes(bytes), CryptographicAlgorithm = algorithm, CryptographicLength = length });
}
