using System.Security.Cryptography;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Objects;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>Which operation sets which Link on which object, in every version that differs in it.</summary>
public sealed class KmipLinkTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    // spec: KMIP 1.0 §4.2 to §4.7, 1.2 §4.2 to §4.8, 1.4 §4.41, 2.1 §6.1.6 to §6.1.47
    private const string Table = """
        since | operation      | object      | link                     | leads to
        1.0   | CreateKeyPair  | private     | PublicKeyLink            | public
        1.0   | CreateKeyPair  | public      | PrivateKeyLink           | private
        1.0   | Certify        | certificate | PublicKeyLink            | public
        1.0   | ReCertify      | public      | CertificateLink          | renewed
        1.0   | ReCertify      | certificate | ReplacementObjectLink    | renewed
        1.0   | ReCertify      | renewed     | PublicKeyLink            | public
        1.0   | ReCertify      | renewed     | ReplacedObjectLink       | certificate
        1.0   | DeriveKey      | base        | DerivedKeyLink           | derived
        1.0   | DeriveKey      | derived     | DerivationBaseObjectLink | base
        1.0   | ReKey          | key         | ReplacementObjectLink    | newKey
        1.0   | ReKey          | newKey      | ReplacedObjectLink       | key
        1.1   | ReKeyKeyPair   | private     | ReplacementObjectLink    | newPrivate
        1.1   | ReKeyKeyPair   | public      | ReplacementObjectLink    | newPublic
        1.1   | ReKeyKeyPair   | newPrivate  | PublicKeyLink            | newPublic
        1.1   | ReKeyKeyPair   | newPrivate  | ReplacedObjectLink       | private
        1.1   | ReKeyKeyPair   | newPublic   | PrivateKeyLink           | newPrivate
        1.1   | ReKeyKeyPair   | newPublic   | ReplacedObjectLink       | public
        1.2   | CreateSplitKey | part1       | ParentLink               | whole
        1.2   | CreateSplitKey | part2       | ParentLink               | whole
        1.4   | Import         | imported    | PreviousLink             | whole
        2.0   | Register       | wrapped     | WrappingKeyLink          | base
        """;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(1, 4)]
    [InlineData(2, 0)]
    [InlineData(2, 1)]
    public async Task Links_AfterEachOperation_AreThoseOfTheTable(int major, int minor)
    {
        var version = new ProtocolVersion(major, minor);
        using var certificate = door.Enrol($"links-{Guid.NewGuid()}");
        await using var client = door.Client(certificate, version);
        var ids = await MakeAllAsync(client, version);
        var names = ids.ToDictionary(p => p.Value.ToString(), p => p.Key, StringComparer.Ordinal);
        var found = new List<string>();
        foreach (var (name, id) in ids)
            foreach (var (type, target) in await LinksAsync(client, id)) found.Add($"{name} {type} {names.GetValueOrDefault(target, target)}");
        Assert.Equal(Expected(version).Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(1, 0, false, false)]
    [InlineData(1, 1, false, false)]
    [InlineData(1, 2, true, false)]
    [InlineData(1, 4, true, false)]
    [InlineData(2, 0, true, true)]
    public async Task Link_OfATypeThatTheVersionHasNot_IsNotTold(int major, int minor, bool hasParent, bool hasWrappingKey)
    {
        using var certificate = door.Enrol($"later-links-{Guid.NewGuid()}");
        await using var latest = door.Client(certificate, ProtocolVersion.Kmip21);
        var whole = await latest.CreateAsync(ObjectType.SymmetricKey, Aes(CryptographicUsageMask.Encrypt));
        using var split = await latest.CreateSplitKeyAsync(new()
        {
            ObjectType = ObjectType.SplitKey, UniqueIdentifier = whole, SplitKeyParts = 2, SplitKeyThreshold = 2, SplitKeyMethod = SplitKeyMethod.XOR,
        });
        var part = split.Payload.UniqueIdentifiers[0].Detach();
        var wrapped = await RegisterWrappedAsync(latest, whole);
        await using var client = door.Client(certificate, new ProtocolVersion(major, minor));
        Assert.Equal(hasParent, (await LinksAsync(client, part)).Count == 1);
        Assert.Equal(hasParent, (await client.GetAttributeListAsync(part)).Contains(Tag.Link));
        Assert.Equal(hasWrappingKey, (await LinksAsync(client, wrapped)).Count == 1);
        Assert.Equal(hasWrappingKey, (await client.GetAttributeListAsync(wrapped)).Contains(Tag.Link));
    }

    // spec: KMIP 2.1 §11.28 "For Public Key objects: the corresponding certificate(s)", §6.1.45 "For the public key, the server SHALL
    // change the Link attribute of Link Type Certificate to point to the new certificate."
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    public async Task ReCertify_OneOfTwoCertificates_LeavesTheLinkToTheOther(int major, int minor)
    {
        using var certificate = door.Enrol($"two-certificates-{Guid.NewGuid()}");
        await using var client = door.Client(certificate, new ProtocolVersion(major, minor));
        var (_, publicKey) = await CreatePairAsync(client);
        var first = await CertifyAsync(client, publicKey);
        var second = await CertifyAsync(client, publicKey);
        using var renewed = await client.ReCertifyAsync(new() { UniqueIdentifier = second });
        var links = (await LinksAsync(client, publicKey)).Where(l => l.Type == LinkType.CertificateLink).Select(l => l.Target);
        Assert.Equal([first.ToString(), renewed.Payload.UniqueIdentifier.ToString()], links);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 1)]
    public async Task CreateKeyPair_WithALinkToAnotherKey_LinksItsOwnHalves(int major, int minor)
    {
        using var certificate = door.Enrol($"stated-links-{Guid.NewGuid()}");
        await using var client = door.Client(certificate, new ProtocolVersion(major, minor));
        var stated = KmipAttribute.Link(LinkType.PublicKeyLink, UniqueIdentifier.From("another"));
        var (privateKey, publicKey) = await client.CreateKeyPairAsync(
            Pair, new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Sign), stated), new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Verify)));
        Assert.Equal([(LinkType.PublicKeyLink, publicKey.ToString())], await LinksAsync(client, privateKey));
        using var next = await client.ReKeyKeyPairAsync(new() { PrivateKeyUniqueIdentifier = privateKey });
        Assert.Contains((LinkType.ReplacementObjectLink, next.Payload.PublicKeyUniqueIdentifier.ToString()), await LinksAsync(client, publicKey));
    }

    // spec: KMIP 2.1 §11.28 "there SHALL be only one such replacement object per Managed Object."
    [Fact]
    public async Task ReKey_OfAKeyThatSaysItHasAReplacement_LeavesOne()
    {
        using var certificate = door.Enrol($"one-replacement-{Guid.NewGuid()}");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        var key = await client.CreateAsync(ObjectType.SymmetricKey, Aes(CryptographicUsageMask.Encrypt));
        await client.AddAttributeAsync(key, KmipAttribute.Link(LinkType.ReplacementObjectLink, UniqueIdentifier.From("another")));
        using var next = await client.ReKeyAsync(new() { UniqueIdentifier = key });
        Assert.Equal([(LinkType.ReplacementObjectLink, next.Payload.UniqueIdentifier.ToString())], await LinksAsync(client, key));
    }

    private static IEnumerable<string> Expected(ProtocolVersion version) => Table.Split('\n')[1..]
        .Select(line => Array.ConvertAll(line.Split('|'), static cell => cell.Trim()))
        .Where(row => new ProtocolVersion(row[0][0] - '0', row[0][2] - '0') <= version)
        .Select(row => $"{row[2]} {row[3]} {row[4]}");

    private static async Task<Dictionary<string, UniqueIdentifier>> MakeAllAsync(KmipClient client, ProtocolVersion version)
    {
        var ids = new Dictionary<string, UniqueIdentifier>(StringComparer.Ordinal);
        (ids["private"], ids["public"]) = await CreatePairAsync(client);
        ids["certificate"] = await CertifyAsync(client, ids["public"]);
        using var renewed = await client.ReCertifyAsync(new() { UniqueIdentifier = ids["certificate"] });
        ids["renewed"] = renewed.Payload.UniqueIdentifier.Detach();

        ids["base"] = await client.CreateAsync(ObjectType.SymmetricKey, Aes(CryptographicUsageMask.DeriveKey | CryptographicUsageMask.WrapKey));
        await client.ActivateAsync(ids["base"]);
        using var derived = await client.DeriveKeyAsync(new()
        {
            ObjectType = ObjectType.SymmetricKey,
            UniqueIdentifiers = [ids["base"]],
            DerivationMethod = DerivationMethod.HMAC,
            DerivationParameters = new() { CryptographicParameters = new() { HashingAlgorithm = HashingAlgorithm.SHA_256 }, DerivationData = [KmipValue.Bytes(new byte[16])] },
            Attributes = Aes(CryptographicUsageMask.Encrypt),
        });
        ids["derived"] = derived.Payload.UniqueIdentifier.Detach();
        ids["wrapped"] = await RegisterWrappedAsync(client, ids["base"]);

        ids["key"] = await client.CreateAsync(ObjectType.SymmetricKey, Aes(CryptographicUsageMask.Encrypt));
        using var newKey = await client.ReKeyAsync(new() { UniqueIdentifier = ids["key"] });
        ids["newKey"] = newKey.Payload.UniqueIdentifier.Detach();
        ids["whole"] = await client.CreateAsync(ObjectType.SymmetricKey, Aes(CryptographicUsageMask.Encrypt));
        await MakeLaterAsync(client, version, ids);
        return ids;
    }

    // What the first version has not.
    private static async Task MakeLaterAsync(KmipClient client, ProtocolVersion version, Dictionary<string, UniqueIdentifier> ids)
    {
        if (version < ProtocolVersion.Kmip11) return;
        using var pair = await client.ReKeyKeyPairAsync(new() { PrivateKeyUniqueIdentifier = ids["private"] });
        (ids["newPrivate"], ids["newPublic"]) = (pair.Payload.PrivateKeyUniqueIdentifier.Detach(), pair.Payload.PublicKeyUniqueIdentifier.Detach());

        if (version < ProtocolVersion.Kmip12) return;
        using var split = await client.CreateSplitKeyAsync(new()
        {
            ObjectType = ObjectType.SplitKey, UniqueIdentifier = ids["whole"], SplitKeyParts = 2, SplitKeyThreshold = 2, SplitKeyMethod = SplitKeyMethod.XOR,
        });
        (ids["part1"], ids["part2"]) = (split.Payload.UniqueIdentifiers[0].Detach(), split.Payload.UniqueIdentifiers[1].Detach());
        using var joined = await client.JoinSplitKeyAsync(new() { ObjectType = ObjectType.SymmetricKey, UniqueIdentifiers = [ids["part1"], ids["part2"]] });
        ids["joined"] = joined.Payload.UniqueIdentifier.Detach();

        if (version < ProtocolVersion.Kmip14) return;
        ids["imported"] = UniqueIdentifier.From($"{Guid.CreateVersion7()}");
        using var imported = await client.ImportAsync(new()
        {
            UniqueIdentifier = ids["imported"],
            ObjectType = ObjectType.SymmetricKey,
            Object = KmipObjects.Aes(RandomNumberGenerator.GetBytes(32)),
            Attributes = new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt), KmipAttribute.Link(LinkType.PreviousLink, ids["whole"])),
        });
    }

    private static Task<(UniqueIdentifier PrivateKey, UniqueIdentifier PublicKey)> CreatePairAsync(KmipClient client) => client.CreateKeyPairAsync(
        Pair, new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Sign)), new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Verify)));

    private static async Task<UniqueIdentifier> CertifyAsync(KmipClient client, UniqueIdentifier publicKey)
    {
        using var made = await client.CertifyAsync(new() { UniqueIdentifier = publicKey });
        return made.Payload.UniqueIdentifier.Detach();
    }

    private static Task<UniqueIdentifier> RegisterWrappedAsync(KmipClient client, UniqueIdentifier under)
    {
        var block = new KeyBlock
        {
            KeyFormatType = KeyFormatType.Raw,
            KeyValue = KeyValue.FromWrapped(RandomNumberGenerator.GetBytes(40)),
            CryptographicAlgorithm = CryptographicAlgorithm.AES,
            CryptographicLength = 256,
            KeyWrappingData = new KeyWrappingData
            {
                WrappingMethod = WrappingMethod.Encrypt,
                EncryptionKeyInformation = new WrappingKey { UniqueIdentifier = under, CryptographicParameters = new() { BlockCipherMode = BlockCipherMode.NISTKeyWrap } },
                EncodingOption = EncodingOption.NoEncoding,
            },
        };
        return client.RegisterAsync(
            ManagedObject.FromKey(ObjectType.SymmetricKey, block), new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt)));
    }

    private static async Task<List<(LinkType Type, string Target)>> LinksAsync(KmipClient client, UniqueIdentifier id)
    {
        var attributes = await client.GetAttributesAsync(id, [Tag.Link]);
        return [.. attributes.Attributes.Select(a => (a.Value[Tag.LinkType]!.Value.AsEnumeration<LinkType>(), a.Value[Tag.LinkedObjectIdentifier]!.Value.AsText()))];
    }

    private static AttributeList Pair { get; } = new(
        KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.EC), KmipAttribute.CryptographicDomainParameters(RecommendedCurve.P_256));

    private static AttributeList Aes(CryptographicUsageMask mask) => new(
        KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES), KmipAttribute.CryptographicLength(256), KmipAttribute.CryptographicUsageMask(mask));
}
