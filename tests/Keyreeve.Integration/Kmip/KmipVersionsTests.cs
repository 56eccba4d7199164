using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>Our own client against our own door, at every version.</summary>
public sealed class KmipVersionsTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    public static TheoryData<int, int> Versions => new() { { 1, 0 }, { 1, 1 }, { 1, 2 }, { 1, 3 }, { 1, 4 }, { 2, 0 }, { 2, 1 } };

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Client_CreateLocateDestroy_Succeeds(int major, int minor)
    {
        using var certificate = door.Enrol($"client-{major}-{minor}");
        await using var client = door.Client(certificate, new ProtocolVersion(major, minor));
        var name = KmipValue.Structure(
            (Tag.NameValue, KmipValue.Text($"key-{major}-{minor}")), (Tag.NameType, KmipValue.Enumeration(NameType.UninterpretedTextString)));
        var id = await client.CreateAsync(ObjectType.SymmetricKey, new AttributeList(
            new(Tag.CryptographicAlgorithm, KmipValue.Enumeration(CryptographicAlgorithm.AES)),
            new(Tag.CryptographicLength, KmipValue.Integer(256)),
            new(Tag.CryptographicUsageMask, KmipValue.Integer((int)(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt))),
            new(Tag.Name, name)));

        Assert.Equal(id, Assert.Single(await client.LocateAsync(new AttributeList(new KmipAttribute(Tag.Name, name)))));
        await client.ActivateAsync(id);
        var state = await client.GetAttributesAsync(id, [Tag.State]);
        Assert.Equal(State.Active, state.Find(Tag.State)!.Value.AsEnumeration<State>());
        await client.RevokeAsync(id, new RevocationReason { RevocationReasonCode = RevocationReasonCode.CessationOfOperation });
        await client.DestroyAsync(id);
        Assert.Empty(await client.LocateAsync(new AttributeList(new KmipAttribute(Tag.Name, name))));
    }
}
