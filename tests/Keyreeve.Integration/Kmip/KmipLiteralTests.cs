using Keyreeve.Core.Access;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>Identifiers and names mean themselves and nothing that looks like them; what is not to leave the server does not.</summary>
public sealed class KmipLiteralTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    [Fact]
    [Trait("Attack", "27")]
    public async Task Identifier_ThatOnlyLooksLikeIt_IsAnother()
    {
        using var certificate = door.Enrol("looks-like");
        await using var client = door.Client(certificate);
        var id = await CreateAsync(client, "identifier");
        var text = id.ToString();
        Assert.NotEmpty((await client.GetAttributesAsync(id, [Tag.State])).Attributes);

        foreach (var other in new[]
        {
            "+" + text[1..], "0x" + text[2..], text + " ", " " + text, text + "\0", "{" + text + "}", text.Replace("-", "", StringComparison.Ordinal),
            text.Replace('0', '\uFF10'), text.Replace('a', '\u0430'), text + "/", text + "/../" + text, "",
        }.Where(other => other != text))
        {
            var refusal = await Assert.ThrowsAsync<KmipException>(() => client.GetAttributesAsync(UniqueIdentifier.From(other), [Tag.State]));
            Assert.True(refusal.ResultReason is ResultReason.ObjectNotFound or ResultReason.InvalidField, $"{other}: {refusal.ResultReason}");
        }
    }

    [Fact]
    [Trait("Attack", "27")]
    public async Task Name_ThatOnlyLooksLikeIt_IsAnother()
    {
        using var certificate = door.Enrol("names-alike");
        await using var client = door.Client(certificate);
        var id = await CreateAsync(client, "admin");
        Assert.Equal([id], await LocateAsync(client, "admin"));
        foreach (var other in new[] { "Admin", "ADMIN", "admin ", " admin", "\u0430dmin", "\uFF41dmin", "admin\0", "adm\u0131n", "" })
            Assert.Empty(await LocateAsync(client, other));
        // Nor are they the same name twice.
        Assert.NotEqual(id, await CreateAsync(client, "Admin"));
    }

    [Fact]
    [Trait("Attack", "30")]
    public async Task Name_WithAPatternInIt_IsLiteral()
    {
        using var certificate = door.Enrol("patterns");
        await using var client = door.Client(certificate);
        await CreateAsync(client, "disk-1");
        foreach (var pattern in new[] { "*", "%", "_isk-1", "disk-?", "disk-+", "/", "+", "disk-[0-9]", "disk-%", ".*" })
        {
            Assert.Empty(await LocateAsync(client, pattern));
            var id = await CreateAsync(client, pattern);
            Assert.Equal([id], await LocateAsync(client, pattern));
        }
    }

    [Fact]
    [Trait("Attack", "30")]
    public async Task ObjectGroup_WithAPatternInIt_IsLiteral()
    {
        using var certificate = door.Enrol("group-patterns");
        await using var client = door.Client(certificate);
        var inGroup = new KmipAttribute(Tag.ObjectGroup, KmipValue.Text("tapes"));
        var id = await client.CreateAsync(ObjectType.SymmetricKey, new AttributeList([.. Key(), inGroup]));
        Assert.Equal([id], await client.LocateAsync(new AttributeList(inGroup)));
        foreach (var pattern in new[] { "*", "tape%", "tapes/", "tapes/*", "+", "Tapes" })
            Assert.Empty(await client.LocateAsync(new AttributeList(new KmipAttribute(Tag.ObjectGroup, KmipValue.Text(pattern)))));
    }

    [Theory]
    [InlineData(Operation.Notify)]
    [InlineData(Operation.Put)]
    [Trait("Attack", "34")]
    public async Task Operation_ThatIsTheServersOwn_IsRefusedFromAClientsPort(Operation operation)
    {
        using var certificate = door.Enrol($"not-the-server-{operation}");
        await using var raw = await RawKmipClient.ConnectAsync(door, certificate);
        var payload = RawKmipClient.Payload(new QueryRequest { QueryFunctions = [QueryFunction.QueryOperations] }, ProtocolVersion.Kmip21);

        await raw.SendAsync(RawKmipClient.Message(ProtocolVersion.Kmip21, null, (operation, payload)));
        var refused = await raw.ReceiveAsync();
        await raw.SendAsync(RawKmipClient.Query());
        var served = await raw.ReceiveAsync();

        Assert.Equal(ResultStatus.OperationFailed, refused!.Value.ResultStatus);
        Assert.Equal(ResultReason.OperationNotSupported, refused.Value.ResultReason);
        Assert.Equal(ResultStatus.Success, served!.Value.ResultStatus);
    }

    [Theory]
    [InlineData(true, true, ResultReason.Sensitive)]
    [InlineData(false, false, ResultReason.NotExtractable)]
    [Trait("Attack", "35")]
    public async Task Get_SensitiveOrNeverExtractable_IsRefusedToAnAdministratorToo(bool sensitive, bool extractable, ResultReason expected)
    {
        using var certificate = door.Enrol("everything-" + expected, "guarded-" + (int)expected, Role.KeyAdministrator, Role.KeyUser, Role.KeyExporter);
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        var id = await client.CreateAsync(
            ObjectType.SymmetricKey,
            new AttributeList([.. Key(), new(Tag.Sensitive, KmipValue.Boolean(sensitive)), new(Tag.Extractable, KmipValue.Boolean(extractable))]));

        Assert.Equal(expected, (await Assert.ThrowsAsync<KmipException>(() => client.GetAsync(id))).ResultReason);
        // Nor does it help to say that it may.
        var extract = new KmipAttribute(Tag.Extractable, KmipValue.Boolean(true));
        await Record.ExceptionAsync(() => client.ModifyAttributeAsync(id, extract));
        if (!extractable) Assert.Equal(expected, (await Assert.ThrowsAsync<KmipException>(() => client.GetAsync(id))).ResultReason);
    }

    private static KmipAttribute[] Key() =>
    [
        new(Tag.CryptographicAlgorithm, KmipValue.Enumeration(CryptographicAlgorithm.AES)),
        new(Tag.CryptographicLength, KmipValue.Integer(256)),
        new(Tag.CryptographicUsageMask, KmipValue.Integer((int)(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt))),
    ];

    private static KmipAttribute Named(string name) => new(Tag.Name, KmipValue.Structure(
        (Tag.NameValue, KmipValue.Text(name)), (Tag.NameType, KmipValue.Enumeration(NameType.UninterpretedTextString))));

    private static Task<UniqueIdentifier> CreateAsync(KmipClient client, string name) =>
        client.CreateAsync(ObjectType.SymmetricKey, new AttributeList([.. Key(), Named(name)]));

    private static async Task<IReadOnlyList<UniqueIdentifier>> LocateAsync(KmipClient client, string name) =>
        await client.LocateAsync(new AttributeList(Named(name)));
}
