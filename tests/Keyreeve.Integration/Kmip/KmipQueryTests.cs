using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>Query about Object Groups: from KMIP 2.1.</summary>
public sealed class KmipQueryTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    [Fact]
    public async Task Query_AboutAnObjectGroup_TellsItsDefaultsAndThoseOfAll()
    {
        using var certificate = await door.EnrolElsewhereAsync("query-defaults");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        using var set = await client.SendAsync(new SetDefaultsRequest
        {
            DefaultsInformation = new DefaultsInformation { ObjectDefaults = [DefaultFor("vault", 192), DefaultFor("cellar", 128), DefaultFor(null, 256)] },
        });

        Assert.Equal("192 128 256", await LengthsAsync(client, null));
        Assert.Equal("192 256", await LengthsAsync(client, Groups("vault")));
        Assert.Equal("192 128 256", await LengthsAsync(client, Groups("vault", "cellar")));
    }

    [Fact]
    public async Task Query_AboutAnObjectGroupThatIsNot_IsRefusedUntilAnObjectIsInIt()
    {
        using var certificate = door.Enrol("query-members");
        using var other = door.Enrol("query-stranger", "query-elsewhere");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        await using var stranger = door.Client(other, ProtocolVersion.Kmip21);

        // spec: KMIP 2.1 §6.1.40.1: "Unknown Object Group"
        Assert.Equal(ResultReason.UnknownObjectGroup, (await Assert.ThrowsAsync<KmipException>(() => LengthsAsync(client, Groups("query-members")))).ResultReason);
        await client.CreateAsync(ObjectType.SymmetricKey, new AttributeList(
            new(Tag.CryptographicAlgorithm, KmipValue.Enumeration(CryptographicAlgorithm.AES)),
            new(Tag.CryptographicLength, KmipValue.Integer(256)),
            new(Tag.CryptographicUsageMask, KmipValue.Integer((int)CryptographicUsageMask.Encrypt)),
            new(Tag.ObjectGroup, KmipValue.Text("query-members"))));

        Assert.Empty(await LengthsAsync(client, Groups("query-members")));
        // Who may not see the object is not told of its group.
        Assert.Equal(ResultReason.UnknownObjectGroup, (await Assert.ThrowsAsync<KmipException>(() => LengthsAsync(stranger, Groups("query-members")))).ResultReason);
    }

    private static ObjectDefaults DefaultFor(string? group, int lengthInBits) => new()
    {
        ObjectType = ObjectType.SymmetricKey,
        Attributes = new AttributeList(new KmipAttribute(Tag.CryptographicLength, KmipValue.Integer(lengthInBits))),
        ObjectGroups = group is null ? null : Groups(group),
    };

    private static KmipValue Groups(params string[] groups) => KmipValue.Structure([.. groups.Select(group => new KmipField(Tag.ObjectGroup, KmipValue.Text(group)))]);

    private static async Task<string> LengthsAsync(KmipClient client, KmipValue? groups)
    {
        using var response = await client.SendAsync(new QueryRequest { QueryFunctions = [QueryFunction.QueryDefaultsInformation], ObjectGroups = groups });
        return string.Join(' ', (response.Payload.DefaultsInformation?.ObjectDefaults ?? []).Select(rule => rule.Attributes.Single().Value.AsInteger()));
    }
}
