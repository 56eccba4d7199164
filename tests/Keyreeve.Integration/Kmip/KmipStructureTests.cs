using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>Fields of objects and attributes that are none: of another type, twice, or of an enumeration that nobody knows.</summary>
public sealed class KmipStructureTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    private const uint Unknown = 0x77;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 4)]
    [InlineData(2, 1)]
    [Trait("Attack", "6")]
    public async Task Enumeration_Unknown_IsRefused(int major, int minor)
    {
        using var certificate = door.Enrol("unknown-value");
        await using var client = door.Client(certificate, new ProtocolVersion(major, minor));
        var id = await client.CreateAsync(ObjectType.SymmetricKey, Aes());
        KmipAttribute[] attributes =
        [
            new(Tag.Link, KmipValue.Structure(new(Tag.LinkType, KmipValue.Enumeration(Unknown)), new(Tag.LinkedObjectIdentifier, KmipValue.Text("x")))),
            new(Tag.Name, KmipValue.Structure(new(Tag.NameValue, KmipValue.Text("unknown-value")), new(Tag.NameType, KmipValue.Enumeration(Unknown)))),
            new(Tag.CryptographicParameters, KmipValue.Structure(new KmipField(Tag.BlockCipherMode, KmipValue.Enumeration(Unknown)))),
        ];
        foreach (var attribute in attributes)
            Assert.Equal(ResultReason.InvalidField, await RefusedAsync(() => client.AddAttributeAsync(new AddAttributeRequest { UniqueIdentifier = id, NewAttribute = attribute })));
        Assert.Equal(ResultReason.InvalidField, await RefusedAsync(() => client.RevokeAsync(new RevokeRequest
        {
            UniqueIdentifier = id, RevocationReason = new() { RevocationReasonCode = (RevocationReasonCode)Unknown },
        })));
        var secret = ManagedObject.FromSecretData((SecretDataType)Unknown, new() { KeyFormatType = KeyFormatType.Opaque, KeyValue = KeyValue.FromBytes(new byte[16]) });
        Assert.Equal(ResultReason.InvalidField, await RefusedAsync(() => client.RegisterAsync(secret, new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Export)))));
    }

    [Theory]
    [InlineData(1, 0, null)]
    [InlineData(1, 4, null)]
    [InlineData(2, 0, ResultReason.InvalidObjectType)]
    [InlineData(2, 1, ResultReason.InvalidObjectType)]
    public async Task Template_InAVersionThatHasNone_IsRefused(int major, int minor, ResultReason? expected)
    {
        using var certificate = door.Enrol("templates");
        var name = KmipValue.Structure(
            new(Tag.NameValue, KmipValue.Text($"template {major}.{minor}")), new(Tag.NameType, KmipValue.Enumeration(NameType.UninterpretedTextString)));
        var attribute = KmipValue.Structure(new(Tag.AttributeName, KmipValue.Text("Name")), new(Tag.AttributeValue, name));
        var payload = KmipValue.Structure(
            new(Tag.ObjectType, KmipValue.Enumeration(ObjectType.Template)),
            new(major == 1 ? Tag.TemplateAttribute : Tag.Attributes, KmipValue.Structure()),
            new(Tag.Template, KmipValue.Structure(new KmipField(Tag.Attribute, attribute))));
        await using var client = await RawKmipClient.ConnectAsync(door, certificate);
        await client.SendAsync(RawKmipClient.Message(new ProtocolVersion(major, minor), null, (Operation.Register, payload.Encoded.ToArray())));
        Assert.Equal(expected, (await client.ReceiveAsync())!.Value.ResultReason);
    }

    // spec: KMIP 1.4 §3.18 has the Operation Policy Name, KMIP 2.0 no longer.
    [Theory]
    [InlineData(2, 0, ResultReason.InvalidAttribute)]
    [InlineData(2, 1, ResultReason.InvalidAttribute)]
    public async Task Attribute_WithdrawnFromTheVersion_IsRefused(int major, int minor, ResultReason expected)
    {
        using var certificate = door.Enrol("withdrawn");
        var version = new ProtocolVersion(major, minor);
        await using var old = door.Client(certificate, ProtocolVersion.Kmip14);
        var policy = new KmipAttribute(Tag.OperationPolicyName, KmipValue.Text("default"));
        var id = await old.CreateAsync(ObjectType.SymmetricKey, new AttributeList([.. Aes(), policy]));
        Assert.Equal(policy.Value, (await old.GetAttributesAsync(id, [Tag.OperationPolicyName])).Single().Value);

        var field = new KmipField(Tag.OperationPolicyName, KmipValue.Text("default"));
        var create = KmipValue.Structure(
            new(Tag.ObjectType, KmipValue.Enumeration(ObjectType.SymmetricKey)),
            new(Tag.Attributes, KmipValue.Structure([.. Aes().Select(a => new KmipField(a.Reference.Tag, a.Value)), field])));
        var add = KmipValue.Structure(
            new(Tag.UniqueIdentifier, KmipValue.Text(id.ToString())), new(Tag.NewAttribute, KmipValue.Structure(field)));
        await using var raw = await RawKmipClient.ConnectAsync(door, certificate);
        foreach (var (operation, payload) in new[] { (Operation.Create, create), (Operation.AddAttribute, add) })
        {
            await raw.SendAsync(RawKmipClient.Message(version, null, (operation, payload.Encoded.ToArray())));
            Assert.Equal(expected, (await raw.ReceiveAsync())!.Value.ResultReason);
        }

        await using var client = door.Client(certificate, version);
        Assert.DoesNotContain(Tag.OperationPolicyName, await client.GetAttributeListAsync(id));
    }

    // spec: KMIP 2.1 §11 "Extensions 8XXXXXXX"
    [Fact]
    public async Task Enumeration_OfAVendor_IsKept()
    {
        using var certificate = door.Enrol("vendors-value");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        var id = await client.CreateAsync(ObjectType.SymmetricKey, Aes());
        var link = KmipValue.Structure(new(Tag.LinkType, KmipValue.Enumeration(0x8000_0077)), new(Tag.LinkedObjectIdentifier, KmipValue.Text("x")));
        using var added = await client.AddAttributeAsync(new AddAttributeRequest { UniqueIdentifier = id, NewAttribute = new(Tag.Link, link) });
        using var found = await client.GetAttributesAsync(new GetAttributesRequest { UniqueIdentifier = id, AttributeReferences = [Tag.Link] });
        Assert.Equal(0x8000_0077u, found.Payload.Attributes!.Find(Tag.Link)!.Value[Tag.LinkType]!.Value.AsEnumeration());
    }

    // The client would not write it.
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [Trait("Attack", "5")]
    public async Task PrimeFieldSize_ThatIsNoBigInteger_IsRefused(int major, int minor)
    {
        using var certificate = door.Enrol("prime");
        var version = new ProtocolVersion(major, minor);
        var block = KmipValue.Structure(
            new(Tag.KeyFormatType, KmipValue.Enumeration(KeyFormatType.Raw)),
            new(Tag.KeyValue, KmipValue.Structure(new KmipField(Tag.KeyMaterial, KmipValue.Bytes(new byte[16])))));
        var part = KmipValue.Structure(
            new(Tag.SplitKeyParts, KmipValue.Integer(3)), new(Tag.KeyPartIdentifier, KmipValue.Integer(1)), new(Tag.SplitKeyThreshold, KmipValue.Integer(2)),
            new(Tag.SplitKeyMethod, KmipValue.Enumeration(SplitKeyMethod.PolynomialSharingPrimeField)),
            new(Tag.PrimeFieldSize, KmipValue.Integer(5)), new(Tag.KeyBlock, block));
        var payload = KmipValue.Structure(
            new(Tag.ObjectType, KmipValue.Enumeration(ObjectType.SplitKey)),
            new(major == 1 ? Tag.TemplateAttribute : Tag.Attributes, KmipValue.Structure()), new(Tag.SplitKey, part));
        await using var client = await RawKmipClient.ConnectAsync(door, certificate);
        await client.SendAsync(RawKmipClient.Message(version, null, (Operation.Register, payload.Encoded.ToArray())));
        Assert.Equal(ResultReason.InvalidMessage, (await client.ReceiveAsync())!.Value.ResultReason);
    }

    [Fact]
    [Trait("Attack", "5")]
    public async Task KeyMaterial_WithAFieldTwiceOrOfAnotherType_IsRefused()
    {
        using var certificate = door.Enrol("material");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip14);
        var key = new KmipField(Tag.Key, KmipValue.Bytes(new byte[16]));
        foreach (var (material, reason) in new[]
        {
            (KmipValue.Structure(key, key), ResultReason.InvalidMessage),
            (KmipValue.Structure(new KmipField(Tag.Key, KmipValue.BigInteger(5))), ResultReason.InvalidField),
            (KmipValue.Structure(key, new KmipField(Tag.D, KmipValue.Integer(1))), ResultReason.InvalidField),
        })
        {
            var wrong = ManagedObject.FromKey(ObjectType.SymmetricKey, Block(material, KeyFormatType.TransparentSymmetricKey));
            Assert.Equal(reason, await RefusedAsync(() => client.RegisterAsync(wrong, new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt)))));
        }

        var right = ManagedObject.FromKey(ObjectType.SymmetricKey, Block(KmipValue.Structure(key), KeyFormatType.TransparentSymmetricKey));
        await client.RegisterAsync(right, new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt)));
    }

    private static KeyBlock Block(KmipValue material, KeyFormatType format) => new()
    {
        KeyFormatType = format,
        KeyValue = new KeyValue { KeyMaterial = material },
        CryptographicAlgorithm = CryptographicAlgorithm.AES,
        CryptographicLength = 128,
    };

    private static AttributeList Aes() => new(
        KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES),
        KmipAttribute.CryptographicLength(128),
        KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt));

    private static async Task<ResultReason?> RefusedAsync(Func<Task> call) => (await Assert.ThrowsAsync<KmipException>(call)).ResultReason;
}
