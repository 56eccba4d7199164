using System.Reflection;
using Keyreeve.Core.Audit;
using Xunit;

namespace Keyreeve.Integration.Doors;

/// <summary>Every attack on who calls and on what he may, at every door.</summary>
[Trait("Speed", "Slow")]
public sealed class AttackDoorTests(DoorHouse house) : IClassFixture<DoorHouse>
{
    public static IEnumerable<TheoryDataRow<int, string>> Cells =>
        from attack in AttackTable.Rows
        where attack.Run is not null
        from door in Door.All
        where !attack.NotAt.ContainsKey(door.Name)
        select new TheoryDataRow<int, string>(attack.Number, door.Name).WithTrait("Attack", $"{attack.Number}");

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Attack_AtTheDoor_IsRefused(int number, string name)
    {
        var door = Door.Find(name);

        var refused = RefusalLedger.Begin();
        await AttackTable.Rows.Single(attack => attack.Number == number).Run!(house, door);

        // Each refusal that a door told of is in the trail: what was asked, by whom, and why not.
        refused.RequireRecords();

        // Whatever was tried: others are served as before.
        await using var other = await (door is AgentDoor ? new RestHttpDoor("behind", System.Net.HttpVersion.Version11) : door).OpenAsync(house, house.App);
        Assert.True((await other.AskAsync()).IsServed);
    }

    [Fact]
    public void Table_OfAllAttacks_HasEachAndAReasonForEveryDoorThatIsLeftOut()
    {
        Assert.Equal(Enumerable.Range(16, 20), AttackTable.Rows.Select(static attack => attack.Number));
        foreach (var attack in AttackTable.Rows)
        {
            Assert.All(attack.NotAt, static reason => Assert.True(Door.Find(reason.Key) is not null && reason.Value.Length > 20));
            if (attack.Elsewhere is not { } elsewhere) continue;
            var method = elsewhere.Class.GetMethod(elsewhere.Method)!;
            Assert.Contains(method.GetCustomAttributes<TraitAttribute>(), trait => trait.Name is "Attack" && trait.Value == $"{attack.Number}");
            // A theory over doors has a row for each that has no reason here.
            var doors = method.GetCustomAttributes<InlineDataAttribute>().Select(static row => row.Data[0] as string).ToHashSet();
            if (doors.Count > 1 && doors.Contains("kmip")) Assert.Superset(Door.All.Select(static d => (string?)d.Name).Except(attack.NotAt.Keys).ToHashSet(), doors);
        }

        Assert.Superset(Door.All.Select(static door => door.Name).Except(["agent"]).ToHashSet(), Identity.CertificateDoorTests.Doors.Select(static row => row.Data).ToHashSet());
    }

    [Fact]
    public void Doors_AreThoseThatTheProductHas()
    {
        // What the trail can say of how somebody spoke, but for what the server does of itself, or its machine's administrator; the doors without a word of their own stand behind these.
        var spoken = Enum.GetNames<Protocol>().Where(static name => name is not (nameof(Protocol.None) or nameof(Protocol.Internal) or nameof(Protocol.Local))).Order(StringComparer.Ordinal);
        Assert.Equal(spoken, Door.All.Select(static door => door.Protocol).OfType<string>().Distinct().Order(StringComparer.Ordinal));
        Assert.Contains(Keyreeve.Server.Rest.Routing.RouteTable.Served(new Keyreeve.Server.Configuration.KmipOptions()), static route => route.Pattern == "/kmip");
        Assert.Contains(Door.All, static door => door is AgentDoor);
    }
}
