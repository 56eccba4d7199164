using System.Security.Cryptography;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Objects;
using Xunit;
using static Keyreeve.Integration.Kmip.Pkcs11Caller;

namespace Keyreeve.Integration.Kmip;

/// <summary>PKCS#11 over KMIP: one slot, the tenant's token in it, and keys used on the caller's own rights.</summary>
public sealed class KmipPkcs11Tests(KmipDoor door) : IClassFixture<KmipDoor>
{
    private const ulong SecretKey = 4;
    private const ulong PrivateKey = 3;
    private const ulong PublicKey = 2;
    private static readonly byte[] Message = RandomNumberGenerator.GetBytes(100);

    [Fact]
    public async Task Library_OneSlot_HasTheTenantsTokenAndItsMechanisms()
    {
        using var certificate = door.Enrol("token");
        await using var client = door.Client(certificate);
        var caller = await OpenAsync(client);

        Assert.Equal(76, (await caller.RequireAsync(3)).Length);
        Assert.Equal((byte[])[0, .. Count(1)], await caller.RequireAsync(5, [1, 0, .. Count(0)]));
        Assert.Equal((byte[])[1, .. Count(1), .. Numbers(1)], await caller.RequireAsync(5, [1, 1, .. Count(4)]));
        Assert.Equal(108, (await caller.RequireAsync(6, Numbers(1))).Length);
        var token = await caller.RequireAsync(7, Numbers(1));
        Assert.Equal(204, token.Length);
        Assert.Equal((0x443UL, 64UL, 1UL), (ReadNumber(token.AsSpan(96)), ReadNumber(token.AsSpan(104)), ReadNumber(token.AsSpan(112))));
        var mechanisms = await caller.RequireAsync(8, [.. Numbers(1), 1, .. Count(100)]);
        Assert.Equal(5 + (8 * ReadCount(mechanisms.AsSpan(1))), mechanisms.Length);
        Assert.Equal((byte[])[.. Numbers(16, 32, 0x300)], await caller.RequireAsync(9, Numbers(1, 0x1085)));
        Assert.Equal((byte[])[.. Numbers(1, 0, 4, 0)], await caller.RequireAsync(16, Numbers(caller.Session)));
        Assert.Equal(0x150u, (await caller.CallAsync(8, [.. Numbers(1), 1, .. Count(1)])).Code);
        Assert.Equal(0x70u, (await caller.CallAsync(9, Numbers(1, 0x1234))).Code);
        Assert.Equal(0x03u, (await caller.CallAsync(7, Numbers(2))).Code);
        Assert.Equal(0xE2u, (await caller.CallAsync(13, Numbers(1, 6))).Code);
        Assert.Equal(0x102u, (await caller.CallAsync(19, [.. Numbers(caller.Session, 1), .. Counted([1, 2])])).Code);
        Assert.Equal(0x54u, (await caller.CallAsync(59)).Code);
        Assert.Equal(0u, (await caller.CallAsync(14, Numbers(caller.Session))).Code);
        Assert.Equal(0xB3u, (await caller.CallAsync(16, Numbers(caller.Session))).Code);
    }

    [Fact]
    public async Task Aes_EncryptedInTheToken_DotNetDecrypts()
    {
        using var certificate = door.Enrol("aes");
        await using var client = door.Client(certificate);
        var secret = RandomNumberGenerator.GetBytes(32);
        await RegisterAsync(client, KmipObjects.Aes(secret), "pkcs11 aes", CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt);
        var caller = await OpenAsync(client);
        var key = await caller.FindAsync("pkcs11 aes", SecretKey);
        var iv = RandomNumberGenerator.GetBytes(16);
        var mechanism = Mechanism(0x1085, Counted(iv));

        // Who asks for the length first, or has too little room, goes on with what was begun.
        var (asked, length) = await caller.UseAsync(30, mechanism, key, [.. Counted(Message), 0, .. Count(0)]);
        Assert.Equal(0u, asked);
        Assert.Equal([0, .. Count(112)], length);
        Assert.Equal(0x150u, (await caller.CallAsync(31, [.. Numbers(caller.Session), .. DataAndRoom(Message, 111)])).Code);
        Assert.Equal(0x90u, (await caller.CallAsync(30, [.. Numbers(caller.Session), .. mechanism, .. Numbers(key)])).Code);
        var ciphertext = Bytes(await caller.RequireAsync(31, [.. Numbers(caller.Session), .. DataAndRoom(Message, 112)]));
        Assert.Equal(0x91u, (await caller.CallAsync(31, [.. Numbers(caller.Session), .. DataAndRoom(Message, 112)])).Code);

        using var aes = Aes.Create();
        aes.Key = secret;
        Assert.Equal(Message, aes.DecryptCbc(ciphertext, iv));
        var (code, plaintext) = await caller.UseAsync(34, Mechanism(0x1085, iv), key, DataAndRoom(ciphertext, 112));
        Assert.Equal((0u, Convert.ToHexString(Message)), (code, Convert.ToHexString(Bytes(plaintext))));
        ciphertext[^1] ^= 1;
        var altered = await caller.UseAsync(34, mechanism, key, DataAndRoom(ciphertext[..16], 112));
        Assert.Equal(0x40u, altered.Code);
    }

    [Fact]
    [Trait("Attack", "36")]
    public async Task Gcm_NonceOfTheCallers_IsTakenInAnInteropGroupAlone()
    {
        var parameter = (byte[])[.. Counted(RandomNumberGenerator.GetBytes(12)), .. Numbers(96), .. Counted([7, 7]), .. Numbers(128)];
        foreach (var (group, expected) in new[] { (KmipDoor.InteropGroup, 0u), ("default", 0x70u) })
        {
            using var certificate = door.Enrol("gcm " + group, group);
            await using var client = door.Client(certificate);
            await RegisterAsync(client, KmipObjects.Aes(new byte[32]), "pkcs11 gcm " + group, CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt);
            var caller = await OpenAsync(client);
            var key = await caller.FindAsync("pkcs11 gcm " + group, SecretKey);

            var (code, output) = await caller.UseAsync(30, Mechanism(0x1087, parameter), key, DataAndRoom(Message, 116));
            Assert.Equal(expected, code);
            if (code != 0) continue;
            var (_, plaintext) = await caller.UseAsync(34, Mechanism(0x1087, parameter), key, DataAndRoom(Bytes(output), 116));
            Assert.Equal(Message, Bytes(plaintext));
        }
    }

    [Fact]
    public async Task Ecdsa_SignedInTheToken_DotNetVerifiesWithTheTokensPublicKey()
    {
        using var certificate = door.Enrol("ecdsa");
        await using var client = door.Client(certificate);
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await RegisterAsync(client, Key(ObjectType.PrivateKey, KeyFormatType.PKCS_8, pair.ExportPkcs8PrivateKey(), CryptographicAlgorithm.ECDSA, 256), "pkcs11 ec", CryptographicUsageMask.Sign);
        await RegisterAsync(client, Key(ObjectType.PublicKey, KeyFormatType.X_509, pair.ExportSubjectPublicKeyInfo(), CryptographicAlgorithm.ECDSA, 256), "pkcs11 ec public", CryptographicUsageMask.Verify);
        var caller = await OpenAsync(client);
        var (key, publicKey) = (await caller.FindAsync("pkcs11 ec", PrivateKey), await caller.FindAsync("pkcs11 ec public", PublicKey));

        var signature = Bytes((await caller.UseAsync(43, Mechanism(0x1044), key, DataAndRoom(Message, 64))).Output);
        Assert.True(pair.VerifyData(Message, signature, HashAlgorithmName.SHA256));
        Assert.Equal(0u, (await caller.UseAsync(49, Mechanism(0x1044), publicKey, [.. Counted(Message), .. Counted(signature)])).Code);
        Assert.Equal(0xC0u, (await caller.UseAsync(49, Mechanism(0x1044), publicKey, [.. Counted([.. Message, 1]), .. Counted(signature)])).Code);
        Assert.Equal(0xC1u, (await caller.UseAsync(49, Mechanism(0x1044), publicKey, [.. Counted(Message), .. Counted(signature[1..])])).Code);

        // CKA_EC_POINT: its type, that value and length are there, the count, and an OCTET STRING of 65 bytes.
        var point = await caller.RequireAsync(25, [.. Numbers(caller.Session, publicKey), .. Count(1), .. Numbers(0x181), 0, 1, .. Count(100)]);
        var (x, y) = (pair.ExportParameters(includePrivateParameters: false).Q.X!, pair.ExportParameters(includePrivateParameters: false).Q.Y!);
        Assert.Equal([.. Count(1), .. Numbers(0x181), 1, 1, .. Count(67), 0x04, 65, 0x04, .. x, .. y], point);
    }

    [Fact]
    public async Task RsaAndHmac_UsedInTheToken_DotNetAgrees()
    {
        using var certificate = door.Enrol("rsa");
        await using var client = door.Client(certificate);
        using var pair = RSA.Create(2048);
        await RegisterAsync(client, KmipObjects.RsaPrivate(pair), "pkcs11 rsa", CryptographicUsageMask.Sign | CryptographicUsageMask.Decrypt);
        var secret = RandomNumberGenerator.GetBytes(32);
        await RegisterAsync(client, KmipObjects.Hmac(secret), "pkcs11 hmac", CryptographicUsageMask.MACGenerate | CryptographicUsageMask.MACVerify);
        var caller = await OpenAsync(client);
        var (rsa, hmac) = (await caller.FindAsync("pkcs11 rsa", PrivateKey), await caller.FindAsync("pkcs11 hmac", SecretKey));

        var pss = Bytes((await caller.UseAsync(43, Mechanism(0x43, Numbers(0x250, 2, 32)), rsa, DataAndRoom(Message, 256))).Output);
        Assert.True(pair.VerifyData(Message, pss, HashAlgorithmName.SHA256, RSASignaturePadding.Pss));
        var oaep = pair.Encrypt(Message, RSAEncryptionPadding.OaepSHA256);
        Assert.Equal(Message, Bytes((await caller.UseAsync(34, Mechanism(0x9, [.. Numbers(0x250, 2, 1), .. Count(0)]), rsa, DataAndRoom(oaep, 256))).Output));
        var mac = Bytes((await caller.UseAsync(43, Mechanism(0x251), hmac, DataAndRoom(Message, 32))).Output);
        Assert.Equal(HMACSHA256.HashData(secret, Message), mac);
        Assert.Equal(0u, (await caller.UseAsync(49, Mechanism(0x251), hmac, [.. Counted(Message), .. Counted(mac)])).Code);
        Assert.Equal(0xC0u, (await caller.UseAsync(49, Mechanism(0x251), hmac, [.. Counted(Message), .. Counted(mac[1..])])).Code);
        Assert.Equal(SHA512.HashData(Message), Bytes((await caller.UseAsync(38, Mechanism(0x270), null, DataAndRoom(Message, 64))).Output));
        Assert.Equal(4 + 24, (await caller.RequireAsync(65, [.. Numbers(caller.Session), .. Count(24)])).Length);
        Assert.Equal(0u, (await caller.CallAsync(64, [.. Numbers(caller.Session), .. Counted(new byte[8])])).Code);
    }

    [Fact]
    [Trait("Attack", "35")]
    [Trait("Attack", "40")]
    public async Task Key_ThatIsNotForIt_IsNeitherUsedNorShown()
    {
        using var certificate = door.Enrol("shown");
        await using var client = door.Client(certificate);
        var secret = RandomNumberGenerator.GetBytes(32);
        await RegisterAsync(client, KmipObjects.Aes(secret), "pkcs11 open", CryptographicUsageMask.Encrypt);
        await RegisterAsync(client, KmipObjects.Aes(secret), "pkcs11 sensitive", CryptographicUsageMask.Encrypt, KmipAttribute.Sensitive(true));
        var caller = await OpenAsync(client);
        var (open, sensitive) = (await caller.FindAsync("pkcs11 open", SecretKey), await caller.FindAsync("pkcs11 sensitive", SecretKey));
        byte[] Value(ulong key) => [.. Numbers(caller.Session, key), .. Count(2), .. Numbers(0x011), 0, 1, .. Count(32), .. Numbers(0x103), 0, 1];

        Assert.Equal((byte[])[.. Count(2), .. Numbers(0x011), 1, 1, .. Counted(secret), .. Numbers(0x103), 1, 1, 0], await caller.RequireAsync(25, Value(open)));
        var (code, told) = await caller.CallAsync(25, Value(sensitive));
        Assert.Equal((0x11u, Convert.ToHexString([.. Count(2), .. Numbers(0x011), 0, 0, .. Numbers(0x103), 1, 1, 1])), (code, Convert.ToHexString(told)));
        Assert.Equal(0x68u, (await caller.UseAsync(34, Mechanism(0x1085, new byte[16]), open, DataAndRoom(new byte[16], 16))).Code);
        Assert.Equal(0x63u, (await caller.UseAsync(43, Mechanism(0x251), open, DataAndRoom(Message, 32))).Code);
        Assert.Equal(0x71u, (await caller.UseAsync(30, Mechanism(0x1085, new byte[5]), open, DataAndRoom(Message, 112))).Code);
    }

    [Fact]
    [Trait("Attack", "28")]
    [Trait("Attack", "29")]
    public async Task Token_OfAnotherTenant_HasNoneOfTheObjects()
    {
        using var certificate = door.Enrol("owner");
        using var strangers = await door.EnrolElsewhereAsync("stranger");
        using var others = door.Enrol("other");
        await using var client = door.Client(certificate);
        await using var stranger = door.Client(strangers);
        await using var other = door.Client(others);
        await RegisterAsync(client, KmipObjects.Aes(new byte[32]), "pkcs11 owned", CryptographicUsageMask.Encrypt);
        var caller = await OpenAsync(client);
        var key = await caller.FindAsync("pkcs11 owned", SecretKey);

        var elsewhere = await OpenAsync(stranger);
        Assert.Empty(await elsewhere.FindAsync(Count(0)));
        Assert.Equal(0x60u, (await elsewhere.UseAsync(30, Mechanism(0x1085, new byte[16]), key, DataAndRoom(Message, 112))).Code);
        Assert.Equal(0x190u, (await caller.By(other).CallAsync(3)).Code);
        Assert.Equal(0x190u, (await caller.By(stranger).CallAsync(3)).Code);
        Assert.Equal(0u, (await caller.CallAsync(2)).Code);
        Assert.Equal(0x190u, (await caller.CallAsync(3)).Code);
    }

    [Fact]
    [Trait("Attack", "5")]
    public async Task Call_InputThatIsNotTheFunctions_IsACodecError()
    {
        using var certificate = door.Enrol("codec");
        await using var client = door.Client(certificate);
        var caller = await OpenAsync(client);
        Assert.Equal(0x191u, (await caller.CallAsync(1, 1)).Code);
        foreach (var (function, input) in new (uint, byte[])[]
        {
            (5, []), (5, [7]), (6, [1]), (16, [.. Numbers(caller.Session), 0]), (27, [.. Numbers(caller.Session), .. Count(int.MaxValue)]),
            (27, [.. Numbers(caller.Session), .. Count(1), .. Numbers(3), 1, 1, .. Count(-1)]), (64, [.. Numbers(caller.Session), .. Count(9)]),
        })
        {
            var refusal = await Assert.ThrowsAsync<KmipException>(() => caller.CallAsync(function, input));
            Assert.Equal(ResultReason.PKCS_11CodecError, refusal.ResultReason);
        }

        Assert.Equal(ResultReason.PKCS_11InvalidFunction, (await Assert.ThrowsAsync<KmipException>(() => caller.CallAsync(93))).ResultReason);
        Assert.Equal(76, (await caller.RequireAsync(3)).Length);
    }

    [Fact]
    public async Task Libraries_MoreThanAPrincipalMayHave_AreRefusedUntilTheyAreForgotten()
    {
        using var certificate = door.Enrol("many libraries");
        await using var client = door.Client(certificate);
        var callers = new List<Pkcs11Caller>();
        for (var i = 0; i < 16; i++) callers.Add(await OpenAsync(client));

        await Assert.ThrowsAsync<KmipException>(() => OpenAsync(client));
        await callers[0].RequireAsync(2);
        await OpenAsync(client);
    }

    private static async Task RegisterAsync(KmipClient client, ManagedObject managedObject, string name, CryptographicUsageMask mask, params KmipAttribute[] more)
    {
        var id = await client.RegisterAsync(managedObject, new AttributeList([KmipAttribute.Name(name), KmipAttribute.CryptographicUsageMask(mask), .. more]));
        await client.ActivateAsync(id);
    }

    private static ManagedObject Key(ObjectType type, KeyFormatType format, byte[] bytes, CryptographicAlgorithm algorithm, int length) =>
        ManagedObject.FromKey(type, new() { KeyFormatType = format, KeyValue = KeyValue.FromBytes(bytes), CryptographicAlgorithm = algorithm, CryptographicLength = length });
}
