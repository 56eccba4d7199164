using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Xunit;

namespace Keyreeve.Integration.Operations;

/// <summary>Object Groups: whose turn it is, and the group that never runs out of fresh members. KMIP 2.1 §6.1.28.</summary>
public sealed class ObjectGroupTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact]
    public async Task Locate_DefaultMember_TakesTurnsAsMembersAreServed()
    {
        var group = AttributeValue.Of("turns");
        var members = new List<UniqueIdentifier>();
        for (var i = 0; i < 3; i++) members.Add(await engine.CreateAesAsync(Attributes.Named($"turn-{i}").With(AttributeName.ObjectGroup, group)));

        var served = new List<UniqueIdentifier>();
        for (var i = 0; i < 4; i++)
        {
            served.AddRange((await LocateAsync("turns", ObjectGroupMember.GroupMemberDefault)).Ids);
            using var got = await engine.RunAsync(new GetOperation(), new GetRequest { Id = served[^1] });
        }

        Assert.Equal([members[0], members[1], members[2], members[0]], served);
    }

    [Fact]
    public async Task Locate_FreshMemberOfTheDefaultGroup_IsMadeWhenThereIsNone()
    {
        var first = Assert.Single((await LocateAsync("default", ObjectGroupMember.GroupMemberFresh)).Ids);
        Assert.Equal([first], (await LocateAsync("default", ObjectGroupMember.GroupMemberFresh)).Ids);
        (await engine.RunAsync(new GetOperation(), new GetRequest { Id = first })).Dispose();

        var second = Assert.Single((await LocateAsync("default", ObjectGroupMember.GroupMemberFresh)).Ids);

        Assert.NotEqual(first, second);
        Assert.Equal(AttributeValue.Of(value: false), (await engine.AttributesOfAsync(first)).Find(AttributeName.Fresh));
    }

    [Fact]
    public async Task Locate_FreshMemberByWhoMayNotCreate_FindsNothing()
    {
        var user = EngineFixture.PrincipalOf("fresh-user", TenantId.Default, GroupName.Parse("elsewhere"), Role.KeyUser);

        Assert.Empty((await LocateAsync("default", ObjectGroupMember.GroupMemberFresh, user)).Ids);
    }

    [Fact]
    public async Task Locate_FreshMemberOfAnotherGroup_IsNotMade() =>
        Assert.Empty((await LocateAsync("a group without members", ObjectGroupMember.GroupMemberFresh)).Ids);

    private async Task<LocateResponse> LocateAsync(string group, ObjectGroupMember member, Principal? principal = null) => await engine.RunAsync(
        new LocateOperation(),
        new LocateRequest { Attributes = [new(AttributeName.ObjectGroup, AttributeValue.Of(group))], ObjectGroupMember = member, MaximumItems = 1 },
        principal);
}
